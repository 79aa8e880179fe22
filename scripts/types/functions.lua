---@meta
-- Made by `anomalies-agent api --write DIR` for editors; nothing runs it.

---What a constructor returns; only the agent looks into it.
---@class agent.Declaration

---The shape of a record. A value is a constant, one of the declarations below, or a function of the record so far.
---`record { field = value, … }`
---@param fields table<string, any>
---@return agent.Declaration
function record(fields) end

---One of the values, each equally often.
---`choice { a, b, … }`
---@param fields any[]
---@return agent.Declaration
function choice(fields) end

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

---One of the values, as often as their weights say. For values that are no texts: `weighted { { 200, 97 }, { 500, 3 } }`.
---`weighted { ok = 97, error = 3 }`
---@param fields table<string, number>|any[][]
---@return agent.Declaration
function weighted(fields) end

---What `uuid` takes.
---@class agent.Uuid

---An identifier such as `0b3e8a52-6f0c-4c39-9d5e-3a1f0c7be812`: random, and the same again with the same seed.
---`uuid {}`
---@param fields agent.Uuid
---@return agent.Declaration
function uuid(fields) end

---What `timestamp` takes.
---@class agent.Timestamp
---@field start? string|number The instant of the first record: ISO 8601, or seconds since 1970. (default "2026-01-01T00:00:00Z")
---@field step? string|number From one record to the next. (default "1s", 0.001 seconds or more)
---@field jitter? string|number The most that a record comes later, as `"5s"`. (default 0)
---@field format? "iso"|"seconds"|"milliseconds" ISO 8601, or a number since 1970. (default "iso")

---The instant of the first record, and one step more with each. `jitter` (default none) lets each be up to so much later. `format`: `"iso"` (default), `"seconds"`, `"milliseconds"`.
---`timestamp { start = "2026-01-01T00:00:00Z", step = "1s" }`
---@param fields agent.Timestamp
---@return agent.Declaration
function timestamp(fields) end

---What `from_file` takes.
---@class agent.From_file
---@field path string Of a file below the directory of the scripts.
---@field column? string Of a CSV file; without it, whole lines.
---@field order? "random"|"file" Whether one after the other. (default "random")

---One of the lines of a file below the directory of the scripts, or of the values of a CSV column; with `order = "file"` one after the other, over and over. Up to 4 MiB and 100,000 values, read when the script loads; numbers where all of them are.
---`from_file { path = "hosts.csv", column = "host", order = "random" }`
---@param fields agent.From_file
---@return agent.Declaration
function from_file(fields) end

---What `normal` takes.
---@class agent.Normal
---@field mean? number Of the distribution. (default 0)
---@field deviation? number Standard deviation. (default 1, 0 or more)
---@field decimals? integer How many are kept. (default 3, 0…9)

---A number, normally distributed around `mean`. This and all further numbers take `decimals` (0…9, default 3; 0 makes whole numbers).
---`normal { mean = 0, deviation = 1 }`
---@param fields agent.Normal
---@return agent.Declaration
function normal(fields) end

---What `lognormal` takes.
---@class agent.Lognormal
---@field median? number Of the distribution. (default 1, 1e-12…1e12)
---@field deviation? number Of the natural logarithm. (default 1, 0…10)
---@field decimals? integer How many are kept. (default 3, 0…9)

---A positive number with a long tail; `deviation` (0…10) is that of its natural logarithm. Its mean is median · exp(deviation² / 2).
---`lognormal { median = 1, deviation = 1 }`
---@param fields agent.Lognormal
---@return agent.Declaration
function lognormal(fields) end

---What `poisson` takes.
---@class agent.Poisson
---@field mean? number Of the distribution. (default 1, 0…1000000)
---@field decimals? integer How many are kept. (default 0, where the values are whole, 0…9)

---How many of something there are: a whole number; `mean` from 0 to 1,000,000.
---`poisson { mean = 4 }`
---@param fields agent.Poisson
---@return agent.Declaration
function poisson(fields) end

---What `sequence` takes.
---@class agent.Sequence
---@field start? number The first value. (default 1)
---@field step? number More with each record. (default 1)
---@field decimals? integer How many are kept. (default 0, where the values are whole, 0…9)

---Counts the records: `start` for the first, `step` more with each.
---`sequence { start = 1, step = 1 }`
---@param fields agent.Sequence
---@return agent.Declaration
function sequence(fields) end

---What `sine` takes.
---@class agent.Sine
---@field period? number In records. (default 100, 0.001 or more)
---@field amplitude? number Up and down. (default 1)
---@field offset? number The middle. (default 0)
---@field phase? number The share of a period that it is ahead. (default 0, −1…1)
---@field decimals? integer How many are kept. (default 3, 0…9)

---A wave around `offset`, `amplitude` up and down; `period` in records, `phase` (−1…1) is the share of a period that it is ahead.
---`sine { period = 100, amplitude = 1, offset = 0, phase = 0 }`
---@param fields agent.Sine
---@return agent.Declaration
function sine(fields) end

---What `square` takes.
---@class agent.Square
---@field period? number In records. (default 100, 0.001 or more)
---@field amplitude? number Up and down. (default 1)
---@field offset? number The middle. (default 0)
---@field phase? number The share of a period that it is ahead. (default 0, −1…1)
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field duty? number The share of a period that is high. (default 0.5, 0…1)

---High (offset + amplitude) for the first `duty` of a period, then low (offset − amplitude).
---`square { period = 100, amplitude = 1, offset = 0, phase = 0, duty = 0.5 }`
---@param fields agent.Square
---@return agent.Declaration
function square(fields) end

---What `sawtooth` takes.
---@class agent.Sawtooth
---@field period? number In records. (default 100, 0.001 or more)
---@field amplitude? number Up and down. (default 1)
---@field offset? number The middle. (default 0)
---@field phase? number The share of a period that it is ahead. (default 0, −1…1)
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field rise? number The share of a period that goes up. (default 1, 0…1)

---Up from low to high during the first `rise` of a period, then down again; 0.5 is a triangle.
---`sawtooth { period = 100, amplitude = 1, offset = 0, phase = 0, rise = 1 }`
---@param fields agent.Sawtooth
---@return agent.Declaration
function sawtooth(fields) end

---What `daily` takes.
---@class agent.Daily
---@field start? string|number The instant of the first record: ISO 8601, or seconds since 1970. (default "2026-01-01T00:00:00Z")
---@field step? string|number From one record to the next. (default "1s", 0.001 seconds or more)
---@field amplitude? number Up and down, or times the levels. (default 1)
---@field offset? number Added. (default 0)
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field peak? number The hour of the top, UTC. (default 14, 0…24)
---@field hours? number[] 24 levels instead, from midnight on.

---A wave with its top at the hour `peak`, UTC, where record follows record after `step`. Or `hours = { … }`: 24 levels, from midnight on, with straight lines between them; `amplitude` multiplies them.
---`daily { peak = 14, amplitude = 1, offset = 0, step = "1s", start = "2026-01-01T00:00:00Z" }`
---@param fields agent.Daily
---@return agent.Declaration
function daily(fields) end

---What `weekly` takes.
---@class agent.Weekly
---@field start? string|number The instant of the first record: ISO 8601, or seconds since 1970. (default "2026-01-01T00:00:00Z")
---@field step? string|number From one record to the next. (default "1s", 0.001 seconds or more)
---@field amplitude? number Up and down, or times the levels. (default 1)
---@field offset? number Added. (default 0)
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field days? number[] A level a day, Monday first. (default { 1, 1, 1, 1, 1, 0, 0 })

---A level for each day, Monday first; `amplitude` multiplies them.
---`weekly { days = { 1, 1, 1, 1, 1, 0, 0 }, amplitude = 1, offset = 0, step = "1s", start = "2026-01-01T00:00:00Z" }`
---@param fields agent.Weekly
---@return agent.Declaration
function weekly(fields) end

---What `walk` takes.
---@class agent.Walk
---@field start? number The first value. (default 0)
---@field drift? number The mean of a step. (default 0)
---@field deviation? number Standard deviation. (default 1, 0 or more)
---@field min? number With `max`: thrown back there.
---@field max? number With `min`: thrown back there.
---@field decimals? integer How many are kept. (default 3, 0…9)

---A random walk: each value is the one before and a normal step of this `deviation` around `drift`. Between `min` and `max`, when given, it is thrown back at both.
---`walk { start = 0, deviation = 1, drift = 0, min = nil, max = nil }`
---@param fields agent.Walk
---@return agent.Declaration
function walk(fields) end

---What `ar` takes.
---@class agent.Ar
---@field memory? number What stays of the value before. (default 0.9, between −1 and 1)
---@field deviation? number Standard deviation. (default 1, 0 or more)
---@field mean? number What it goes back to. (default 0)
---@field decimals? integer How many are kept. (default 3, 0…9)

---A first-order autoregression: `memory` (between −1 and 1) times the value before and a normal draw of this `deviation`, around `mean`. Values k records apart correlate with memoryᵏ; their deviation is deviation / √(1 − memory²).
---`ar { memory = 0.9, deviation = 1, mean = 0 }`
---@param fields agent.Ar
---@return agent.Declaration
function ar(fields) end

---What `add` takes.
---@class agent.Add
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field [integer] number|agent.Declaration

---The sum of numbers and of any declarations of numbers: those above, `integer`, `uniform`, `choice`, `from_file`, and these.
---`add { 20, sine { period = 100 }, normal { deviation = 0.1 } }`
---@param fields agent.Add
---@return agent.Declaration
function add(fields) end

---What `multiply` takes.
---@class agent.Multiply
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field [integer] number|agent.Declaration

---The same, multiplied.
---`multiply { daily { offset = 3 }, lognormal { deviation = 0.1 } }`
---@param fields agent.Multiply
---@return agent.Declaration
function multiply(fields) end

---What `clamp` takes.
---@class agent.Clamp
---@field min? number The least.
---@field max? number The greatest.
---@field decimals? integer How many are kept. (default 3, 0…9)
---@field [integer] number|agent.Declaration

---A declaration of numbers, kept between bounds.
---`clamp { normal { mean = 50, deviation = 40 }, min = 0, max = 100 }`
---@param fields agent.Clamp
---@return agent.Declaration
function clamp(fields) end

---What `follow` takes.
---@class agent.Follow
---@field field string Another field of record.lua.
---@field factor? number Times its value. (default 1)
---@field offset? number Added. (default 0)
---@field decimals? integer How many are kept. (default 3, 0…9)

---offset + factor · what another field of record.lua has in the same record, before it is rounded or anything is injected. In a sum with noise: a field that is correlated with the other.
---`follow { field = "load", factor = 1, offset = 0 }`
---@param fields agent.Follow
---@return agent.Declaration
function follow(fields) end

---What `rule` takes.
---@class agent.Rule
---@field name? string What labels call it. (default "rule 1", …)
---@field chance? number|fun(record: table): number The share of the records that it changes, or that begin a range. This, `every` or `at`. (0…1)
---@field every? integer One range in so many records. (1…1000000000)
---@field at? integer|integer[] The numbers of the records where ranges begin, from 1.
---@field length? integer Records of a range. (default 1, 1 or more)
---@field set? table|fun(record: table): table The fields that it sets: constants, constructors, or functions of the record. This, or `inject`.
---@field inject? agent.Declaration|fun(value: any, position: integer, length: integer, record: table): any What becomes of `field`.
---@field field? string|string[] What `inject` changes.

---Turns a share of the records into labelled anomalies. chance (0…1) and set may be functions. To change a field that is there, once or for a while: `field = "load", inject = mean { offset = 20 }` instead of `set`, `length = 200` for so many records, and instead of `chance`, which then begins ranges, `every = 5000` for one range in each 5,000 records, or `at = 12000`. `inject` may be a function of value, position in the range, its length, and the record so far; `field` a list.
---`rule { name = "…", chance = 0.02, set = { field = value } }`
---@param fields agent.Rule
---@return agent.Declaration
function rule(fields) end

---What `spike` takes.
---@class agent.Spike
---@field amplitude? number How far up. This, or `factor`.
---@field factor? number Times the value.

---For `inject`: a bump up to `amplitude` above the value (or `factor` times it), half a sine over the records of the range.
---`spike { amplitude = 10 }`
---@param fields agent.Spike
---@return agent.Declaration
function spike(fields) end

---What `extremum` takes.
---@class agent.Extremum
---@field value? number The value. This, or `min` and `max`.
---@field min? number The least.
---@field max? number The greatest.
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: the value itself, or one between `min` and `max` for each record. This and the next ones take `creep`: the share of the range (0…1, default 0) in which the change builds up.
---`extremum { value = 100 }`
---@param fields agent.Extremum
---@return agent.Declaration
function extremum(fields) end

---What `mean` takes.
---@class agent.Mean
---@field offset number So much higher.
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: the field is so much higher; its shape stays.
---`mean { offset = 20, creep = 0.2 }`
---@param fields agent.Mean
---@return agent.Declaration
function mean(fields) end

---What `platform` takes.
---@class agent.Platform
---@field value number The value.
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: the field has this value throughout.
---`platform { value = 5 }`
---@param fields agent.Platform
---@return agent.Declaration
function platform(fields) end

---What `variance` takes.
---@class agent.Variance
---@field factor number Times the distance from the mean. (0…1000000)
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: the field's noise (and `ar`) goes so many times as far from its mean.
---`variance { factor = 3 }`
---@param fields agent.Variance
---@return agent.Declaration
function variance(fields) end

---What `frequency` takes.
---@class agent.Frequency
---@field factor number Times as fast. (0…1000000)
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: the field's periodic parts run so many times as fast.
---`frequency { factor = 2 }`
---@param fields agent.Frequency
---@return agent.Declaration
function frequency(fields) end

---What `pattern` takes.
---@class agent.Pattern
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)
---@field [integer] number|agent.Declaration

---For `inject`: the values of another declaration of numbers instead.
---`pattern { square { period = 50 } }`
---@param fields agent.Pattern
---@return agent.Declaration
function pattern(fields) end

---What `pattern_shift` takes.
---@class agent.Pattern_shift
---@field by number Records ahead.
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: the field's periodic parts are so many records ahead.
---`pattern_shift { by = 25 }`
---@param fields agent.Pattern_shift
---@return agent.Declaration
function pattern_shift(fields) end

---What `correlation` takes.
---@class agent.Correlation
---@field factor? number Times as far with the other field. (default -1)
---@field creep? number The share of the range in which the change builds up. (default 0, 0…1)

---For `inject`: what the field has of `follow` goes so many times as far with the other field's rises and falls: 0 is no longer, −1 (default) is against them.
---`correlation { factor = -1 }`
---@param fields agent.Correlation
---@return agent.Declaration
function correlation(fields) end

---What `trend` takes.
---@class agent.Trend
---@field slope number Added with each record.

---For `inject`: so much is added with each record of the range, without `creep`.
---`trend { slope = 0.1 }`
---@param fields agent.Trend
---@return agent.Declaration
function trend(fields) end

---What `dropout` takes.
---@class agent.Dropout
---@field to? "missing"|"null"|"zero"|"last" What is there instead. (default "missing")

---For `inject`: the field is left out; or it is `"null"`, `"zero"`, or the `"last"` value before the range.
---`dropout { to = "missing" }`
---@param fields agent.Dropout
---@return agent.Declaration
function dropout(fields) end

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

---For `derive` in detect.lua: whether a field is greater, true or false. Here and below, a field may also be a number or another declaration, `above(ratio("errors", "requests"), 0.05)`, where true counts 1 and false 0.
---`above(field, limit)`
---@param field any
---@param limit any
---@return agent.Declaration
function above(field, limit) end

---Whether a field is less.
---`below(field, limit)`
---@param field any
---@param limit any
---@return agent.Declaration
function below(field, limit) end

---Whether a field is this text, number, true or false. Different types are never equal.
---`equals(field, value)`
---@param field any
---@param value any
---@return agent.Declaration
function equals(field, value) end

---Of 2 to 100 fields or numbers. Whole numbers give a whole number where 64 bits hold it.
---`sum(a, b, …)`
---@param a any
---@param b any
---@param ... any
---@return agent.Declaration
function sum(a, b, ...) end

---The first less the second.
---`difference(a, b)`
---@param a any
---@param b any
---@return agent.Declaration
function difference(a, b) end

---Of 2 to 100 fields or numbers: `product("bytes", 0.001)` scales.
---`product(a, b, …)`
---@param a any
---@param b any
---@param ... any
---@return agent.Declaration
function product(a, b, ...) end

---The first divided by the second; a record where that is no finite number is refused.
---`ratio(a, b)`
---@param a any
---@param b any
---@return agent.Declaration
function ratio(a, b) end

---The characters of a text, the items of an array, the fields of an object.
---`length(field)`
---@param field any
---@return agent.Declaration
function length(field) end

---What `test` takes.
---@class agent.Test
---@field name? string What the report calls it.
---@field warm_up? any[]|agent.Declaration|string Records that are learned first.
---@field records any[]|agent.Declaration|string Records that are judged.
---@field inject? table[] Changes of the records: `{ line = 7, set = { … }, label = "…" }`.
---@field seed? integer Of the simulator. (default 1, 0…2147483647)
---@field every? string|number From one record to the next. (default "1s")
---@field start? string|number The time of the first record. (default "2026-01-01T00:00:00Z")
---@field expect table What has to come of it.

---A test of detect.lua and notify.lua, returned alone or in a list from a file in `scripts/tests/`. `warm_up` is learned first and alerts nobody. `records` and `warm_up` are a list of records (a text is a raw line), `simulate(…)`, or the name of a file of JSON lines beside the test. `inject = { { line = 7, set = { … }, label = "…" } }` changes records and labels them. `expect` has `findings`, `alerts`, `mails` and `quarantined`, each a count or the whole list, of which the given fields are compared (`*` in a text stands for anything, `{ min = 2, max = 3 }` for a range), and `precision` and `recall` of the labels, at least. Records are a second apart (`every = "1s"`) from `start = "2026-01-01T00:00:00Z"` on; `seed = 1` is the simulator's.
---`test { name = "…", warm_up = simulate(1000), records = { … }, expect = { findings = { … } } }`
---@param fields agent.Test
---@return agent.Declaration
function test(fields) end

---Records of record.lua for a test; with `inject` those of inject.lua among them, labelled.
---`simulate(1000) or simulate { records = 1000, inject = true }`
---@param ... any
---@return agent.Declaration
function simulate(...) end
