-- Needs vanish.
-- mine(info, own, first_key, last_key): for KEYS[first_key ... last_key], in their order, 1 if this worker is running the task,
-- else 0, and 2 if it was but the hash has vanished, so that there is nothing to settle; the status reply
-- `UNKNOWN <index from 0>` if there is no such task. To be asked before anything is written.
--
-- drop(info, running, own, keys): takes tasks whose hashes have vanished out of the sets. Sent again after a lost reply they
-- are still refused, not unknown: `vanished` tells which those were.
local function mine(info, own, first_key, last_key)
  local members = {}
  local dropped
  for first = first_key, last_key, 1000 do
    local last = math.min(first + 999, last_key)
    local found = redis.call('SMISMEMBER', own, unpack(KEYS, first, last))
    -- One command for all: hardly ever is one missing.
    if redis.call('EXISTS', unpack(KEYS, first, last)) < #found then
      for i, member in ipairs(found) do
        local key = KEYS[first + i - 1]
        if redis.call('EXISTS', key) == 0 then
          dropped = dropped or ' ' .. (redis.call('HGET', info, 'vanished') or '') .. ' '
          if member == 0 and not string.find(dropped, ' ' .. key .. ' ', 1, true) then
            return redis.status_reply('UNKNOWN ' .. (first + i - 1 - first_key))
          end
          found[i] = 2
        end
      end
    end
    for _, member in ipairs(found) do members[#members + 1] = member end
  end
  return members
end

local function drop(info, running, own, keys)
  local dropped = 0
  for _, key in ipairs(keys) do
    dropped = dropped + redis.call('SREM', running, key) + redis.call('SREM', own, key)
  end
  if dropped > 0 then vanish(info, keys) end
end
