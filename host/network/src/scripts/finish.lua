-- Saves results, and marks the tasks as finished.
--
-- Includes unregistered, slices, vanish, mine, finish_tasks.
-- KEYS  1 the worker's hash  2 running_tasks  3 its own set of running tasks  4 finished_tasks  5 ... the tasks
-- ARGV  1 its incarnation  2 its id, encoded  3 ... `ys, ys_extra` of each task ('': none)
-- Reply {length of finished_tasks or 0, indices (from 0) of the refused tasks ...}; status `UNKNOWN <index>` if there is no
--       such task, and nothing is written.
local lost = unregistered(KEYS[1], ARGV[1])
if lost then return lost end
return finish_tasks(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[2], 5, #KEYS, 3)
