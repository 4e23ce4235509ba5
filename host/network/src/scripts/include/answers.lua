-- What the last calls of some scripts have answered, so that one that is sent again after a lost reply gets the same, whoever
-- came in between. Gone after ten minutes without a new one; nobody sends again so late.
--
-- answered(answers, token): what the call with this token has answered, or false.
local function answered(answers, token)
  return redis.call('HGET', answers, token)
end

-- remember(answers, token, answer): keeps it, and forgets the hundredth before it. Also that there was nothing to do: sent again,
-- the call would do it to what was pushed since.
local function remember(answers, token, answer)
  -- A removal first: a full Redis lets the rest pass then.
  redis.call('HDEL', answers, token)
  local number = redis.call('HINCRBY', answers, 'number', 1)
  redis.call('HSET', answers, token, answer, number, token)
  local old = redis.call('HGET', answers, number - 100)
  if old then redis.call('HDEL', answers, old, number - 100) end
  redis.call('PEXPIRE', answers, 600000)
end
