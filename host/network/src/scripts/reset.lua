-- Takes a network apart, a slice of tasks at a time. Each call removes the registrations first, so that no living worker
-- can write any more; the last one removes what is left in one step. Calling it again after a crash goes on.
--
-- KEYS  1 all_tasks  2 worker_ids  3 hashes  4 stored  5 ... every other key of the network, hashes of workers first
-- ARGV  1 how many of KEYS[5 ...], from the front, are hashes of workers
--       2, 3, 4 how many worker_ids, hashes, stored the caller has seen  5 channel
-- Reply 1 when all is gone, 0 if it has to be called again.
-- Wakes `reset`.
for i = 2, 4 do
  -- Who registered since the caller looked has keys that it does not know of; it has to look again.
  if redis.call('SCARD', KEYS[i]) ~= tonumber(ARGV[i]) then return 0 end
end
for i = 5, tonumber(ARGV[1]) + 4 do redis.call('DEL', KEYS[i]) end
local tasks = redis.call('LPOP', KEYS[1], 1000)
if tasks then redis.call('UNLINK', unpack(tasks)) end
local done = redis.call('EXISTS', KEYS[1]) == 0
if done then
  for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
end
redis.call('PUBLISH', ARGV[5], 'reset')
return done and 1 or 0
