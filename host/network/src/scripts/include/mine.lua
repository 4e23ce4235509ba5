-- mine(own, first_key, last_key): for KEYS[first_key ... last_key], in their order, 1 if this worker is running the task, else 0;
-- the status reply `UNKNOWN <index from 0>` if there is no such task. To be asked before anything is written.
local function mine(own, first_key, last_key)
  local members = {}
  for first = first_key, last_key, 1000 do
    local last = math.min(first + 999, last_key)
    for i, member in ipairs(redis.call('SMISMEMBER', own, unpack(KEYS, first, last))) do
      if member == 0 and redis.call('EXISTS', KEYS[first + i - 1]) == 0 then
        return redis.status_reply('UNKNOWN ' .. (first + i - 1 - first_key))
      end
      members[#members + 1] = member
    end
  end
  return members
end
