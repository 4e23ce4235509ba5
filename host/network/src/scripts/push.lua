-- Creates queued tasks, at the end of the common queue.
--
-- Includes unregistered, slices, over_budget, create_queued.
-- KEYS  1 the pushing worker's hash, or all_tasks for a manager  2 all_tasks  3 queued_tasks  4 failed_tasks
--       5 ... the new tasks
-- ARGV  1 the worker's incarnation, '' for a manager  2 channel  3 budget (see over_budget)
--       4 ... `xs, xs_extra` of each task ('': none)
-- Reply how many were created now; those that exist already (a lost reply) are not counted. Status `BUDGET <how many more
--       may be created>` if that is not enough for all, and nothing is written.
-- Wakes `queue <n>`.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local refusal = over_budget(ARGV[3], KEYS[1], KEYS[2], KEYS[4], 5, #KEYS)
if refusal then return refusal end
local created = create_queued(5, 4)
if #created > 0 then
  slices('RPUSH', KEYS[2], created)
  slices('LPUSH', KEYS[3], created)
  redis.call('PUBLISH', ARGV[2], 'queue ' .. #created)
end
return #created
