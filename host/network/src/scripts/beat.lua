-- One beat of a host process, for all its workers.
--
-- KEYS  the hash of each worker, then the heartbeat of each, then the terminate flag and the kill list of each
-- ARGV  1 heartbeat period in s  2 time to live of a beat in ms  3 ... the incarnation of each worker
-- Reply for each worker: 0 go on, 1 asked to terminate, 2 a manager of R rush asks to kill it, or why it is no longer
--       registered: `lost`, `killed`, `terminated`, `restarted`, `removed`.
local count = #KEYS / 4
-- One command for all: hardly ever is anybody asked.
local asked = redis.call('EXISTS', unpack(KEYS, 2 * count + 1)) > 0
local reply = {}
for i = 1, count do
  if redis.call('HGET', KEYS[i], 'registered') == ARGV[i + 2] then
    local heartbeat = KEYS[count + i]
    -- A full Redis accepts PEXPIRE, and SET after it, because a script that has begun to write may go on.
    if redis.call('PEXPIRE', heartbeat, ARGV[2]) == 0 then
      redis.call('SET', heartbeat, ARGV[1], 'PX', ARGV[2])
    end
    reply[i] = 0
    if asked then
      local flag = 2 * (count + i) - 1
      if redis.call('EXISTS', KEYS[flag + 1]) == 1 then
        reply[i] = 2
      else
        reply[i] = redis.call('EXISTS', KEYS[flag])
      end
    end
  else
    local info = redis.call('HMGET', KEYS[i], 'registered', 'state')
    reply[i] = info[1] and 'restarted' or info[2] or 'removed'
  end
end
return reply
