-- One allowance for all workers: the weights of the last minute, in buckets of a second of this server's own time.
--
-- KEYS[1] the buckets, KEYS[2] set while the venue wants to be left alone
-- ARGV[1] the weight, ARGV[2] what a minute may have, ARGV[3] "1": it goes whatever there is, and only counts
-- Answer: 0 when it may go, else how many milliseconds to wait.
local now = tonumber(redis.call('TIME')[1])
local weight, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local times, weights, used = {}, {}, 0
local all = redis.call('HGETALL', KEYS[1])
for place = 1, #all, 2 do
  local at, spent = tonumber(all[place]), tonumber(all[place + 1])
  -- A bucket holds a whole second: its end counts.
  if at + 60 < now then
    redis.call('HDEL', KEYS[1], all[place])
  else
    times[#times + 1] = at
    weights[at] = spent
    used = used + spent
  end
end
if ARGV[3] ~= '1' then
  local quiet = redis.call('PTTL', KEYS[2])
  if quiet > 0 then
    return quiet
  end
  -- What weighs more than all there is goes when nothing else was used.
  if used > 0 and used + weight > limit then
    table.sort(times)
    local left = used
    for _, at in ipairs(times) do
      left = left - weights[at]
      if left == 0 or left + weight <= limit then
        return (at + 61 - now) * 1000
      end
    end
  end
end
redis.call('HINCRBY', KEYS[1], now, weight)
redis.call('EXPIRE', KEYS[1], 120)
return 0
