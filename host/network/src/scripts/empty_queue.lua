-- Fails every queued task of some queues.
--
-- Includes unregistered, slices, answers.
-- KEYS  1 the asking worker's hash, or answers for a manager  2 failed_tasks  3 answers  4 all_tasks  5 worker_ids
--       6 ... the queues
-- ARGV  1 the worker's incarnation, '' for a manager  2 condition, encoded  3 token: the same for the same attempt
-- Reply how many.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
-- Sent again after a lost reply: what was pushed since is not meant.
local before = answered(KEYS[3], ARGV[3])
if before then return tonumber(before) end
local count = 0
for i = 6, #KEYS do
  local keys = redis.call('LRANGE', KEYS[i], 0, -1)
  redis.call('DEL', KEYS[i])
  local failed = {}
  for _, key in ipairs(keys) do
    -- A hash that somebody deleted leaves an entry behind, which is no task any more.
    if redis.call('HEXISTS', key, 'xs') == 1 then
      redis.call('HSET', key, 'condition', ARGV[2], 'settled', 'removed')
      failed[#failed + 1] = key
    end
  end
  slices('SADD', KEYS[2], failed)
  count = count + #failed
end
-- A network of which nothing is left stays so.
if redis.call('EXISTS', KEYS[4], KEYS[5]) > 0 then remember(KEYS[3], ARGV[3], count) end
return count
