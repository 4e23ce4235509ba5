-- Writes hashes beside the tasks, and lists them, so that a reset finds them.
--
-- Includes unregistered, slices.
-- KEYS  1 the writing worker's hash, or hashes for a manager  2 hashes  3 ... the hashes to write
-- ARGV  1 the worker's incarnation, '' for a manager
--       2 ... for each hash how many entries it gets, then name and value of each, encoded
-- Reply 1
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local written = {}
local at = 2
for i = 3, #KEYS do
  local last = at + 2 * tonumber(ARGV[at])
  for first = at + 1, last, 1000 do
    redis.call('HSET', KEYS[i], unpack(ARGV, first, math.min(first + 999, last)))
  end
  written[#written + 1] = KEYS[i]
  at = last + 1
end
slices('SADD', KEYS[2], written)
return 1
