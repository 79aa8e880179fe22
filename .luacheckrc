-- Made by `anomalies-agent api --write DIR`: what scripts find in their sandbox, and nothing else.
stds.agent = {
  read_globals = {
    "_G", "_VERSION", "array", "assert", "collectgarbage", "error", "getmetatable", "ipairs", "next", "null",
    "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "tonumber",
    "tostring", "type", "xpcall",
    config = { fields = { general = { other_fields = true } } },
    coroutine = { fields = {
      "create", "isyieldable", "resume", "running", "status", "wrap", "yield",
    } },
    math = { fields = {
      "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max",
      "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan",
      "tointeger", "type", "ult",
    } },
    string = { fields = {
      "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep",
      "reverse", "sub", "unpack", "upper",
    } },
    state = { fields = {
      "add", "get", "set",
    } },
    table = { fields = {
      "concat", "insert", "move", "pack", "remove", "sort", "unpack",
    } },
    utf8 = { fields = {
      "char", "charpattern", "codepoint", "codes", "len", "offset",
    } },
    "above", "add", "ar", "below", "choice", "clamp", "correlation", "daily", "difference", "dropout",
    "equals", "extremum", "follow", "frequency", "from_file", "integer", "kinesis_analytics", "length",
    "lognormal", "mean", "multiply", "normal", "pattern", "pattern_shift", "platform", "poisson", "product",
    "ratio", "record", "rule", "sawtooth", "sequence", "simulate", "sine", "spike", "square", "sum", "test",
    "timestamp", "trend", "uniform", "uuid", "variance", "walk", "weekly", "weighted",
  },
}
std = "agent"
-- Arguments that a function is given, whether it needs them or not.
unused_args = false
max_line_length = false
exclude_files = { "**/types/*.lua" }
files["**/plugin.lua"] = { read_globals = {
  "plugin",
  json = { fields = {
    "encode", "decode",
  } },
  base64 = { fields = {
    "encode", "decode",
  } },
  hash = { fields = {
    "sha256", "hmac_sha256",
  } },
  time = { fields = {
    "parse", "iso", "now",
  } },
  log = { fields = {
    "info", "warning", "error",
  } },
  http = { fields = {
    "request",
  } },
  aws = { fields = {
    "request",
  } },
  files = { fields = {
    "read", "names", "append",
  } },
  state = { fields = {
    "get", "set",
  } },
} }
