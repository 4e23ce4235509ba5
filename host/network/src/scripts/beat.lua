-- One beat of a host process, for all its workers.
--
-- KEYS  for each worker: its hash, its heartbeat, its terminate flag, its kill list
-- ARGV  1 heartbeat period in s  2 time to live of a beat in ms  3 ... the incarnation of each worker
-- Reply for each worker: 0 go on, 1 asked to terminate, 2 a manager of R rush asks to kill it, or why it is no longer
--       registered: `lost`, `killed`, `terminated`, `restarted`, `removed`.
local reply = {}
for i = 1, #KEYS, 4 do
  local n = (i + 3) / 4
  local info = redis.call('HMGET', KEYS[i], 'registered', 'state')
  if info[1] ~= ARGV[n + 2] then
    reply[n] = info[1] and 'restarted' or info[2] or 'removed'
  else
    -- A full Redis accepts PEXPIRE, and SET after it, because a script that has begun to write may go on.
    if redis.call('PEXPIRE', KEYS[i + 1], ARGV[2]) == 0 then
      redis.call('SET', KEYS[i + 1], ARGV[1], 'PX', ARGV[2])
    end
    if redis.call('EXISTS', KEYS[i + 3]) == 1 then
      reply[n] = 2
    else
      reply[n] = redis.call('EXISTS', KEYS[i + 2])
    end
  end
end
return reply
