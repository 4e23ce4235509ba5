-- Takes a network apart, a slice of tasks at a time. The first call removes the registrations, so that no living worker
-- can write any more; the last one removes what is left in one step. Calling it again after a crash goes on.
--
-- KEYS  1 all_tasks  2 worker_ids  3 ... every other key of the network, those of its workers included
-- ARGV  1 '1': the first call  2 how many of KEYS[3 ...], from the front, are hashes of workers
--       3 how many workers the caller has seen  4 channel
-- Reply 1 when all is gone, 0 if it has to be called again.
-- Wakes `reset`.
if ARGV[1] == '1' then
  for i = 3, tonumber(ARGV[2]) + 2 do redis.call('DEL', KEYS[i]) end
  redis.call('PUBLISH', ARGV[4], 'reset')
end
local tasks = redis.call('LPOP', KEYS[1], 1000)
if tasks then
  redis.call('UNLINK', unpack(tasks))
  return 0
end
-- A worker that registered since the caller looked has keys that it does not know of.
if redis.call('SCARD', KEYS[2]) ~= tonumber(ARGV[3]) then return 0 end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return 1
