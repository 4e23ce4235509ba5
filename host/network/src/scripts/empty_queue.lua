-- Fails every queued task of some queues.
--
-- Includes unregistered, slices.
-- KEYS  1 the asking worker's hash, or failed_tasks for a manager  2 failed_tasks  3 ... the queues
-- ARGV  1 the worker's incarnation, '' for a manager  2 condition, encoded
-- Reply how many.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local count = 0
for i = 3, #KEYS do
  local keys = redis.call('LRANGE', KEYS[i], 0, -1)
  redis.call('DEL', KEYS[i])
  for _, key in ipairs(keys) do redis.call('HSET', key, 'condition', ARGV[2], 'settled', 'removed') end
  slices('SADD', KEYS[2], keys)
  count = count + #keys
end
return count
