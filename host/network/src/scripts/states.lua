-- The states of tasks, at one moment.
--
-- KEYS  1 running_tasks  2 ... the tasks
-- Reply for each task: 0 there is none, 1 queued, 2 running, 3 finished, 4 failed.
local reply = {}
for i = 2, #KEYS do
  -- A hash tells its task's state, except whether it waits or runs. What its fields hold is not looked at: it may be large.
  local function has(field) return redis.call('HEXISTS', KEYS[i], field) == 1 end
  if redis.call('SISMEMBER', KEYS[1], KEYS[i]) == 1 then
    reply[i - 1] = has('xs') and 2 or 0
  elseif has('ys') then
    reply[i - 1] = 3
  elseif has('condition') then
    reply[i - 1] = 4
  else
    reply[i - 1] = has('xs') and 1 or 0
  end
end
return reply
