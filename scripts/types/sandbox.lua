---@meta
-- Made by `anomalies-agent api --write DIR` for editors; nothing runs it.

---JSON's null: a field of a record that is null is this value, and not nil.
---@class agent.Null
---@type agent.Null
null = nil

---array { … }: a list that stays one where it is empty; {} is an empty object.
---@generic T
---@param list T[]
---@return T[]
function array(list) end

---config.general holds the options of [General]: config.general["anomalies-frequency"].
---@class agent.Config
---@field general table<string, string|number>
---@type agent.Config
config = nil

---What a function of detect.lua or notify.lua remembers.
state = {}
---What the script remembers under the key, a text of up to 200 bytes; else `default`, or nil. The agent keeps it: it survives reloads and restarts. detect.lua has a state for each shard, notify.lua one.
---@param key string
---@param default? any
---@return any
function state.get(key, default) end

---Remembers true, false, a number, a text or a flat table of them, up to 4 KB; nil forgets. The third argument, seconds or such a text, is how long in event time (in `derive`, of arrivals). It counts when the function returns without an error. 10,000 keys or 1 MB are kept; beyond that the entries changed longest ago go. A call may change 1,000 keys.
---@param key string
---@param value any
---@param time? string|number
---@return any
function state.set(key, value, time) end

---Adds to a number, 0 where there is none, and returns the sum. The third argument is for a new one: what is there keeps its time, so that a count lasts from its first. `state_version = 2, migrate = function(old, version) return new end` in detect.lua converts an older state once, as a table of keys and values; without `migrate` it then begins empty.
---@param key string
---@param n number
---@param time? string|number
---@return any
function state.add(key, n, time) end
