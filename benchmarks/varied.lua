-- A wrk script: every request has another path, query and traceparent, so that nothing gains from having seen it before.
-- The path of the URL is the prefix. Built once by wrk and cut at its marks, for a request must cost the load little.

local pieces = {}
local number = (os.time() % 65536) * 65536 -- no run begins with the numbers of one before it

function init(arguments)
  local headers = {}
  for name, value in pairs(wrk.headers) do headers[name] = value end
  headers["traceparent"] = "00-4bf92f3577b34da6a3ce929d@-00f067aa@-01"
  local whole = wrk.format("GET", wrk.path .. "@?page=@&of=@", headers)
  for piece in (whole .. "@"):gmatch("([^@]*)@") do pieces[#pieces + 1] = piece end
  assert(#pieces == 6, "the mark stands in what the command line gave")
end

function request()
  number = number + 1
  local name = string.format("%08x", number % 4294967296)
  return table.concat(pieces, name)
end
