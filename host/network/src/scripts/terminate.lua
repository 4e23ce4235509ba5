-- Asks running workers to end after their task.
--
-- KEYS  1 running_worker_ids  2 ... the terminate flag of each worker
-- ARGV  1 channel  2 ... the id of each worker
-- Reply for each worker 1, or 0 if it is not running.
-- Wakes `worker <id>` for each.
local reply = {}
for i = 2, #KEYS do
  reply[i - 1] = redis.call('SISMEMBER', KEYS[1], ARGV[i])
  if reply[i - 1] == 1 then
    -- A removal first: a full Redis lets the rest pass then, and stopping workers is a way to make room.
    redis.call('DEL', KEYS[i])
    redis.call('SET', KEYS[i], '1')
    redis.call('PUBLISH', ARGV[1], 'worker ' .. ARGV[i])
  end
end
return reply
