-- Marks running tasks of this worker as failed.
--
-- Includes unregistered, slices, vanish, mine.
-- KEYS  1 the worker's hash  2 running_tasks  3 its own set of running tasks  4 failed_tasks  5 ... the tasks
-- ARGV  1 its incarnation  2 its id, encoded  3 ... the condition of each task
-- Reply the indices (from 0) of the refused tasks; status `UNKNOWN <index>` if there is no such task, and nothing is written.
local lost = unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local members = mine(KEYS[1], KEYS[3], 5, #KEYS)
if members.ok then return members end
local moved = {}
local vanished = {}
local refused = {}
for i = 5, #KEYS do
  local key = KEYS[i]
  local accepted = false
  if members[i - 4] == 1 then
    local before = redis.call('HGET', key, 'condition')
    redis.call('HSET', key, 'condition', ARGV[i - 2])
    redis.call('SREM', KEYS[3], key)
    accepted = redis.call('SREM', KEYS[2], key) == 1
    if accepted then
      moved[#moved + 1] = key
    elseif before then
      -- A manager of R rush failed it, which does not know of our set: its condition stands.
      redis.call('HSET', key, 'condition', before)
    else
      redis.call('HDEL', key, 'condition')
    end
  elseif members[i - 4] == 2 then
    vanished[#vanished + 1] = key
  else
    -- Sent again after a lost reply: this worker has failed it; `settled` tells that it was somebody else.
    local hash = redis.call('HMGET', key, 'worker_id', 'condition', 'settled')
    accepted = hash[1] == ARGV[2] and hash[2] and not hash[3]
  end
  if not accepted then refused[#refused + 1] = i - 5 end
end
if #vanished > 0 then drop(KEYS[1], KEYS[2], KEYS[3], vanished) end
slices('SADD', KEYS[4], moved)
if #moved > 0 then redis.call('HINCRBY', KEYS[1], 'failed', #moved) end
return refused
