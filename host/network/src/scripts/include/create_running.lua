-- Needs slices.
-- create_running(all_tasks, running, own, worker_id, first_key, last_key, first_arg): creates KEYS[first_key ... last_key] as running
-- tasks of this worker; ARGV holds `xs, xs_extra` of each ('': none). Those that exist already (a lost reply) are left
-- as they are.
local function create_running(all_tasks, running, own, worker_id, first_key, last_key, first_arg)
  local created = {}
  local at = first_arg
  for i = first_key, last_key do
    local key = KEYS[i]
    if redis.call('EXISTS', key) == 0 then
      if ARGV[at + 1] == '' then
        redis.call('HSET', key, 'xs', ARGV[at], 'worker_id', worker_id)
      else
        redis.call('HSET', key, 'xs', ARGV[at], 'xs_extra', ARGV[at + 1], 'worker_id', worker_id)
      end
      created[#created + 1] = key
    end
    at = at + 2
  end
  slices('SADD', running, created)
  slices('SADD', own, created)
  slices('RPUSH', all_tasks, created)
end
