-- One beat of a host process, for all its workers.
--
-- KEYS  the hash of each worker, then the heartbeat of each, then the terminate flag and the kill list of each
-- ARGV  1 heartbeat period in s  2 time to live of a beat in ms  3 ... the incarnation of each worker, then the number of the last
--       cancel of a running task that each has heard of, 0 for none
-- Reply for each worker: 0 go on, 1 asked to terminate, 2 a manager of R rush asks to kill it, or why it is no longer
--       registered: `lost`, `killed`, `terminated`, `restarted`, `removed`. Instead of a number {the number, `<task>=<number> ...`}
--       if running tasks of it were cancelled of which it has not heard.
local count = #KEYS / 4

-- Forgets the notes up to the number `heard`, and answers the others. Only what was heard goes: the reply of a beat can be lost.
local function unheard(info, notes, heard)
  local left = {}
  for key, number in string.gmatch(notes, '(%S+)=(%d+)') do
    if tonumber(number) > heard then left[#left + 1] = key .. '=' .. number end
  end
  local rest = table.concat(left, ' ')
  if rest ~= notes then
    redis.call('HDEL', info, 'cancels')
    if rest ~= '' then redis.call('HSET', info, 'cancels', rest) end
  end
  return rest ~= '' and rest
end

-- One command for all: hardly ever is anybody asked.
local asked = redis.call('EXISTS', unpack(KEYS, 2 * count + 1)) > 0
local reply = {}
for i = 1, count do
  local info = redis.call('HMGET', KEYS[i], 'registered', 'cancels')
  if info[1] == ARGV[i + 2] then
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
    local notes = info[2] and unheard(KEYS[i], info[2], tonumber(ARGV[count + i + 2]))
    if notes then reply[i] = { reply[i], notes } end
  else
    local state = redis.call('HGET', KEYS[i], 'state')
    reply[i] = info[1] and 'restarted' or state or 'removed'
  end
end
return reply
