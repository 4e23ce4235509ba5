-- Creates tasks with their results.
--
-- Includes unregistered, slices, over_budget.
-- KEYS  1 the pushing worker's hash, or all_tasks for a manager  2 all_tasks  3 finished_tasks  4 failed_tasks
--       5 ... the new tasks
-- ARGV  1 the worker's incarnation, '' for a manager  2 budget (see over_budget)
--       3 ... `xs, ys, xs_extra, ys_extra` of each task ('': none)
-- Reply the length of finished_tasks; status `BUDGET <how many more may be created>` if that is not enough for all, and
--       nothing is written.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local refusal = over_budget(ARGV[2], KEYS[1], KEYS[2], KEYS[4], 5, #KEYS)
if refusal then return refusal end
local created = {}
local names = { 'xs', 'ys', 'xs_extra', 'ys_extra' }
local at = 3
for i = 5, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then
    local fields = {}
    for j, name in ipairs(names) do
      local value = ARGV[at + j - 1]
      if value ~= '' then
        fields[#fields + 1] = name
        fields[#fields + 1] = value
      end
    end
    redis.call('HSET', KEYS[i], unpack(fields))
    created[#created + 1] = KEYS[i]
  end
  at = at + 4
end
slices('RPUSH', KEYS[2], created)
return slices('RPUSH', KEYS[3], created) or redis.call('LLEN', KEYS[3])
