-- Needs slices, mine.
-- finish_tasks(info, running, own, finished, worker_id, first_key, last_key, first_arg): moves KEYS[first_key ... last_key]
-- from running to finished; ARGV holds `ys, ys_extra` of each ('': none).
-- Answers {length of the finished list or 0, indices (from 0) of the tasks that were refused ...}; or the status reply of
-- `mine`, and nothing is written.
local function finish_tasks(info, running, own, finished, worker_id, first_key, last_key, first_arg)
  local members = mine(info, own, first_key, last_key)
  if members.ok then return members end
  local moved = {}
  local vanished = {}
  local reply = { 0 }
  local at = first_arg
  for i = first_key, last_key do
    local key = KEYS[i]
    local accepted = false
    local member = members[i - first_key + 1]
    if member == 1 then
      if ARGV[at + 1] == '' then
        redis.call('HSET', key, 'ys', ARGV[at])
      else
        redis.call('HSET', key, 'ys', ARGV[at], 'ys_extra', ARGV[at + 1])
      end
      redis.call('SREM', own, key)
      accepted = redis.call('SREM', running, key) == 1
      if accepted then
        moved[#moved + 1] = key
      else
        -- A manager of R rush settled it, which does not know of our set: the loser's fields never stay.
        redis.call('HDEL', key, 'ys', 'ys_extra')
      end
    elseif member == 2 then
      vanished[#vanished + 1] = key
    else
      -- Sent again after a lost reply: this worker has finished it, and nobody else can have written `ys`.
      local hash = redis.call('HMGET', key, 'worker_id', 'ys')
      accepted = hash[1] == worker_id and hash[2]
    end
    if not accepted then reply[#reply + 1] = i - first_key end
    at = at + 2
  end
  if #vanished > 0 then drop(info, running, own, vanished) end
  if #moved > 0 then
    reply[1] = slices('RPUSH', finished, moved)
    redis.call('HINCRBY', info, 'finished', #moved)
  end
  return reply
end
