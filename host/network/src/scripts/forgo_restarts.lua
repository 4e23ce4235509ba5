-- Workers that were to be started again, lost or because the time of their machine was up, are not.
--
-- KEYS  1 restarts  2 ... the hash of each worker
-- ARGV  1 ... the id of each worker
-- Reply 1
for i = 2, #KEYS do
  -- A removal first: a full Redis lets the rest pass then.
  redis.call('SREM', KEYS[1], ARGV[i - 1])
  local state = redis.pcall('HGET', KEYS[i], 'state')
  if state == 'lost' or state == 'terminated' then redis.call('HSET', KEYS[i], 'end_restart', 0) end
end
return 1
