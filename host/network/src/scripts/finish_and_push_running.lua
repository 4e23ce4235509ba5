-- Finishes tasks, then creates the next ones, in one round trip. If one is refused, nothing is created.
--
-- Includes unregistered, slices, vanish, mine, finish_tasks, over_budget, create_running.
-- KEYS  1 the worker's hash  2 running_tasks  3 its own set of running tasks  4 finished_tasks  5 all_tasks  6 failed_tasks
--       7 ... the tasks to finish, then the new ones
-- ARGV  1 its incarnation  2 its id, encoded  3 how many tasks to finish  4 budget (see over_budget)
--       5 ... `ys, ys_extra` of each task to finish, then `xs, xs_extra` of each new one ('': none)
-- Reply {length of finished_tasks or 0, indices (from 0) of the refused tasks ...}; or {that length, -1} if the budget is not
--       enough for the new tasks: none of them is created, and the finish stands. Status `UNKNOWN <index>` if there is no
--       such task, and nothing is written.
local lost = unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local ended = tonumber(ARGV[3])
local reply = finish_tasks(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[2], 7, 6 + ended, 5)
if not reply.ok and #reply == 1 then
  if over_budget(ARGV[4], KEYS[1], KEYS[5], KEYS[6], 7 + ended) then
    reply[2] = -1
  else
    create_running(KEYS[5], KEYS[2], KEYS[3], ARGV[2], 7 + ended, 5 + 2 * ended)
  end
end
return reply
