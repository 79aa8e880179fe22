import Testing

@testable import AnomaliesAgent

@Suite struct ScriptProblemTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var text: String
        /// Each problem: the line, and words that it must have.
        var problems: [(line: Int, words: [String])]
        var testDescription: String { "\(file): \(text)" }

        init(_ file: String, _ text: String, _ problems: (Int, [String])...) {
            self.file = file
            self.text = text
            self.problems = problems.map { ($0.0, $0.1) }
        }
    }

    private static let shape = "return record { n = integer { min = 1, max = 2 } }"

    static let cases: [Case] = [
        // detect.lua
        Case(
            "detect.lua",
            "return {\n features = { 'a' },\n featurs = 1,\n}",
            (3, ["featurs", "unknown", "Did you mean features?"])
        ),
        Case(
            "detect.lua",
            "return {\n features = 7,\n threshold = 'x',\n forest = { trees = 0, tree = 5,\n sample_size = 2 },\n decide = 3,\n refractory = '5x',\n}",
            (2, ["features", "list of 1 to 100 field names or a function", "7"]),
            (3, ["threshold", "up to 1000", "a grade", "\"x\""]),
            (4, ["forest.trees", "from 1 to 1000", "got 0"]),
            (4, ["forest.tree", "Did you mean trees?"]),
            (5, ["forest.sample_size", "from 10 to 1000", "got 2"]),
            (6, ["decide", "function(record, result)", "3"]),
            (7, ["refractory", "\"5m\"", "\"5x\""])
        ),
        Case(
            "detect.lua",
            """
            return { features = { 'a' },
              hotspots = {
                windowSize = 99,
                scanRadius = 0.1, minimumNumberOfPointsInAHotspot = 5 },
            }
            """,
            (3, ["hotspots.windowSize", "windowSize must be 100...1000"])
        ),
        Case(
            "detect.lua",
            """
            return { features = { 'a' },
              hotspots = { windowSize = 100,
                scanRadius = 0, minimumNumberOfPointsInAHotspot = 5 } }
            """,
            (3, ["hotspots.scanRadius", "scanRadius must be greater than 0"])
        ),
        Case(
            "detect.lua",
            """
            return { features = { 'a' },
              hotspots = { windowSize = 100, scanRadius = 1,
                minimumNumberOfPointsInAHotspot = 101 } }
            """,
            (3, ["hotspots.minimumNumberOfPointsInAHotspot", "2...100, which is windowSize"])
        ),
        Case(
            "detect.lua",
            """
            return { features = { 'a' },
              hotspots = {
                window_size = 100,
                scanRadius = 1 / 0,
                minimumNumberOfPointsInAHotspot = 'many' } }
            """,
            (2, ["hotspots", "windowSize missing", "windowSize = 1000"]),
            (3, ["hotspots.window_size", "unknown", "Did you mean windowSize?"]),
            (4, ["hotspots.scanRadius", "expected a number", "inf"]),
            (5, ["hotspots.minimumNumberOfPointsInAHotspot", "expected a whole number", "\"many\""])
        ),
        Case(
            "detect.lua",
            "return { features = { 'a' },\n hotspots = kinesis_analytics {} }",
            (2, ["hotspots", "expected a table with windowSize, scanRadius, minimumNumberOfPointsInAHotspot"])
        ),
        Case(
            "detect.lua",
            """
            return { features = function(r) end, feature_count = 31, key = 'host',
              hotspots = { windowSize = 100, scanRadius = 1, minimumNumberOfPointsInAHotspot = 9 } }
            """,
            (2, ["hotspots", "1 to 30 features, got 31"]),
            (2, ["hotspots", "per_key = false"])
        ),
        Case(
            "detect.lua",
            """
            return {
              features = { 'a', 'b', 'a' },
              feature_count = 3,
              ignore_near_expected = { absolute = -1 },
              ["cool-down"] = "1m",
              forest = kinesis_analytics,
            }
            """,
            (2, ["features", "names \"a\" twice"]),
            (3, ["feature_count", "is for a function"]),
            (4, ["ignore_near_expected.absolute", "expected a number, 0 or more, got -1"]),
            (5, ["cool-down", "Did you mean refractory?"]),
            (6, ["forest", "a table or kinesis_analytics { … }", "a function"])
        ),
        Case("detect.lua", "return { features = {} }", (1, ["features", "an empty table"])),
        Case("detect.lua", "return { }", (1, ["features", "nil"])),
        Case("detect.lua", "return 5", (1, ["return a table", "5"])),
        Case("detect.lua", "return {\n features = { 'a..b', 2 } }", (2, ["names of fields", "a..b"]), (2, ["got 2"])),
        Case("detect.lua", "return { features = {'a'},\n threshold = 0 }", (2, ["threshold", "greater than 0"])),
        Case(
            "detect.lua",
            "return { features = {'a'},\n forest = { sample_size = 500, time_decay = 100 } }",
            (2, ["forest", "timeDecay"])
        ),
        Case(
            "detect.lua",
            """
            return { features = { 'a' },
              threshold = { score = 3 },
              only = 'up',
              min_severity = 'bad',
              suppress = { 'nois' },
              missing = 'nan',
              cooldown = '5m',
            }
            """,
            (2, ["threshold", "{ grade = 0.7 }"]),
            (2, ["threshold.score", "unknown", "grade"]),
            (3, ["only", "\"rises\", \"drops\"", "\"up\""]),
            (4, ["min_severity", "\"critical\"", "\"bad\""]),
            (5, ["suppress", "\"noise\"", "\"nois\""]),
            (6, ["missing", "\"previous\"", "\"nan\""]),
            (7, ["cooldown", "unknown", "Did you mean refractory?"])
        ),
        Case(
            "detect.lua",
            """
            return { features = { 'a' },
              alerts = '0 per week',
              expect = { per = 'host',
                evry = '5m' },
              ignore_near_expected = { a = { absolut = 1 },
                b = { above = 2 } },
            }
            """,
            (2, ["alerts", "\"2 per week\"", "\"0 per week\""]),
            (3, ["expect", "every is missing"]),
            (4, ["expect.evry", "Did you mean every?"]),
            (5, ["ignore_near_expected.a.absolut", "Did you mean absolute?"]),
            (6, ["ignore_near_expected.b", "unknown"])
        ),
        Case(
            "detect.lua",
            "return { features = { 'a' }, threshold = 3,\n alerts = '2 per week',\n expect = '5m',\n suppress = 'drift' }",
            (2, ["alerts", "either threshold or alerts"]),
            (3, ["expect", "{ every = \"5m\"", "\"5m\""]),
            (4, ["suppress", "list", "\"drift\""])
        ),
        Case(
            "detect.lua",
            "return { features = {'a'},\n forest = kinesis_analytics { numberOfTrees = 0,\n subSampleSize = 'x', shingleSize = 31,\n sample_size = 3, withDirectionality = true } }",
            (2, ["forest.numberOfTrees", "numberOfTrees = 0 was not made: numberOfTrees must be 1...1000"]),
            (3, ["forest.subSampleSize", "whole number", "\"x\""]),
            (3, ["forest.shingleSize", "shingleSize must be 1...30"]),
            (4, ["forest.sample_size", "Did you mean subSampleSize?"]),
            (4, ["forest.withDirectionality", "add explanation = true"])
        ),
        Case(
            "detect.lua",
            "return { features = {'a', 'a'},\n forest = kinesis_analytics { timeDecay = 256 } }",
            (1, ["features", "names \"a\" twice"]),
            (2, ["forest.subSampleSize", "which is 256"])
        ),
        Case(
            "detect.lua",
            "return { features = {'a'},\n forest = kinesis_analytics { timeDecay = 256 } }",
            (2, ["forest.subSampleSize", "subSampleSize must be less than timeDecay, which is 256"])
        ),
        Case(
            "detect.lua",
            "return { features = {'a'},\n forest = integer { min = 1 } }",
            (2, ["forest", "a table or kinesis_analytics { … }", "got integer { … }"])
        ),
        Case("record.lua", "return record {\n a = kinesis_analytics {} }", (2, ["not a value for a field"])),
        Case(
            "detect.lua",
            """
            return { features = { 'a' }, model = 'series',
              forest = { trees = 50 },
              threshold = 3,
              missing = 'forest',
              ignore_near_expected = { absolute = 1 },
              suppress = { 'noise' },
            }
            """,
            (2, ["forest", "leave it out"]),
            (3, ["threshold", "levels are calibrated", "{ grade = 0.7 }"]),
            (4, ["missing", "expects no values"]),
            (5, ["ignore_near_expected", "expects no values"]),
            (6, ["suppress", "leave \"noise\" out"])
        ),
        Case(
            "detect.lua",
            "return { features = {'a'},\n model = 'forest' }",
            (2, ["model", "\"records\", \"series\"", "\"forest\""])
        ),
        Case("detect.lua", "local x = \n\nreturn {", (3, ["unexpected symbol"])),
        Case("detect.lua", "\nerror('mine')", (2, ["mine"])),
        Case("detect.lua", "\nreturn { features = os.getenv('HOME') }", (2, ["os"])),
        Case("detect.lua", "while true do end", (1, ["too long"])),
        // record.lua
        Case("record.lua", "return { a = 1 }", (1, ["return record { … }", "table"])),
        Case(
            "record.lua",
            "return record {\n a = integer { min = 5, max = 1 },\n b = integr { min = 1 },\n}",
            (2, ["a.min", "5 is greater than max, which is 1"]),
            (3, ["integr", "Did you mean integer?"])
        ),
        Case(
            "record.lua",
            "return record {\n a = integer { min = 5, max = 1 },\n b = choice { },\n c = uniform { min = 'x', decimals = 77 },\n d = rule { },\n}",
            (2, ["a.min", "5 is greater than max, which is 1"]),
            (3, ["field b", "at least one value"]),
            (4, ["c.min", "\"x\""]),
            (4, ["c.decimals", "from 0 to 9", "77"]),
            (5, ["field d", "rule is not a value"])
        ),
        Case(
            "record.lua",
            """
            return record {
              a = sine { period = 0, phase = 2 },
              b = normal { sd = 2 },
              c = add { 1, choice { 'x' } },
              d = add { },
              e = follow { field = 'aa' },
              f = weighted { x = -1 },
              g = clamp { 1, min = 3, max = 2 },
              h = walk { min = 1 },
              i = timestamp { start = 'noon', step = 0, format = 'unix' },
              j = weekly { days = { 1, 2 } },
              k = add { sine { decimals = 2 } },
              l = ar { memory = 1 },
              m = uuid { version = 7 },
            }
            """,
            (2, ["a.period", "from 0.001", "got 0"]),
            (2, ["a.phase", "from -1 to 1", "got 2"]),
            (3, ["b.sd", "unknown", "Did you mean deviation?"]),
            (4, ["field c", "list of at least one number"]),
            (5, ["field d", "at least one part"]),
            (6, ["field e", "\"aa\"", "There is a, b, c"]),
            (7, ["field f", "weights"]),
            (8, ["g.min", "greater than max"]),
            (9, ["h.min", "min and max, or neither"]),
            (10, ["i.start", "2026-01-01T00:00:00Z", "\"noon\""]),
            (10, ["i.step", "at least 0.001"]),
            (10, ["i.format", "\"iso\", \"seconds\", \"milliseconds\"", "\"unix\""]),
            (11, ["j.days", "list of 7 numbers"]),
            (12, ["k.decimals", "unknown"]),
            (13, ["l.memory", "got 1"]),
            (14, ["m.version", "unknown"])
        ),
        Case(
            "record.lua",
            "return record {\n a = follow { field = 'b' },\n b = add { follow { field = 'a' } },\n c = follow { field = 'd' },\n d = integer { },\n}",
            (3, ["field a", "circles: a, b, a"]),
            (2, ["field b", "circles: b, a, b"]),
            (4, ["field c", "field d cannot be followed", "add { integer"])
        ),
        // inject.lua
        Case("inject.lua", "return rule { name = 'x' }", (1, ["list of rule { … }"])),
        Case(
            "inject.lua",
            "return {\n rule { name = 'x', chance = 2, set = { a = 1 } },\n rule { nam = 'y', set = 5 },\n 7,\n}",
            (2, ["chance", "from 0 to 1", "got 2"]),
            (3, ["chance", "is missing"]),
            (3, ["set", "table of fields or a function", "5"]),
            (3, ["nam", "Did you mean name?"]),
            (1, ["item 3", "rule { … }", "7"])
        ),
        Case(
            "inject.lua",
            """
            return {
              rule { name = 'a', chance = 0.1, every = 5, field = 'n', inject = mean { offset = 1 } },
              rule { every = 5, length = 6, field = 'm', inject = mean { ofset = 1 } },
              rule { at = { 3, 2 }, field = 'n', inject = variance { factor = 2 } },
              rule { chance = function() end, field = 'n', inject = spike { } },
              rule { every = 5, field = 'n', set = { n = 1 }, inject = platform { value = 1, creep = 2 } },
              rule { every = 5, inject = 7 },
              rule { every = 5, field = 'n', inject = integer { } },
              rule { every = 5, field = 'n', inject = dropout { to = 'last', creep = 1 } },
            }
            """,
            (2, ["every", "only one of chance, every and at"]),
            (3, ["every", "5 is less than length, which is 6"]),
            (3, ["field", "no field \"m\"", "There is n."]),
            (3, ["mean.offset", "is missing"]),
            (3, ["mean.ofset", "Did you mean offset?"]),
            (4, ["at", "ascending"]),
            (4, ["inject", "field n is not declared as a series", "add {"]),
            (5, ["chance", "a function decides about set only"]),
            (5, ["spike.amplitude", "is missing"]),
            (6, ["inject", "either inject or set"]),
            (6, ["platform.creep", "from 0 to 1", "got 2"]),
            (7, ["field", "name of a field", "nil"]),
            (7, ["inject", "spike, extremum", "got 7"]),
            (8, ["inject", "got integer"]),
            (9, ["inject", "field n is not declared as a series"]),
            (9, ["dropout.creep", "unknown"])
        ),
        // notify.lua
        Case(
            "notify.lua",
            "return {\n to = { 'ops@example.com', 'nobody' },\n subject = 5,\n text = '{{#open}} never closed',\n html = function() end,\n body = 'x',\n}",
            (2, ["to", "mail addresses such as \"ops@example.com\"", "\"nobody\""]),
            (3, ["subject", "template or a function(alert)", "5"]),
            (4, ["text", "template does not parse"]),
            (6, ["body", "unknown"])
        ),
    ]

    @Test(arguments: cases)
    func `every problem of a script is told at once: file, line, what and what would do`(wrong: Case) throws {
        let bench = try Workbench()
        var texts = [wrong.file: wrong.text]
        if wrong.file == "inject.lua" { texts["record.lua"] = Self.shape }
        let directory = try bench.scripts(texts)
        let error = #expect(throws: ScriptProblems.self) {
            try ScriptLibrary(directory, files: bench.files, environment: bench.environment(), log: bench.log)
        }
        let told = (error?.problems ?? []).map(\.description)
        #expect(told.count == wrong.problems.count, "\(told)")
        for problem in wrong.problems {
            let prefix = "\(directory)/\(wrong.file):\(problem.line): "
            #expect(
                told.contains { text in text.hasPrefix(prefix) && problem.words.allSatisfy { text.contains($0) } },
                "\(problem) in \(told)"
            )
        }
    }

    @Test func `problems of all files are told together`() throws {
        let bench = try Workbench()
        let texts = [
            "record.lua": "return 1", "detect.lua": "return 2", "notify.lua": "return 3", "inject.lua": "return 4",
        ]
        let error = #expect(throws: ScriptProblems.self) { try bench.library(texts) }
        #expect(error?.problems.count == 4)
    }

    @Test func `a directory that is not there, or holds no script, is refused by name`() throws {
        let bench = try Workbench()
        let missing = #expect(throws: FileError.self) {
            try ScriptLibrary("/nowhere/scripts", files: bench.files, environment: bench.environment(), log: bench.log)
        }
        #expect(missing?.description.contains("/nowhere/scripts") == true)
        let empty = #expect(throws: ScriptProblems.self) { try bench.library(["other.lua": "return 1"]) }
        #expect(empty?.description.contains("detect.lua") == true)
    }

    @Test func `inject_lua without a shape is told`() throws {
        let bench = try Workbench()
        let error = #expect(throws: ScriptProblems.self) { try bench.library(["inject.lua": "return {}"]) }
        #expect(error?.description.contains("there is no record.lua") == true)
    }
}
