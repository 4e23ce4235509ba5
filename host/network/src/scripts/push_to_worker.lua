-- Creates queued tasks for one worker, which pops them before those of the common queue. If it is not running, they go to
-- the common queue.
--
-- Includes unregistered, slices, over_budget, create_queued.
-- KEYS  1 the pushing worker's hash, or all_tasks for a manager  2 all_tasks  3 queued_tasks  4 failed_tasks
--       5 the target's hash  6 the target's own queue  7 own_queues  8 ... the new tasks
-- ARGV  1 the pushing worker's incarnation, '' for a manager  2 channel  3 budget (see over_budget)  4 the target's id
--       5 ... `xs, xs_extra` of each task ('': none)
-- Reply how many were created now; those that exist already (a lost reply) are not counted. Status `BUDGET <how many more
--       may be created>` if that is not enough for all, and nothing is written.
-- Wakes `worker <id>`, or `queue <n>`.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local refusal = over_budget(ARGV[3], KEYS[1], KEYS[2], KEYS[4], 8, #KEYS)
if refusal then return refusal end
local created = create_queued(8, 5)
if #created > 0 then
  slices('RPUSH', KEYS[2], created)
  if redis.call('HEXISTS', KEYS[5], 'registered') == 1 then
    slices('LPUSH', KEYS[6], created)
    redis.call('SADD', KEYS[7], ARGV[4])
    redis.call('PUBLISH', ARGV[2], 'worker ' .. ARGV[4])
  else
    slices('LPUSH', KEYS[3], created)
    redis.call('PUBLISH', ARGV[2], 'queue ' .. #created)
  end
end
return #created
