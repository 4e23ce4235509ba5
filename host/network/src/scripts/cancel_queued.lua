-- Fails queued tasks of some queues: all of them, or those that are named.
--
-- Includes slices, answers.
-- KEYS  1 answers  2 failed_tasks  3 all_tasks  4 worker_ids  5 ... the queues
-- ARGV  1 condition, encoded  2 token: the same for the same attempt  3 ... the tasks, none for all
-- Reply the cancelled tasks, the oldest of each queue first.
local cancelled = {}
-- Sent again after a lost reply: what was pushed since is not meant.
local before = answered(KEYS[1], ARGV[2])
if before then
  for key in string.gmatch(before, '%S+') do cancelled[#cancelled + 1] = key end
  return cancelled
end
local named
if #ARGV > 2 then
  named = {}
  for i = 3, #ARGV do named[ARGV[i]] = true end
end
for i = 5, #KEYS do
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
        redis.call('HSET', key, 'condition', ARGV[1], 'settled', 'cancelled')
        cancelled[#cancelled + 1] = key
      end
    end
  end
end
slices('SADD', KEYS[2], cancelled)
-- A network of which nothing is left stays so.
if redis.call('EXISTS', KEYS[3], KEYS[4]) > 0 then remember(KEYS[1], ARGV[2], table.concat(cancelled, ' ')) end
return cancelled
