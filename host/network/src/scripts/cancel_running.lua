-- Fails running tasks of one worker, and leaves it a note of each, so that it stops evaluating them.
--
-- Includes slices, answers.
-- KEYS  1 answers  2 running_tasks  3 failed_tasks  4 all_tasks  5 worker_ids  6 the worker's hash
--       7 its own set of running tasks  8 ... the tasks
-- ARGV  1 condition, encoded  2 token: the same for the same attempt  3 worker id  4 its id, encoded  5 channel
-- Reply the cancelled tasks: those that this worker was running.
-- Wakes `worker <id>`.
local cancelled = {}
-- Sent again after a lost reply: what went back to the queue and is running again is not meant.
local before = answered(KEYS[1], ARGV[2])
if before then
  for key in string.gmatch(before, '%S+') do cancelled[#cancelled + 1] = key end
  return cancelled
end
for i = 8, #KEYS do
  local key = KEYS[i]
  -- A removal first: a full Redis lets the rest pass then.
  if redis.call('HGET', key, 'worker_id') == ARGV[4] and redis.call('SREM', KEYS[2], key) == 1 then
    redis.call('SREM', KEYS[7], key)
    -- `settled`: not the worker itself said so; its own `finish` and `fail` are refused.
    redis.call('HSET', key, 'condition', ARGV[1], 'settled', 'cancelled')
    cancelled[#cancelled + 1] = key
  end
end
slices('SADD', KEYS[3], cancelled)
local info = redis.call('HMGET', KEYS[6], 'registered', 'failed', 'cancels', 'cancel_number')
-- While a network is reset its workers go before its tasks.
if #cancelled > 0 and info[1] then
  -- Numbers that are none count as 0, because half of this would be done.
  local function number(text) return tonumber(text or 0) or 0 end
  local last = number(info[4]) + #cancelled
  local notes = {}
  -- The last thousand are kept, should nobody hear them.
  local function note(key, at)
    if at > last - 1000 then notes[#notes + 1] = key .. '=' .. string.format('%.0f', at) end
  end
  for key, at in string.gmatch(info[3] or '', '(%S+)=(%d+)') do note(key, tonumber(at)) end
  for i, key in ipairs(cancelled) do note(key, last - #cancelled + i) end
  redis.call('HSET', KEYS[6], 'failed', string.format('%.0f', number(info[2]) + #cancelled),
    'cancels', table.concat(notes, ' '), 'cancel_number', string.format('%.0f', last))
end
-- A network of which nothing is left stays so.
if redis.call('EXISTS', KEYS[4], KEYS[5]) > 0 then remember(KEYS[1], ARGV[2], table.concat(cancelled, ' ')) end
if #cancelled > 0 then redis.call('PUBLISH', ARGV[5], 'worker ' .. ARGV[3]) end
return cancelled
