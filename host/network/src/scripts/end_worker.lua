-- A worker ends, however: its state and its running tasks are settled in one step. Used by the worker itself (returned,
-- error, trap ...), by whoever kills it, and by whoever buries it.
--
-- Includes slices.
-- KEYS  1 the worker's hash  2 running_worker_ids  3 terminated_worker_ids
--       4 killed_worker_ids or lost_worker_ids, or terminated_worker_ids again
--       5 its heartbeat  6 heartbeat_keys  7 its terminate flag  8 its kill list
--       9 its own set of running tasks  10 running_tasks  11 failed_tasks  12 its own queue  13 queued_tasks  14 own_queues
-- ARGV  1 worker id  2 its incarnation, '' for whichever is running
--       3 state: terminated, killed, lost  4 kind of the end  5 message of the end
--       6 condition of its running tasks, encoded
--       7 '1': only if its heartbeat is gone  8 attempts up to which what it popped goes back to the queue, '0': it fails
--       9 channel  10 token: the same for the same attempt
-- Reply {1, failed, requeued} if this call ended it; {0, state} if it was not running (any more), or still beats.
-- Wakes `worker <id>`, `queue <n>`.
local info = redis.call('HMGET', KEYS[1], 'registered', 'state', 'end_token', 'end_failed', 'end_requeued')
-- Sent again after a lost reply.
if info[3] == ARGV[10] then return { 1, tonumber(info[4]), tonumber(info[5]) } end
if not info[1] or (ARGV[2] ~= '' and info[1] ~= ARGV[2]) then
  return { 0, info[1] and 'restarted' or info[2] or 'removed' }
end
if ARGV[7] == '1' and redis.call('EXISTS', KEYS[5]) == 1 then return { 0, 'running' } end

-- A removal first: a full Redis lets the rest pass then.
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[5], KEYS[7], KEYS[8])
redis.call('SREM', KEYS[6], KEYS[5])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1])
local time = redis.call('TIME')
redis.call('HDEL', KEYS[1], 'registered', 'pop_request', 'pop_key', 'refused_push', 'vanished')
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'end_kind', ARGV[4], 'end_message', ARGV[5],
  'ended', time[1] * 1000 + math.floor(time[2] / 1000))

local failed = {}
local requeued = {}
local limit = tonumber(ARGV[8])
for _, key in ipairs(redis.call('SMEMBERS', KEYS[9])) do
  -- A hash that somebody deleted leaves an entry behind, which is no task any more.
  if redis.call('SREM', KEYS[10], key) == 1 and redis.call('HEXISTS', key, 'xs') == 1 then
    local attempts = tonumber(redis.call('HGET', key, 'attempts') or 0)
    if attempts > 0 and attempts < limit then
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
if #failed > 0 then redis.call('HINCRBY', KEYS[1], 'failed', #failed) end
-- What was popped goes to the front, because it is the oldest.
slices('RPUSH', KEYS[13], requeued)
-- What waited for this worker alone goes to the end of the common queue, in its order.
local freed = #requeued
while redis.call('LMOVE', KEYS[12], KEYS[13], 'RIGHT', 'LEFT') do freed = freed + 1 end
redis.call('SREM', KEYS[14], ARGV[1])

redis.call('HSET', KEYS[1], 'end_token', ARGV[10], 'end_failed', #failed, 'end_requeued', #requeued)
redis.call('PUBLISH', ARGV[9], 'worker ' .. ARGV[1])
if freed > 0 then redis.call('PUBLISH', ARGV[9], 'queue ' .. freed) end
return { 1, #failed, #requeued }
