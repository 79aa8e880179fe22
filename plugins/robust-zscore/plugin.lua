-- The median of a list; sorts it.
local function median(values)
  table.sort(values)
  local n = #values
  if n % 2 == 1 then return values[n // 2 + 1] end
  return (values[n // 2] + values[n // 2 + 1]) / 2
end

-- How many robust deviations x is from what the values before it were.
--
-- The MAD of a normal distribution is 0.6745 of its standard deviation. Where more than half of the values are equal it
-- is 0: then the mean absolute deviation stands in, which is 0.7979 of it.
-- Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993, section 3.
local function deviations(x, values, floor)
  local centre = median(values)
  local sum = 0
  for i, value in ipairs(values) do
    values[i] = math.abs(value - centre)
    sum = sum + values[i]
  end
  local scale = median(values) / 0.6744897501960817
  if scale == 0 then scale = sum / #values / 0.7978845608028654 end
  return math.abs(x - centre) / math.max(scale, floor)
end

return plugin {
  api = 1,
  kind = "detector",
  version = "1.0",
  summary = "Scores a record by its farthest feature, in robust standard deviations from the median of the last records.",
  window = "{window}",
  threshold = "{threshold}",
  options = {
    { name = "window", type = "integer", default = 256, min = 8, max = 4096, doc = "Records that are compared with." },
    { name = "threshold", type = "number", default = 3.5, min = 0.1, max = 1000,
      doc = "The score above which a record is a finding; 3.5 is what the authors advise." },
    { name = "warm-up", type = "integer", default = 32, min = 3, max = 4096, doc = "Records without a score at first." },
    { name = "floor", type = "number", default = 1e-9, min = 1e-12, max = 1e9,
      doc = "The least deviation that is divided by, in the features' unit." },
  },

  score = function(point, window, options)
    if #window == 0 or #window[1] < options["warm-up"] then return 0 end
    local farthest = 0
    for i, x in ipairs(point) do
      farthest = math.max(farthest, deviations(x, window[i], options.floor))
    end
    return farthest
  end,
}
