-- Fails every queued task of some queues.
--
-- Includes unregistered, slices.
-- KEYS  1 the asking worker's hash, or run for a manager  2 failed_tasks  3 run  4 ... the queues
-- ARGV  1 the worker's incarnation, '' for a manager  2 condition, encoded  3 token: the same for the same attempt
-- Reply how many.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
-- Sent again after a lost reply: what was pushed since is not meant.
local before = redis.call('HMGET', KEYS[3], 'emptied_token', 'emptied')
if before[1] == ARGV[3] then return tonumber(before[2]) end
local count = 0
for i = 4, #KEYS do
  local keys = redis.call('LRANGE', KEYS[i], 0, -1)
  redis.call('DEL', KEYS[i])
  for _, key in ipairs(keys) do redis.call('HSET', key, 'condition', ARGV[2], 'settled', 'removed') end
  slices('SADD', KEYS[2], keys)
  count = count + #keys
end
if count > 0 then redis.call('HSET', KEYS[3], 'emptied_token', ARGV[3], 'emptied', count) end
return count
