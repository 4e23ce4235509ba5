-- First of all, before anything else is defined: hardly ever is there more to do. See steps.lua for KEYS, ARGV and the reply.
--
-- Looks at everything that could refuse one of the steps, and writes only if nothing does; what all of them do to the same list or
-- set is one command then. Else nothing is written, and the steps are taken one by one.
--
-- What can be refused comes first. An error that only one worker's record can cause is told at the end, when the tasks of all others stand
-- where they belong: those are asked again, alone, and hear that all went as it should.
do
  local call, keys, args = redis.call, KEYS, ARGV
  local limited, shapes = args[1] ~= '', tonumber(args[2])
  local numbers = limited and 1 or 0

  -- All tasks to finish, and all new ones; nothing if a step is not as expected.
  local function look()
    local ended, created, ends_in_all, creates_in_all = {}, {}, 0, 0
    local key, at, shape = 5, 3 + 3 * shapes, 3
    for _ = 1, shapes do
      local steps, ends, creates = tonumber(args[shape]), tonumber(args[shape + 1]), tonumber(args[shape + 2])
      shape = shape + 3
      local numbered = limited and creates > 0
      for _ = 1, steps do
        if not numbered then
          if call('HGET', keys[key], 'registered') ~= args[at + numbers] then return nil end
        else
          local hash = call('HMGET', keys[key], 'registered', 'refused_push')
          if hash[1] ~= args[at + 1] or hash[2] and tonumber(hash[2]) >= tonumber(args[at]) then return nil end
        end
        local first = key + 2
        if ends == 1 then
          if call('SISMEMBER', keys[key + 1], keys[first]) == 0 then return nil end
        elseif ends > 1 then
          for _, member in ipairs(call('SMISMEMBER', keys[key + 1], unpack(keys, first, first + ends - 1))) do
            if member == 0 then return nil end
          end
        end
        for i = 0, ends - 1 do
          ends_in_all = ends_in_all + 1
          ended[ends_in_all] = keys[first + i]
        end
        for i = ends, ends + creates - 1 do
          creates_in_all = creates_in_all + 1
          created[creates_in_all] = keys[first + i]
        end
        key = first + ends + creates
        at = at + numbers + 2 + 2 * (ends + creates)
      end
    end
    if ends_in_all > 0 then
      if call('EXISTS', unpack(ended)) < ends_in_all then return nil end
      for _, member in ipairs(call('SMISMEMBER', keys[2], unpack(ended))) do
        if member == 0 then return nil end
      end
    end
    if creates_in_all > 0 then
      if call('EXISTS', unpack(created)) > 0 then return nil end
      if limited and creates_in_all > tonumber(args[1]) - call('LLEN', keys[1]) + call('SCARD', keys[4]) then return nil end
    end
    return ended, created
  end

  local function take()
    if #keys > 1000 then return nil end
    local ended, created = look()
    if not ended then return nil end
    local key, at, shape = 5, 3 + 3 * shapes, 3
    -- Results first, of all steps: a task whose results cannot be written is still running, and so are the others.
    for _ = 1, shapes do
      local steps, ends, creates = tonumber(args[shape]), tonumber(args[shape + 1]), tonumber(args[shape + 2])
      shape = shape + 3
      for _ = 1, steps do
        key = key + 2
        at = at + numbers + 2
        for i = 0, ends - 1 do
          if args[at + 2 * i + 1] == '' then
            call('HSET', keys[key + i], 'ys', args[at + 2 * i])
          else
            call('HSET', keys[key + i], 'ys', args[at + 2 * i], 'ys_extra', args[at + 2 * i + 1])
          end
        end
        key = key + ends + creates
        at = at + 2 * (ends + creates)
      end
    end
    local failure
    local function try(...)
      local reply = redis.pcall(...)
      if type(reply) == 'table' then failure = failure or reply end
    end
    key, at, shape = 5, 3 + 3 * shapes, 3
    for _ = 1, shapes do
      local steps, ends, creates = tonumber(args[shape]), tonumber(args[shape + 1]), tonumber(args[shape + 2])
      shape = shape + 3
      for _ = 1, steps do
        local info, own, worker_id = keys[key], keys[key + 1], args[at + numbers + 1]
        key = key + 2
        at = at + numbers + 2 + 2 * ends
        if ends > 0 then
          call('SREM', own, unpack(keys, key, key + ends - 1))
          try('HINCRBY', info, 'finished', ends)
          key = key + ends
        end
        if creates > 0 then
          for i = key, key + creates - 1 do
            if args[at + 1] == '' then
              call('HSET', keys[i], 'xs', args[at], 'worker_id', worker_id)
            else
              call('HSET', keys[i], 'xs', args[at], 'xs_extra', args[at + 1], 'worker_id', worker_id)
            end
            at = at + 2
          end
          try('SADD', own, unpack(keys, key, key + creates - 1))
          key = key + creates
        end
      end
    end
    local length = 0
    if #ended > 0 then
      call('SREM', keys[2], unpack(ended))
      length = call('RPUSH', keys[3], unpack(ended))
    end
    if #created > 0 then
      call('SADD', keys[2], unpack(created))
      call('RPUSH', keys[1], unpack(created))
    end
    return failure or length
  end

  local length = take()
  if length then return length end
end
