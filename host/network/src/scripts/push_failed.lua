-- Creates tasks as failed.
--
-- Includes unregistered, slices.
-- KEYS  1 the pushing worker's hash, or all_tasks for a manager  2 all_tasks  3 failed_tasks  4 ... the new tasks
-- ARGV  1 the worker's incarnation, '' for a manager  2 ... `xs, condition, xs_extra` of each task ('': none)
-- Reply 1
local lost = ARGV[1] ~= '' and unregistered(KEYS[1], ARGV[1])
if lost then return lost end
local created = {}
local at = 2
for i = 4, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 0 then
    if ARGV[at + 2] == '' then
      redis.call('HSET', KEYS[i], 'xs', ARGV[at], 'condition', ARGV[at + 1])
    else
      redis.call('HSET', KEYS[i], 'xs', ARGV[at], 'condition', ARGV[at + 1], 'xs_extra', ARGV[at + 2])
    end
    created[#created + 1] = KEYS[i]
  end
  at = at + 3
end
slices('RPUSH', KEYS[2], created)
slices('SADD', KEYS[3], created)
return 1
