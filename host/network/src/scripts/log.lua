-- Stores log events of a worker.
--
-- Includes unregistered, slices.
-- KEYS  1 the worker's hash  2 its log events
-- ARGV  1 its incarnation  2 number of the request, counted up from 1; sent again it is not stored again
--       3 channel of log events  4 worker id  5 ... the events
-- Reply 1
-- Tells the channel of log events `<worker id>`, since hosts have nothing to do with it.
local lost = unregistered(KEYS[1], ARGV[1])
if lost then return lost end
-- Sent again after a lost reply, or late, after a later one.
if tonumber(ARGV[2]) <= tonumber(redis.call('HGET', KEYS[1], 'log_request') or 0) then return 1 end
redis.call('HSET', KEYS[1], 'log_request', ARGV[2])
local events = {}
for i = 5, #ARGV do events[i - 4] = ARGV[i] end
slices('RPUSH', KEYS[2], events)
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
