"""What Redis does in one atomic step, in Lua.

A stream is a hash (epoch, offset, the run id of the Redis that counted last, what the last event was, and the epochs
before with their ends) and, for each epoch, a Redis stream of chunks: the entry with the id `<last offset>-0` holds
consecutive events (`e`), the first one's offset (`f`) and when the last one came (`r`).

Another run id means that Redis was started anew, perhaps from an old snapshot, or that a replica took over: the count
can't be continued for certain, so a new epoch begins. Reading the run id costs 11 µs a call.
"""

from typing import Final

# Gives epoch and offset of a stream, and begins a new epoch where the count can't be continued.
_TOUCH: Final = """
local wish = cmsgpack.unpack(ARGV[1])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local function touch(key, fresh)
  local known = redis.call('HMGET', key, 'epoch', 'offset', 'run', 'past')
  if known[1] and known[3] == run then
    return known[1], tonumber(known[2])
  end
  local past = {}
  if known[1] and tonumber(known[2]) > 0 then
    past[1] = known[1] .. ':' .. known[2]
  end
  for each in string.gmatch(known[4] or '', '%S+') do
    if #past < wish.past then past[#past + 1] = each end
  end
  redis.call('HSET', key, 'epoch', fresh, 'offset', 0, 'run', run, 'past', table.concat(past, ' '))
  return fresh, 0
end
"""

# 1. The ids that publishers gave are remembered in two generations of hashes.
# 2. Each publication is checked for conflicts, and then placed, one after the other.
# 3. A piece is kept as one entry; what is too old or too much goes, some entries at a time.
# The answer has, for each publication, the number of a piece in conflict, or {repeated, epoch, first} of each piece.
APPEND: Final = (
    _TOUCH
    + """
local generation, before
local function turn()
  local known = redis.call('HMGET', wish.ids, 'generation', 'since')
  local number, since = tonumber(known[1] or '0'), tonumber(known[2] or '0')
  if not known[1] or wish.now - since >= wish.ids_ms
      or redis.call('HLEN', wish.ids .. ':' .. number) >= wish.ids_max then
    redis.call('DEL', wish.ids .. ':' .. (number - 1))
    number = number + 1
    redis.call('HSET', wish.ids, 'generation', number, 'since', wish.now)
  end
  generation, before = wish.ids .. ':' .. number, wish.ids .. ':' .. (number - 1)
end
local function remembered(id)
  if not generation then turn() end
  return redis.call('HGET', generation, id) or redis.call('HGET', before, id)
end

local ends = {}
local function place(piece)
  local number, count, received, topic, event_type, payload, has_id = unpack(piece)
  local id, digest = ARGV[payload + 1], ARGV[payload + 2]
  if has_id then
    local known = remembered(id)
    if known then
      local epoch, offset = string.match(string.sub(known, 17), '(%w+):(%d+)')
      return {true, epoch, tonumber(offset)}
    end
  end
  local key = KEYS[number]
  local stream = ends[number]
  if not stream then
    local epoch, offset = touch(key, wish.fresh[number])
    stream = {epoch = epoch, offset = offset, kept = key .. ':' .. epoch}
    ends[number] = stream
  end
  local first = stream.offset + 1
  stream.offset = stream.offset + count
  stream.received, stream.topic, stream.event_type = received, topic, event_type
  redis.call('XADD', stream.kept, string.format('%.0f-0', stream.offset), 'f', first, 'r', received, 'e', ARGV[payload])
  if has_id then
    redis.call('HSET', generation, id, digest .. stream.epoch .. ':' .. string.format('%.0f', first))
    redis.call('PEXPIRE', generation, wish.ids_ms * 2)
  end
  return {false, stream.epoch, first}
end

local answer = {}
for p, pieces in ipairs(wish.publications) do
  local conflict
  local here = {}
  for number, piece in ipairs(pieces) do
    if piece[7] then
      local id, digest = ARGV[piece[6] + 1], ARGV[piece[6] + 2]
      local known = remembered(id)
      local first = known and string.sub(known, 1, 16) or here[id] or digest
      here[id] = first
      if first ~= digest then conflict = conflict or number end
    end
  end
  if conflict then
    answer[p] = conflict
  else
    local places = {}
    for number, piece in ipairs(pieces) do places[number] = place(piece) end
    answer[p] = places
  end
end

for number, stream in pairs(ends) do
  local keep_events, keep_ms = wish.keep_events[number], wish.keep_ms[number]
  redis.call('HSET', KEYS[number], 'offset', string.format('%.0f', stream.offset), 'received', stream.received,
             'topic', stream.topic, 'event_type', stream.event_type)
  redis.call('XTRIM', stream.kept, 'MINID', string.format('%.0f-0', math.max(stream.offset - keep_events + 1, 0)))
  for _ = 1, 16 do
    local oldest = redis.call('XRANGE', stream.kept, '-', '+', 'COUNT', 1)[1]
    if not oldest or tonumber(oldest[2][4]) >= wish.now - keep_ms then break end
    redis.call('XDEL', stream.kept, oldest[1])
  end
  redis.call('PEXPIRE', stream.kept, keep_ms)
end
return cmsgpack.pack(answer)
"""
)

# A stream that has never been appended to gets its epoch from the first who asks, so that what a subscriber is told
# and what the first publisher counts in are the same.
HEADS: Final = (
    _TOUCH
    + """
local answer = {}
for i, key in ipairs(KEYS) do
  local epoch, offset = touch(key, wish.fresh[i])
  local last = offset > 0 and redis.call('HMGET', key, 'received', 'topic', 'event_type') or {}
  answer[#answer + 1] = epoch
  answer[#answer + 1] = string.format('%.0f', offset)
  for field = 1, 3 do
    answer[#answer + 1] = last[field] or ''
  end
end
return answer
"""
)

# Answers {epoch, offset, the oldest kept of the epoch asked for, its entries, the epochs before}.
READ: Final = (
    _TOUCH
    + """
local key = KEYS[1]
local epoch, offset = touch(key, wish.fresh[1])
local past = redis.call('HGET', key, 'past') or ''
local kept = key .. ':' .. wish.epoch
local oldest
local ends = offset
for each in string.gmatch(past, '%S+') do
  local name, last = string.match(each, '(%w+):(%d+)')
  if name == wish.epoch then ends = tonumber(last) end
end
local first = redis.call('XRANGE', kept, '-', '+', 'COUNT', 1)[1]
oldest = first and first[2][2] or string.format('%.0f', ends + 1)
local entries = {}
if wish.back then wish.first = math.min(wish.first, ends) end
if wish.chunks > 0 and first and wish.first > 0 then
  local at = string.format('%.0f-0', wish.first)
  if wish.back then
    local hit = redis.call('XRANGE', kept, at, '+', 'COUNT', 1)[1]
    at = hit and hit[1] or '+'
  end
  local bytes, enough = 0, false
  repeat
    local found = wish.back and redis.call('XREVRANGE', kept, at, '-', 'COUNT', wish.chunks)
        or redis.call('XRANGE', kept, at, '+', 'COUNT', wish.chunks)
    for _, entry in ipairs(found) do
      local count
      if wish.back then
        table.insert(entries, 1, entry)
        count = wish.first - tonumber(entry[2][2]) + 1
        at = string.format('%.0f-0', tonumber(entry[2][2]) - 1)
      else
        entries[#entries + 1] = entry
        local last = tonumber(string.match(entry[1], '%d+'))
        count = last - wish.first + 1
        at = string.format('%.0f-1', last)
      end
      bytes = bytes + #entry[2][6]
      enough = count >= wish.limit or bytes >= wish.bytes
      if enough then break end
    end
  until enough or #found < wish.chunks
end
return {epoch, string.format('%.0f', offset), oldest, entries, past}
"""
)

# Where a stream stops being too old is found by halves: entries stand in the order in which they came, so far as clocks
# agree, so that a few of them are read, however many there are. With `most` of 0 it only counts, and all of them.
# Answers {events, when the oldest came, whether some are left to the next}.
PURGE: Final = """
local wish = cmsgpack.unpack(ARGV[1])
local expired = wish.now - wish.keep_ms
local key = KEYS[1]
local known = redis.call('HMGET', key, 'epoch', 'past')
local epochs = {}
for name in string.gmatch(known[2] or '', '(%w+):%d+') do table.insert(epochs, 1, name) end
if known[1] then epochs[#epochs + 1] = known[1] end
local function at(kept, offset)
  return redis.call('XRANGE', kept, string.format('%.0f-0', offset), '+', 'COUNT', 1)[1]
end
local function ends(entry)
  return tonumber(string.match(entry[1], '%d+'))
end
local events, oldest, more = 0, '', 0
for _, epoch in ipairs(epochs) do
  local kept = key .. ':' .. epoch
  local first = redis.call('XRANGE', kept, '-', '+', 'COUNT', 1)[1]
  if first then
    if oldest == '' then oldest = first[2][4] end
    local last = redis.call('XREVRANGE', kept, '+', '-', 'COUNT', 1)[1]
    local begins = tonumber(first[2][2])
    local low, high = begins, ends(last) + 1
    while low < high do
      local entry = at(kept, math.floor((low + high) / 2))
      if tonumber(entry[2][4]) >= expired then high = tonumber(entry[2][2]) else low = ends(entry) + 1 end
    end
    if wish.most > 0 then
      local room = wish.most - events
      if low - begins > room then
        low, more = tonumber(at(kept, begins + room)[2][2]), 1
      end
      if low > begins then redis.call('XTRIM', kept, 'MINID', string.format('%.0f-0', low)) end
      -- A keep that has grown longer holds for what came under the shorter one.
      local left = tonumber(last[2][4]) - expired
      if left > redis.call('PTTL', kept) then redis.call('PEXPIRE', kept, left) end
    end
    events = events + low - begins
  end
end
return {string.format('%.0f', events), oldest, more}
"""
