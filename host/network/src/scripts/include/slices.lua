-- slices(command, key, values): calls `command key value...` with at most 1,000 values at a time.
-- Answers what the last call answered, nothing if there was none.
local function slices(command, key, values)
  local reply
  for first = 1, #values, 1000 do
    reply = redis.call(command, key, unpack(values, first, math.min(first + 999, #values)))
  end
  return reply
end
