-- Creates queued tasks for one worker, which pops them before those of the common queue. If it is not running, they go to
-- the common queue.
--
-- Includes unregistered, slices, create_queued.
-- KEYS  1 the pushing worker's hash, or all_tasks for a manager  2 all_tasks  3 queued_tasks
--       4 the target's hash  5 the target's own queue  6 own_queues  7 ... the new tasks
-- ARGV  1 the pushing worker's incarnation, '' for a manager  2 channel  3 the target's id
--       4 ... `xs, xs_extra` of each task ('': none)
-- Reply how many were created now; those that exist already (a lost reply) are not counted.
-- Wakes `worker <id>`, or `queue <n>`.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local created = create_queued(7, 4)
if #created > 0 then
  slices('RPUSH', KEYS[2], created)
  if redis.call('HEXISTS', KEYS[4], 'registered') == 1 then
    slices('LPUSH', KEYS[5], created)
    redis.call('SADD', KEYS[6], ARGV[3])
    redis.call('PUBLISH', ARGV[2], 'worker ' .. ARGV[3])
  else
    slices('LPUSH', KEYS[3], created)
    redis.call('PUBLISH', ARGV[2], 'queue ' .. #created)
  end
end
return #created
