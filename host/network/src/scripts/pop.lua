-- Takes the oldest queued tasks for workers of one process, each of another one: first from its own queue, then from the common one; and
-- marks them as running.
--
-- Includes unregistered.
-- KEYS  1 queued_tasks  2 running_tasks
--       3 ... of each worker: its hash, its own queue, its own set of running tasks
-- ARGV  1 how many workers
--       2 ... of each worker: its incarnation, the number of its request, counted up from 1 (sent again it gets the same task), its id, encoded
-- Reply for each worker {key, xs, xs_extra or nil, how often it was popped}, nil if there is none, 0 if what this number got is settled,
--       or a later one was asked for; or the status `LOST …`.
local popped = {}

local function pop(info, queue, own, incarnation, number, worker_id)
  local hash = redis.call('HMGET', info, 'registered', 'pop_request', 'pop_key')
  if hash[1] ~= incarnation then return unregistered(info, incarnation) end
  local before = tonumber(hash[2] or 0)
  local request = tonumber(number)
  -- Sent again after a lost reply. One that comes from a connection long given up, after its task was settled or after a
  -- later request, has nobody waiting for it: a task that it took would be stranded.
  if request == before and redis.call('SISMEMBER', own, hash[3]) == 1 then
    local task = redis.call('HMGET', hash[3], 'xs', 'xs_extra', 'attempts')
    return { hash[3], task[1], task[2], tonumber(task[3]) }
  end
  if request <= before then return 0 end
  repeat
    local from = queue
    local key = redis.call('RPOP', from)
    if not key then
      from = KEYS[1]
      key = redis.call('RPOP', from)
    end
    if not key then return false end
    local task = redis.call('HMGET', key, 'xs', 'xs_extra', 'attempts')
    -- A hash that somebody deleted leaves an entry behind, which is nothing to work on.
    if task[1] then
      local attempts = (tonumber(task[3] or 0) or 0) + 1
      local added = redis.pcall('SADD', own, key)
      if type(added) == 'table' then
        redis.call('RPUSH', from, key)
        error(added)
      end
      redis.call('HSET', key, 'worker_id', worker_id, 'attempts', attempts)
      redis.call('HSET', info, 'pop_request', number, 'pop_key', key)
      popped[#popped + 1] = key
      return { key, task[1], task[2], attempts }
    end
  until false
end

local replies = {}
local failure
for worker = 1, tonumber(ARGV[1]) do
  local key, at = 3 * worker, 3 * worker - 1
  -- What others popped must get into KEYS[2], whatever is wrong with one of the workers: each hears of it when it is asked alone.
  local fine, reply = pcall(pop, KEYS[key], KEYS[key + 1], KEYS[key + 2], ARGV[at], ARGV[at + 1], ARGV[at + 2])
  if fine then replies[worker] = reply else failure = failure or reply end
end
if #popped > 0 then redis.call('SADD', KEYS[2], unpack(popped)) end
if failure then return type(failure) == 'table' and failure or redis.error_reply(failure) end
return replies
