---@meta
-- Made by `anomalies-agent api --write DIR` for editors; nothing runs it.

---What a constructor returns; only the agent looks into it.
---@class agent.Declaration

---The shape of a record. A value is a constant, choice, integer, uniform, or a function of the record so far.
---`record { field = value, … }`
---@param fields table<string, any>
---@return agent.Declaration
function record(fields) end

---One of the values, each equally often.
---`choice { a, b, … }`
---@param values any[]
---@return agent.Declaration
function choice(values) end

---What `integer` takes.
---@class agent.Integer
---@field min? integer The least. (default 0)
---@field max? integer The greatest; not less than `min`. (default 100)

---A whole number, bounds included.
---`integer { min = 10, max = 20 }`
---@param fields agent.Integer
---@return agent.Declaration
function integer(fields) end

---What `uniform` takes.
---@class agent.Uniform
---@field min? number The least. (default 0)
---@field max? number The greatest; not less than `min`. (default 1)
---@field decimals? integer How many are kept. (default 3, 0…9)

---A number, evenly distributed, rounded to so many decimals (0…9, default 3).
---`uniform { min = 0, max = 1, decimals = 3 }`
---@param fields agent.Uniform
---@return agent.Declaration
function uniform(fields) end

---What `rule` takes.
---@class agent.Rule
---@field name? string What labels call it. (default "rule 1", …)
---@field chance number|fun(record: table): number The share of the records that it changes. (0…1)
---@field set table|fun(record: table): table The fields that it sets: constants, constructors, or functions of the record.

---Turns a share of the records into labelled anomalies. chance (0…1) and set may be functions.
---`rule { name = "…", chance = 0.02, set = { field = value } }`
---@param fields agent.Rule
---@return agent.Declaration
function rule(fields) end

---What `kinesis_analytics` takes.
---@class agent.Kinesis_analytics
---@field numberOfTrees? integer Trees of the forest. (default 100, 1…1000)
---@field subSampleSize? integer Records in a tree; less than `timeDecay`. (default 256, 10…1000)
---@field timeDecay? integer Records that count for it. (default 100000, 1…2147483647)
---@field shingleSize? integer Records in a row that are one point. (default 1, 1…30)
---@field withDirectionality? boolean With `explanation`: its directions too. (default false)
---@field explanation? boolean Whether findings carry an `ANOMALY_EXPLANATION`. (default false)

---The `forest` of detect.lua with names, defaults and ranges of `RANDOM_CUT_FOREST` in Amazon Kinesis Data Analytics: 1…1000 trees, 10…1000 samples (below `timeDecay`), `shingleSize` 1…30. The first `subSampleSize` records score exactly 0. With `explanation = true` findings carry the `ANOMALY_EXPLANATION` of `RANDOM_CUT_FOREST_WITH_EXPLANATION` as `explanation`, with `withDirectionality = true` its directions too.
---`kinesis_analytics { numberOfTrees = 100, subSampleSize = 256, timeDecay = 100000 }`
---@param fields agent.Kinesis_analytics
---@return agent.Declaration
function kinesis_analytics(fields) end
