-- Everything in a database, at one moment: {key, type, its content as a flat list} of each key.
local reply = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  local content
  if kind == 'string' then
    -- Stored components are large, and nobody looks into them.
    content = { redis.call('GETRANGE', key, 0, 63) }
  elseif kind == 'list' then
    content = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'set' then
    content = redis.call('SMEMBERS', key)
  elseif kind == 'hash' then
    content = redis.call('HGETALL', key)
  end
  reply[#reply + 1] = { key, kind, content or {} }
end
return reply
