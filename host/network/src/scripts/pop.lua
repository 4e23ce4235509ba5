-- Takes the oldest queued task, first from the worker's own queue, and marks it as running.
--
-- Includes unregistered.
-- KEYS  1 the worker's hash  2 its own queue  3 queued_tasks  4 running_tasks  5 its own set of running tasks
-- ARGV  1 its incarnation  2 number of the request, counted up from 1; sent again it gets the same task  3 its id, encoded
-- Reply {key, xs, xs_extra or nil, how often it was popped}, or nil.
local function answer(key)
  local hash = redis.call('HMGET', key, 'xs', 'xs_extra', 'attempts')
  return { key, hash[1], hash[2], tonumber(hash[3]) }
end
local info = redis.call('HMGET', KEYS[1], 'registered', 'pop_request', 'pop_key')
if info[1] ~= ARGV[1] then return unregistered(KEYS[1], ARGV[1]) end
local before = tonumber(info[2] or 0)
local request = tonumber(ARGV[2])
-- Sent again after a lost reply. One that comes from a connection long given up, after its task was settled or after a
-- later request, has nobody waiting for it: a task that it took would be stranded.
if request == before and redis.call('SISMEMBER', KEYS[5], info[3]) == 1 then return answer(info[3]) end
if request <= before then return nil end
repeat
  local key = redis.call('RPOP', KEYS[2]) or redis.call('RPOP', KEYS[3])
  if not key then return nil end
  -- A hash that somebody deleted leaves an entry behind, which is nothing to work on.
  if redis.call('HEXISTS', key, 'xs') == 1 then
    redis.call('SADD', KEYS[4], key)
    redis.call('SADD', KEYS[5], key)
    redis.call('HSET', key, 'worker_id', ARGV[3])
    redis.call('HINCRBY', key, 'attempts', 1)
    redis.call('HSET', KEYS[1], 'pop_request', ARGV[2], 'pop_key', key)
    return answer(key)
  end
until false
