-- A wrk script: every request is a POST of as many bytes as the argument after the address says.

function init(arguments)
  wrk.method = "POST"
  wrk.body = string.rep("u", tonumber(arguments[1]))
end
