-- Takes a network apart, a slice at a time. Each call removes the registrations first, so that no living worker can write any
-- more; the last one removes what is left in one step. Calling it again after a crash goes on.
--
-- KEYS  1 all_tasks  2 worker_ids  3 hashes  4 stored  5 discarded
--       6 ... every other key of the network, hashes of workers first
-- ARGV  1 channel  2 ... the worker_ids that the caller has seen; KEYS[6 ...] begins with their hashes
-- Reply 1 when all is gone, 0 if it has to be called again.
-- Wakes `reset`.

-- Who registered since the caller looked has keys that it does not know of; it has to look again. That ends: whoever was
-- removed can register once, and stays until all are known.
if redis.call('SCARD', KEYS[2]) ~= #ARGV - 1 then return 0 end
for first = 2, #ARGV, 1000 do
  for _, known in ipairs(redis.call('SMISMEMBER', KEYS[2], unpack(ARGV, first, math.min(first + 999, #ARGV)))) do
    if known == 0 then return 0 end
  end
end
for i = 6, #ARGV + 4 do redis.call('DEL', KEYS[i]) end

local done = true
for i = 1, 5, 4 do
  local tasks = redis.call('LPOP', KEYS[i], 1000)
  if tasks then redis.call('UNLINK', unpack(tasks)) end
  done = done and redis.call('EXISTS', KEYS[i]) == 0
end
-- Sets that list keys of their own. Others may write on, so their sizes prove nothing.
for i = 3, 4 do
  local listed = redis.call('SPOP', KEYS[i], 1000)
  if #listed > 0 then redis.call('UNLINK', unpack(listed)) end
  done = done and redis.call('EXISTS', KEYS[i]) == 0
end
if done then
  for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
end
redis.call('PUBLISH', ARGV[1], 'reset')
return done and 1 or 0
