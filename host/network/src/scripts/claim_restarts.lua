-- Takes on lost workers that are to be started again: whoever has claimed one is the only one to start it, for a while. If it
-- does not come back by then, somebody else may claim it.
--
-- KEYS  1 restarts  2 ... the hash of each worker
-- ARGV  1 token: the same for the same attempt  2 how long a claim holds in ms  3 ... the id of each worker
-- Reply for each worker 1 if this call has claimed it, else 0.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply = {}
for i = 2, #KEYS do
  local info = redis.pcall('HMGET', KEYS[i], 'state', 'end_restart', 'restart_token', 'restart_until')
  reply[i - 1] = 0
  if info[1] ~= 'lost' or info[2] ~= '1' then
    -- It was started again, or is gone.
    redis.call('SREM', KEYS[1], ARGV[i + 1])
  elseif redis.call('SISMEMBER', KEYS[1], ARGV[i + 1]) == 1 then
    -- Sent again after a lost reply: the same claim.
    if info[3] == ARGV[1] then
      reply[i - 1] = 1
    elseif now >= (tonumber(info[4] or 0) or 0) then
      redis.call('HSET', KEYS[i], 'restart_token', ARGV[1], 'restart_until', now + tonumber(ARGV[2]))
      reply[i - 1] = 1
    end
  end
end
return reply
