-- Creates tasks that this worker evaluates now.
--
-- Includes unregistered, slices, create_running.
-- KEYS  1 the worker's hash  2 all_tasks  3 running_tasks  4 its own set of running tasks  5 ... the new tasks
-- ARGV  1 its incarnation  2 its id, encoded  3 ... `xs, xs_extra` of each task ('': none)
-- Reply 1
local lost = unregistered(KEYS[1], ARGV[1])
if lost then return lost end
create_running(KEYS[2], KEYS[3], KEYS[4], ARGV[2], 5, 3)
return 1
