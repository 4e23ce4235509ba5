-- The states of tasks, at one moment.
--
-- KEYS  1 running_tasks  2 ... the tasks
-- Reply for each task: 0 there is none, 1 queued, 2 running, 3 finished, 4 failed.
local reply = {}
for i = 2, #KEYS do
  -- A hash tells its task's state, except whether it waits or runs.
  local hash = redis.call('HMGET', KEYS[i], 'xs', 'ys', 'condition')
  if redis.call('SISMEMBER', KEYS[1], KEYS[i]) == 1 then
    reply[i - 1] = 2
  elseif hash[2] then
    reply[i - 1] = 3
  elseif hash[3] then
    reply[i - 1] = 4
  else
    reply[i - 1] = hash[1] and 1 or 0
  end
end
return reply
