-- Steps of workers of one process, each of another worker. A step finishes tasks, then creates the next ones as running;
-- either may be none. If a finish is refused, the step creates nothing. What becomes of one step is no matter to the others.
--
-- Includes steps_as_expected, unregistered, slices, vanish, mine, finish_tasks, over_budget, create_running.
-- KEYS  1 all_tasks  2 running_tasks  3 finished_tasks  4 failed_tasks
--       5 ... of each step: the worker's hash, its own set of running tasks, the tasks to finish, the new ones
-- ARGV  1 budget: how many tasks may be queued, running and finished together, '' for any number  2 how many shapes of steps
--       3 ... of each shape: how many steps have it, how many tasks these finish, how many they create
--       ... of each step, in the order of the shapes: the number of its request (see over_budget) if there is a budget,
--       the worker's incarnation, its id, encoded, `ys, ys_extra` of each task to finish, `xs, xs_extra` of each new one ('': none)
-- Reply the length of finished_tasks (0 if nothing was finished), if all went as it should; else what became of each step, in their
--       order: {length of finished_tasks or 0, indices (from 0) of the refused tasks ...}; {that length, -1} if the budget is not enough for
--       the new tasks: none of them is created, and the finish stands; or a status, and nothing of it is written: `LOST …`,
--       `UNKNOWN <index>` if there is no such task, `BUDGET <how many more may be created>` of a step that finishes nothing.
local limited = ARGV[1] ~= ''
local numbers = limited and 1 or 0

local function take(key, at, ends, creates)
  local info, own = KEYS[key], KEYS[key + 1]
  local incarnation, worker_id = ARGV[at + numbers], ARGV[at + numbers + 1]
  local lost = unregistered(info, incarnation)
  if lost then return lost end
  local first_end, first_new, first_arg = key + 2, key + 2 + ends, at + numbers + 2
  local reply = { 0 }
  if ends > 0 then
    reply = finish_tasks(info, KEYS[2], own, KEYS[3], worker_id, first_end, first_new - 1, first_arg)
    if reply.ok or #reply > 1 then return reply end
  end
  if creates > 0 then
    local budget = limited and ARGV[1] .. ' ' .. ARGV[at] or ''
    local refusal = over_budget(budget, info, KEYS[1], KEYS[4], first_new, first_new + creates - 1)
    if refusal and ends == 0 then return refusal end
    if refusal then
      reply[2] = -1
    else
      create_running(KEYS[1], KEYS[2], own, worker_id, first_new, first_new + creates - 1, first_arg + 2 * ends)
    end
  end
  return reply
end

local replies = {}
local shapes = tonumber(ARGV[2])
local key, at = 5, 3 + 3 * shapes
for shape = 1, shapes do
  local steps, ends, creates = tonumber(ARGV[3 * shape]), tonumber(ARGV[3 * shape + 1]), tonumber(ARGV[3 * shape + 2])
  for _ = 1, steps do
    replies[#replies + 1] = take(key, at, ends, creates)
    key = key + 2 + ends + creates
    at = at + numbers + 2 + 2 * (ends + creates)
  end
end
return replies
