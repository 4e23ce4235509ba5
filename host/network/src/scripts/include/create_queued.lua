-- create_queued(first_key, first_arg): creates the hashes KEYS[first_key ...]; ARGV holds `xs, xs_extra` of each ('': none).
-- Answers the keys that did not exist before (a reply may have been lost).
local function create_queued(first_key, first_arg)
  local created = {}
  local at = first_arg
  for i = first_key, #KEYS do
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
  return created
end
