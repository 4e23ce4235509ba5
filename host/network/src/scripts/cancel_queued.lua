-- Fails queued tasks of some queues: all of them, or those that are named.
--
-- Includes slices.
-- KEYS  1 run  2 failed_tasks  3 ... the queues
-- ARGV  1 condition, encoded  2 token: the same for the same attempt  3 ... the tasks, none for all
-- Reply the cancelled tasks, the oldest of each queue first.
local mark = 'cancelled ' .. ARGV[2]
if redis.call('HGET', KEYS[1], 'cancelled_token') == ARGV[2] then
  -- Sent again after a lost reply: what was pushed since is not meant. `settled` tells which tasks it were.
  local before = {}
  for _, key in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    local place = string.match(redis.call('HGET', key, 'settled') or '', '^' .. mark .. ' (%d+)$')
    if place then before[tonumber(place)] = key end
  end
  return before
end
local named
if #ARGV > 2 then
  named = {}
  for i = 3, #ARGV do named[ARGV[i]] = true end
end
local cancelled = {}
for i = 3, #KEYS do
  local keys = redis.call('LRANGE', KEYS[i], 0, -1)
  local stay = {}
  local found = {}
  for _, key in ipairs(keys) do
    if not named or named[key] then found[#found + 1] = key else stay[#stay + 1] = key end
  end
  if #found > 0 then
    -- A removal first: a full Redis lets the rest pass then.
    redis.call('DEL', KEYS[i])
    slices('RPUSH', KEYS[i], stay)
    -- The oldest is at the right end.
    for at = #found, 1, -1 do
      local key = found[at]
      -- A hash that somebody deleted leaves an entry behind, which is nothing to cancel.
      if redis.call('HEXISTS', key, 'xs') == 1 then
        cancelled[#cancelled + 1] = key
        redis.call('HSET', key, 'condition', ARGV[1], 'settled', mark .. ' ' .. #cancelled)
      end
    end
  end
end
slices('SADD', KEYS[2], cancelled)
if #cancelled > 0 then redis.call('HSET', KEYS[1], 'cancelled_token', ARGV[2]) end
return cancelled
