-- Creates tasks that this worker evaluates now.
--
-- Includes unregistered, slices, over_budget, create_running.
-- KEYS  1 the worker's hash  2 all_tasks  3 running_tasks  4 its own set of running tasks  5 failed_tasks  6 ... the new tasks
-- ARGV  1 its incarnation  2 its id, encoded  3 budget (see over_budget)  4 ... `xs, xs_extra` of each task ('': none)
-- Reply 1; status `BUDGET <how many more may be created>` if that is not enough for all, and nothing is written.
local lost = unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local refusal = over_budget(ARGV[3], KEYS[1], KEYS[2], KEYS[5], 6)
if refusal then return refusal end
create_running(KEYS[2], KEYS[3], KEYS[4], ARGV[2], 6, 4)
return 1
