-- unregistered(info, incarnation): nothing if this incarnation of the worker is running;
-- else the status reply `LOST lost|killed|terminated|restarted|removed`.
local function unregistered(info, incarnation)
  if redis.call('HGET', info, 'registered') == incarnation then return nil end
  local now = redis.call('HMGET', info, 'state', 'registered')
  return redis.status_reply('LOST ' .. (now[2] and 'restarted' or now[1] or 'removed'))
end
