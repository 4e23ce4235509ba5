-- A worker ends, however: its state and its running tasks are settled in one step. Used by the worker itself (returned,
-- error, trap ...), by whoever kills it, and by whoever buries it.
--
-- Includes slices.
-- KEYS  1 the worker's hash  2 running_worker_ids  3 terminated_worker_ids
--       4 killed_worker_ids or lost_worker_ids, or terminated_worker_ids again
--       5 its heartbeat  6 heartbeat_keys  7 its terminate flag  8 its kill list
--       9 its own set of running tasks  10 running_tasks  11 failed_tasks  12 its own queue  13 queued_tasks  14 own_queues  15 restarts
-- ARGV  1 worker id  2 its incarnation, '' for whichever is running
--       3 state: terminated, killed, lost  4 kind of the end  5 message of the end
--       6 condition of its running tasks, encoded
--       7 '1': only if its heartbeat is gone  8 channel  9 token: the same for the same attempt
-- Reply {1, failed, requeued, 1 if it may be started again, because it is lost or the time of its machine was up, else 0} if this
--       call ended it; {0, state} if it was not running (any more), or still beats. Numbers in hashes that are none count as 0: an end must pass.
-- Wakes `worker <id>`, `queue <n>`.
local info = redis.call('HMGET', KEYS[1], 'registered', 'state', 'end_token', 'end_failed', 'end_requeued', 'end_restart',
  'on_lost', 'max_attempts', 'max_restarts', 'managed', 'failed')
-- Sent again after a lost reply.
if info[3] == ARGV[9] then return { 1, tonumber(info[4]), tonumber(info[5]), tonumber(info[6]) } end
if not info[1] or (ARGV[2] ~= '' and info[1] ~= ARGV[2]) then
  return { 0, info[1] and 'restarted' or info[2] or 'removed' }
end
if ARGV[7] == '1' and redis.call('EXISTS', KEYS[5]) == 1 then return { 0, 'running' } end

local function number(text) return tonumber(text or 0) or 0 end
local lost = ARGV[3] == 'lost'
-- It was started again once less than it was registered. Who was asked to end has ended, however.
local asked = redis.call('EXISTS', KEYS[7], KEYS[8]) > 0
local taken = lost or ARGV[4] == 'time-up'
local restart = taken and not asked and (tonumber(info[1]) or math.huge) <= number(info[9]) and 1 or 0
-- How often what it popped is tried, as it has said itself: whoever buries it need not know.
local limit = lost and info[7] == 'requeue' and number(info[8]) or 0
local running = redis.call('SMEMBERS', KEYS[9])
local attempts = {}
for i, key in ipairs(running) do
  -- A hash that somebody deleted leaves an entry behind, which is no task any more.
  attempts[i] = redis.call('HEXISTS', key, 'xs') == 1 and number(redis.call('HGET', key, 'attempts'))
end

-- A removal first: a full Redis lets the rest pass then.
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[5], KEYS[7], KEYS[8])
redis.call('SREM', KEYS[6], KEYS[5])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
local time = redis.call('TIME')
redis.call('HDEL', KEYS[1], 'registered', 'pop_request', 'pop_key', 'refused_push', 'log_request', 'vanished', 'cancels')
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'end_kind', ARGV[4], 'end_message', ARGV[5],
  'ended', time[1] * 1000 + math.floor(time[2] / 1000))

local failed = {}
local requeued = {}
for i, key in ipairs(running) do
  if redis.call('SREM', KEYS[10], key) == 1 and attempts[i] then
    if attempts[i] > 0 and attempts[i] < limit then
      redis.call('HDEL', key, 'worker_id')
      requeued[#requeued + 1] = key
    else
      -- `settled`: not the worker itself said so; should it come back, its own `fail` is refused.
      redis.call('HSET', key, 'condition', ARGV[6], 'settled', ARGV[3])
      failed[#failed + 1] = key
    end
  end
end
redis.call('DEL', KEYS[9])
slices('SADD', KEYS[11], failed)
if #failed > 0 then redis.call('HSET', KEYS[1], 'failed', number(info[11]) + #failed) end
-- What was popped goes to the front, because it is the oldest.
slices('RPUSH', KEYS[13], requeued)
-- What waited for this worker alone goes to the end of the common queue, in its order.
local freed = #requeued
while redis.call('LMOVE', KEYS[12], KEYS[13], 'RIGHT', 'LEFT') do freed = freed + 1 end
redis.call('SREM', KEYS[14], ARGV[1])

-- A manager looks after its own; the others are for whoever claims them. Whose time was up is for its launcher: whoever claims works
-- on a machine whose time may be up soon, too.
if restart == 1 and lost and info[10] ~= '1' then redis.call('SADD', KEYS[15], ARGV[1]) end
redis.call('HSET', KEYS[1], 'end_token', ARGV[9], 'end_failed', #failed, 'end_requeued', #requeued, 'end_restart', restart)
redis.call('PUBLISH', ARGV[8], 'worker ' .. ARGV[1])
if freed > 0 then redis.call('PUBLISH', ARGV[8], 'queue ' .. freed) end
return { 1, #failed, #requeued, restart }
