-- Deletes all tasks, and leaves the workers. The first call takes them out of everything at once; their hashes go a slice at a
-- time. Calling it again after a crash goes on.
--
-- Includes answers, vanish.
-- KEYS  1 all_tasks  2 discarded  3 answers  4 worker_ids
--       5 queued_tasks  6 running_tasks  7 finished_tasks  8 failed_tasks  9 own_queues
--       10 ... for each worker: its hash, its own set of running tasks, its own queue
-- ARGV  1 token: the same for all slices of one attempt  2 channel  3 ... the worker_ids that the caller has seen
-- Reply how many tasks there were, when all are gone; nil if it has to be called again.
-- Wakes `reset`.
local function discard()
  local tasks = redis.call('LPOP', KEYS[2], 1000)
  if tasks then redis.call('UNLINK', unpack(tasks)) end
  return redis.call('EXISTS', KEYS[2]) == 0
end

-- Sent again after a lost reply: what was pushed since is not meant.
local count = answered(KEYS[3], ARGV[1])
if not count then
  -- What somebody else has begun comes first; its hashes would be nobody's.
  if not discard() then return nil end
  -- Who registered since the caller looked may have a queue that it does not know of; it has to look again.
  if redis.call('SCARD', KEYS[4]) ~= #ARGV - 2 then return nil end
  for i = 3, #ARGV do
    if redis.call('SISMEMBER', KEYS[4], ARGV[i]) == 0 then return nil end
  end
  count = redis.call('LLEN', KEYS[1])
  -- A removal first: a full Redis lets the rest pass then.
  redis.call('DEL', unpack(KEYS, 5, 9))
  if count > 0 then redis.call('RENAME', KEYS[1], KEYS[2]) end
  for i = 10, #KEYS, 3 do
    local running = redis.call('SMEMBERS', KEYS[i + 1])
    redis.call('DEL', KEYS[i + 1], KEYS[i + 2])
    -- What workers count is what tasks say.
    redis.call('HDEL', KEYS[i], 'finished', 'failed')
    -- What it was running is refused, not unknown: see `mine`.
    if #running > 0 then vanish(KEYS[i], running) end
  end
  -- Also of nothing, for tasks come where workers are. A network of which nothing is left stays so.
  if count > 0 or #ARGV > 2 then remember(KEYS[3], ARGV[1], count) end
  redis.call('PUBLISH', ARGV[2], 'reset')
end
if not discard() then return nil end
return tonumber(count)
