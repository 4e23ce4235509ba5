-- More is known about a launch: its job's id, why a process did not start. A launch that was withdrawn stays withdrawn.
--
-- KEYS  1 launches
-- ARGV  1 the launch  2 its record
-- Reply 1, or 0 if it was withdrawn.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
