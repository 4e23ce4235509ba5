-- Reads several keys at one moment. A transaction would do the same, but a full Redis refuses even reads in one.
--
-- KEYS  what to read
-- ARGV  how, for each key: `SCARD`, `LLEN`, `SMEMBERS`, or `LRANGE` (all of it)
-- Reply what each answers.
local reply = {}
for i, key in ipairs(KEYS) do
  if ARGV[i] == 'LRANGE' then
    reply[i] = redis.call('LRANGE', key, 0, -1)
  else
    reply[i] = redis.call(ARGV[i], key)
  end
end
return reply
