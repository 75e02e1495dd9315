"""The limits as one script of Redis: all rules of a request are judged, and counted or not, in one step of its own.

The server's TIME is the clock, so that machines need not agree on theirs; times are whole microseconds. A window is a
list: the sum of the counts, then pairs of a time and a count, oldest first. The exact form is the same list with parts
of one microsecond. A token bucket is a text: tokens missing, and when. Every key expires when its state is worth no
more than none.

The clock of a server can be set. Forward, the states age: at most one window is free. Back, the times of a state lie in
the future: they are moved so that the last is now, so nothing is free and nobody waits longer than one window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha1

from proxy.limiting.encoding import EXACT_LIMIT
from proxy.limiting.rule import LimitRule
from proxy.limiting.sliding_buckets import PARTS
from proxy.limiting.token_bucket import TokenBucket
from proxy.limiting.verdict import Verdict

PREFIX = b"gateway:limit:"
"""How every key begins."""
MICRO = 1_000_000

SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function whole(number) return string.format('%.0f', number) end

local function move(key, by)
  local list = redis.call('LRANGE', key, 0, -1)
  redis.call('DEL', key)
  redis.call('RPUSH', key, list[1])
  for place = 2, #list, 2 do
    redis.call('RPUSH', key, whole(list[place] - by), list[place + 1])
  end
end

local function forget(key, total, gone)
  redis.call('LPOP', key)
  local past
  repeat
    local pairs_of = redis.call('LRANGE', key, 0, 127)
    past = 0
    while past < #pairs_of and tonumber(pairs_of[past + 1]) <= gone do
      total = total - pairs_of[past + 2]
      past = past + 2
    end
    redis.call('LTRIM', key, past, -1)
  until past < 128
  redis.call('LPUSH', key, whole(total))
  return total, tonumber(redis.call('LINDEX', key, 1))
end

local function room_at(key, excess)
  local place = 1
  while true do
    local pairs_of = redis.call('LRANGE', key, place, place + 127)
    for at = 1, #pairs_of, 2 do
      excess = excess - pairs_of[at + 1]
      if excess <= 0 then return tonumber(pairs_of[at]) end
    end
    place = place + 128
  end
end

local function window(key, limit, length, width)
  local head = redis.call('LRANGE', key, 0, 1)
  local total, first, last, newest = tonumber(head[1] or 0), tonumber(head[2]), nil, nil
  if first then
    local tail = redis.call('LRANGE', key, -2, -1)
    last, newest = tonumber(tail[1]), tonumber(tail[2])
    if last > now + length / 256 + 1 then
      move(key, last - now)
      first, last = first - last + now, now
    end
    if last <= now - length then
      redis.call('DEL', key)
      total, first, last = 0, nil, nil
    elseif first <= now - length then
      total, first = forget(key, total, now - length)
    end
  end
  if total >= limit then
    return {0, 0, room_at(key, total - limit + 1) + length - now}
  end
  local at = math.max(math.ceil(now / width) * width, last or 0)
  return {1, limit - total - 1, (first or at) + length - now}, function()
    if not last then
      redis.call('RPUSH', key, '1', whole(at), '1')
    else
      redis.call('LSET', key, 0, whole(total + 1))
      if last >= at then
        redis.call('LSET', key, -1, whole(newest + 1))
      else
        redis.call('RPUSH', key, whole(at), '1')
      end
    end
    redis.call('PEXPIRE', key, whole(math.ceil((at - now + length) / 1000) + 1))
  end
end

local function bucket(key, peak, length, rate)
  local missing = 0
  local state = redis.call('GET', key)
  if state then
    local since
    missing, since = string.match(state, '^(%S+) (%S+)$')
    missing, since = tonumber(missing), tonumber(since)
    if since > now then
      redis.call('SET', key, string.format('%.17g %.0f', missing, now), 'KEEPTTL')
      since = now
    end
    missing = math.max(0, missing - (now - since) * rate)
  end
  if missing > peak - 1 then
    return {0, 0, math.ceil((missing - peak + 1) / rate)}
  end
  missing = missing + 1
  local left = math.floor(peak - missing)
  return {1, left, math.ceil((missing - (peak - left - 1)) / rate)}, function()
    redis.call('SET', key, string.format('%.17g %.0f', missing, now), 'PX', whole(math.ceil(length / 1000) + 1))
  end
end

local reply, writes = {}, {}
for place, key in ipairs(KEYS) do
  local from = 4 * place - 3
  local judge = ARGV[from] == 'b' and bucket or window
  local verdict, write = judge(key, tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2]), tonumber(ARGV[from + 3]))
  for at = 1, 3 do reply[#reply + 1] = verdict[at] end
  writes[place] = write or false
end
if #ARGV > 4 * #KEYS then return reply end
for _, write in ipairs(writes) do
  if not write then return reply end
end
for _, write in ipairs(writes) do write() end
return reply
"""

SHA = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest().encode()


def encoded(words: Iterable[bytes]) -> bytes:
    """Words as bulk strings of the Redis protocol."""
    return b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def command(*words: bytes) -> bytes:
    """A whole command."""
    return b"*%d\r\n%b" % (len(words), encoded(words))


def arguments(rule: LimitRule) -> bytes:
    """What the script is told of a rule, encoded: kind, how many, in how many microseconds, and the part or rate."""
    if isinstance(rule, TokenBucket):
        words = (b"b", b"%d" % rule.limit, b"%d" % (rule.lifetime * MICRO), repr(rule.rate / MICRO).encode())
    else:
        length = round(rule.lifetime * MICRO)
        width = b"1" if rule.limit <= EXACT_LIMIT else repr(length / PARTS).encode()
        words = (b"w", b"%d" % rule.limit, b"%d" % length, width)
    return encoded(words)


def check(keys: Sequence[bytes], rules: Sequence[bytes], sha: bytes = SHA) -> bytes:
    """The command that judges a request by several rules (their `arguments`), one key each, without `PREFIX`."""
    count = len(keys)
    head = b"*%d\r\n" % (3 + 5 * count) + encoded((b"EVALSHA", sha, b"%d" % count))
    return b"".join((head, encoded(PREFIX + key for key in keys), *rules))


def look(keys: Sequence[bytes], rules: Sequence[bytes], sha: bytes = SHA) -> bytes:
    """The same, but what is judged is not counted."""
    count = len(keys)
    head = b"*%d\r\n" % (4 + 5 * count) + encoded((b"EVALSHA", sha, b"%d" % count))
    return b"".join((head, encoded(PREFIX + key for key in keys), *rules, encoded((b"look",))))


PROBE = check([b"probe"], [arguments(TokenBucket(1000.0, 1000))])
"""A check that does what any other does, and harms nobody."""


def verdicts(reply: Sequence[int]) -> list[Verdict]:
    """The script's answer."""
    return [Verdict(bool(reply[at]), reply[at + 1], max(reply[at + 2], 0) / MICRO) for at in range(0, len(reply), 3)]
