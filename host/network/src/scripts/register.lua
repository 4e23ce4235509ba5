-- A worker enters the network: a new one, or one that ended and comes back under the same id.
--
-- KEYS  1 worker_ids  2 running_worker_ids  3 terminated_worker_ids  4 killed_worker_ids  5 lost_worker_ids
--       6 the worker's hash  7 its heartbeat  8 heartbeat_keys  9 its terminate flag  10 its kill list  11 restarts
--       12 launches
-- ARGV  1 worker id  2 token: the same for the same attempt  3 heartbeat period in s  4 time to live of a beat in ms
--       5 channel  6 the incarnation that must have been the last one, 0 for none at all, '' for any
--       7 the launch that it belongs to, '' for none
--       8 ... further fields of the worker's hash, name and value in turn
-- Reply its incarnation, counted up at every registration; status `TAKEN` if a worker of this id is running, or a later one has
--       run; status `REMOVED` if there was none: the network was reset; status `WITHDRAWN` if its launch is not permitted any more.
--       Nothing is written then.
local known = redis.call('HMGET', KEYS[6], 'token', 'registered', 'incarnation')
-- Sent again after a lost reply, perhaps so late that this incarnation has ended: then its first call will say so.
if known[1] == ARGV[2] then return tonumber(known[3]) end
if ARGV[7] ~= '' and redis.call('HEXISTS', KEYS[12], ARGV[7]) == 0 then return redis.status_reply('WITHDRAWN') end
if ARGV[6] ~= '' then
  local last = tonumber(known[3] or 0) or 0
  -- One that began to count anew is another one.
  if last < tonumber(ARGV[6]) then return redis.status_reply('REMOVED') end
  if last > tonumber(ARGV[6]) then return redis.status_reply('TAKEN') end
end
if known[2] then return redis.status_reply('TAKEN') end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
redis.call('SREM', KEYS[4], ARGV[1])
redis.call('SREM', KEYS[5], ARGV[1])
redis.call('SREM', KEYS[11], ARGV[1])
redis.call('DEL', KEYS[9], KEYS[10])
-- `end_token` stays: an end that comes twice, the second time late, must not end this incarnation, too.
redis.call('HDEL', KEYS[6], 'end_kind', 'end_message', 'ended', 'restart_token', 'restart_until')
local incarnation = redis.call('HINCRBY', KEYS[6], 'incarnation', 1)
local time = redis.call('TIME')
redis.call('HSET', KEYS[6],
  'worker_id', ARGV[1], 'token', ARGV[2], 'registered', incarnation, 'state', 'running', 'heartbeat', KEYS[7],
  'started', time[1] * 1000 + math.floor(time[2] / 1000), unpack(ARGV, 8))
redis.call('SET', KEYS[7], ARGV[3], 'PX', ARGV[4])
redis.call('SADD', KEYS[8], KEYS[7])
redis.call('PUBLISH', ARGV[5], 'workers')
return incarnation
