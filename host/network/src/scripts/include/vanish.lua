-- vanish(info, keys): remembers tasks of this worker whose hashes are gone, so that they are refused, and not unknown, when it
-- settles them. The last thousand are kept, and all of `keys`.
local function vanish(info, keys)
  local all = table.concat(keys, ' ')
  local before = redis.call('HGET', info, 'vanished')
  -- One that is cut in the middle is nobody's name.
  if before then all = string.sub(before, -40000) .. ' ' .. all end
  redis.call('HSET', info, 'vanished', all)
end
