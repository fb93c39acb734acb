-- wrk.lua with a pause before each request: evenly spread from 0 to twice the mean, the first argument, in ms.
dofile((debug.getinfo(1, "S").source:sub(2):gsub("wrk%-paced", "wrk")))

local longest = 0

function init(args)
  longest = 2 * tonumber(args[1])
end

function delay()
  return math.random(0, longest)
end
