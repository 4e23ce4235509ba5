-- over_budget(budget, info, all_tasks, failed, first_key, last_key): nothing if the tasks KEYS[first_key ... last_key] may be created; else the
-- status reply `BUDGET <how many may be>`. `budget` is '' for any number of tasks; else `<limit> <request>`: how many may be
-- queued, running and finished together, and the number of this request of the worker, counted up from 1, 0 for a manager.
-- To be asked before anything is created.
local function over_budget(budget, info, all_tasks, failed, first_key, last_key)
  if budget == '' then return nil end
  local limit, request = string.match(budget, '^(%d+) (%d+)$')
  request = tonumber(request)
  -- Every task is in one state, so what has not failed counts, in whichever queue it waits.
  local left = tonumber(limit) - redis.call('LLEN', all_tasks) + redis.call('SCARD', failed)
  -- Refused before, or overtaken by one that was: nobody would know of the tasks if such a request were granted later.
  local late = request > 0 and request <= tonumber(redis.call('HGET', info, 'refused_push') or 0)
  local new = last_key - first_key + 1
  if new <= left and not late then return nil end
  -- Sent again after a lost reply: what exists was admitted, and is counted already.
  for first = first_key, last_key, 1000 do
    new = new - redis.call('EXISTS', unpack(KEYS, first, math.min(first + 999, last_key)))
  end
  if new == 0 then return nil end
  -- A full Redis may refuse to remember it.
  if request > 0 and not late then redis.pcall('HSET', info, 'refused_push', request) end
  return redis.status_reply('BUDGET ' .. string.format('%.0f', math.max(left, 0)))
end
