-- Tells which tasks are in which state, at one moment; and reads their hashes, if they are few and small.
--
-- KEYS  1 finished_tasks  2 own_queues  3 ... other lists and sets of tasks
-- ARGV  1 how many of the finished tasks the caller knows ('': it wants none)
--       2 an index of finished_tasks ('': none)  3 the task that it remembers there
--       4 how many are few  5 fields of finished tasks, separated by spaces
--       6 ... for each of KEYS[3 ...]: `LRANGE`, `SMEMBERS`, or `EXISTS` for a set whose hashes are counted; fields of these tasks
-- Reply {length of finished_tasks, 1 if another task stands at the index, so that the caller knows none,
--        {unknown finished tasks}, {their hashes}, {members of own_queues}, {{tasks} for each of KEYS[3 ...]}, {{hashes} ...},
--        how many hashes were counted}
--       Of finished tasks that are many there are no keys, of others no hashes; false stands for a hash that has vanished.
--       When enough bytes have been read there are no further hashes of finished tasks, and none at all of others.
local few = tonumber(ARGV[4])
-- A larger reply would keep short commands waiting behind it. The first hash comes anyway.
local room = 262144

local function hashes(tasks, wanted)
  local fields = {}
  for field in string.gmatch(wanted, '%S+') do fields[#fields + 1] = field end
  local found = {}
  for i, task in ipairs(tasks) do
    if room <= 0 then break end
    found[i] = redis.call('EXISTS', task) == 1 and redis.call('HMGET', task, unpack(fields))
    for _, value in ipairs(found[i] or {}) do room = room - (value and #value or 0) end
  end
  return found
end

local length, restarted, new = 0, 0, {}
if ARGV[1] ~= '' then
  local known = ARGV[1]
  length = redis.call('LLEN', KEYS[1])
  if ARGV[2] ~= '' and redis.call('LINDEX', KEYS[1], ARGV[2]) ~= ARGV[3] then
    restarted = 1
    known = '0'
  end
  if length - tonumber(known) <= few then new = redis.call('LRANGE', KEYS[1], known, -1) end
end

local lists, listed, existing = {}, 0, 0
for i = 3, #KEYS do
  if ARGV[2 * i] == 'LRANGE' then
    lists[i - 2] = redis.call('LRANGE', KEYS[i], 0, -1)
  else
    lists[i - 2] = redis.call('SMEMBERS', KEYS[i])
  end
  if ARGV[2 * i] == 'EXISTS' then
    local tasks = lists[i - 2]
    for first = 1, #tasks, 1000 do
      existing = existing + redis.call('EXISTS', unpack(tasks, first, math.min(first + 999, #tasks)))
    end
  end
  listed = listed + #lists[i - 2]
end
local finished = hashes(new, ARGV[5])
local read, complete = {}, listed <= few
for i, tasks in ipairs(lists) do
  read[i] = complete and hashes(tasks, ARGV[2 * i + 5]) or {}
  complete = complete and #read[i] == #tasks
end
if not complete then
  for i = 1, #lists do read[i] = {} end
end
return { length, restarted, new, finished, redis.call('SMEMBERS', KEYS[2]), lists, read, existing }
