-- Creates queued tasks, at the end of the common queue.
--
-- Includes unregistered, slices.
-- KEYS  1 the pushing worker's hash, or all_tasks for a manager  2 all_tasks  3 queued_tasks  4 ... the new tasks
-- ARGV  1 the worker's incarnation, '' for a manager  2 channel  3 ... `xs, xs_extra` of each task ('': none)
-- Reply how many were created now; those that exist already (a lost reply) are not counted.
-- Wakes `queue <n>`.
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local created = {}
local at = 3
for i = 4, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then
    if ARGV[at + 1] == '' then
      redis.call('HSET', KEYS[i], 'xs', ARGV[at])
    else
      redis.call('HSET', KEYS[i], 'xs', ARGV[at], 'xs_extra', ARGV[at + 1])
    end
    created[#created + 1] = KEYS[i]
  end
  at = at + 2
end
if #created > 0 then
  slices('RPUSH', KEYS[2], created)
  slices('LPUSH', KEYS[3], created)
  redis.call('PUBLISH', ARGV[2], 'queue ' .. #created)
end
return #created
