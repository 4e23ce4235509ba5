-- Reads entries of hashes beside the tasks: of as many hashes as make a reply of some size.
--
-- KEYS  the hashes
-- ARGV  1 how many bytes are enough: no further hash is read then  2 ... the names of the entries
-- Reply for each hash that was read, from the first on, the values of the entries; false stands for one that it does not
--       have, and for a hash that does not exist.
local enough = tonumber(ARGV[1])
local found, bytes = {}, 0
for i, key in ipairs(KEYS) do
  if bytes >= enough then break end
  found[i] = false
  if redis.call('EXISTS', key) == 1 then
    local values = {}
    for first = 2, #ARGV, 1000 do
      for _, value in ipairs(redis.call('HMGET', key, unpack(ARGV, first, math.min(first + 999, #ARGV)))) do
        values[#values + 1] = value
        -- What is absent has its place in the reply, too.
        bytes = bytes + 8 + (value and #value or 0)
      end
    end
    found[i] = values
  end
end
return found
