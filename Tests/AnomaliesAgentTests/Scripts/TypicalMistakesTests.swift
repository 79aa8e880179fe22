import Testing

@testable import AnomaliesAgent

/// What people get wrong who know another language, or who type fast: each is told with its line and what would do.
@Suite struct TypicalMistakesTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        var file: String
        var text: String
        /// Each problem: the line, and words that it must have.
        var problems: [(line: Int, words: String)]
        var testDescription: String { "\(file): \(text)" }

        init(_ file: String, _ text: String, _ problems: (Int, String)...) {
            self.file = file
            self.text = text
            self.problems = problems.map { ($0.0, $0.1) }
        }

        /// In the function `decide`, from line 3 on.
        init(decide text: String, _ problems: (Int, String)...) {
            self.init(
                "detect.lua",
                "return { features = { 'accuracy' },\n decide = function(record, result)\n\(text)\nend }"
            )
            self.problems = problems.map { ($0.0, $0.1) }
        }
    }

    static let mistakes: [Mistake] = [
        // Names.
        Mistake(
            "record.lua",
            "return recrod {\n name = chioce { 'a' },\n accuracy = integr { min = 20, max = 10 },\n z = uniform { mn = 1 },\n}",
            (1, "Did you mean record?"),
            (2, "Did you mean choice?"),
            (3, "Did you mean integer?"),
            (3, "20 is greater than max"),
            (4, "Did you mean min?")
        ),
        Mistake(
            decide: "if recrod.accuracy > 3 then return nil end\nreturn { severity = critical, message = tostirng(1) }",
            (3, "Did you mean record?"),
            (4, "A text is written \"critical\""),
            (4, "Did you mean tostring?")
        ),
        Mistake(
            decide: "if record.x == None or record.y == True then return end\nreturn math.flor(1) > os.time()",
            (3, "None: there is nothing of that name. In Lua it is nil"),
            (3, "In Lua it is true"),
            (4, "Did you mean math.floor?"),
            (4, "os: not in the sandbox: scripts reach no files, processes or clock")
        ),
        Mistake(
            "detect.lua",
            "local json = require('json')\nreturn { features = { 'accuracy' }, key = host }",
            (1, "require: not in the sandbox: each script is one file"),
            (2, "A text is written \"host\"")
        ),
        Mistake(
            "detect.lua",
            "return { features = { 'acuracy' },\n key = 'nam', time = 'created' }",
            (1, "Did you mean \"accuracy\"?"),
            (2, "Did you mean \"name\"?")
        ),
        Mistake(
            "inject.lua",
            "return { rule { name = 'x',\n chance = config.general['anomaly-frequency'] / 100, set = {} } }",
            (2, "Did you mean anomalies-frequency?")
        ),
        Mistake(
            "inject.lua",
            "return { rule { chance = config.genral['anomalies-frequency'], set = {} } }",
            (1, "Did you mean config.general?")
        ),
        // Values.
        Mistake(
            "detect.lua",
            """
            return { features = 'accuracy',
              -- threshold = 3
              threshold = '3',
              only = 'Rise',
              min_severity = 'warn',
              suppress = { 'drfit' },
              missing = 'prev',
              per_key = 'false',
              forest = { trees = '50' },
              expect = { every = '5m', severty = 'error' },
            }
            """,
            (1, "A list of one is { \"accuracy\" }"),
            (3, "got \"3\". Leave the quotes out"),
            (4, "Did you mean \"rises\"?"),
            (5, "Did you mean \"warning\"?"),
            (6, "Did you mean \"drift\"?"),
            (7, "Did you mean \"previous\"?"),
            (8, "Leave the quotes out"),
            (9, "Leave the quotes out"),
            (10, "Did you mean severity?")
        ),
        Mistake("inject.lua", "return { rule { chance = 2, set = {} } }", (1, "got 2. 2 % is 0.02")),
        Mistake("inject.lua", "return rule { chance = 0.1, set = {} }", (1, "got rule { … }")),
        Mistake("record.lua", "return record { a = choice('x', 'y') }", (1, "Write choice { a, b, … }")),
        Mistake("record.lua", "record { a = 1 }", (1, "got nothing; does it say return?")),
        Mistake("detect.lua", "local rules = { features = { 'a' } }", (1, "got nothing; does it say return?")),
        Mistake(
            "notify.lua",
            "return { to = 'ops@example.com',\n subject = '{{accuracy}} {{scoretext}} {{#record}}{{any}}{{/record}}' }",
            (2, "no {{accuracy}}. A field of the record is written {{record.accuracy}}"),
            (2, "Did you mean {{score_text}}?")
        ),
        // What does not parse.
        Mistake("detect.lua", "return {\n features = { 'a' }\n threshold = 3 }", (3, "Is a comma missing before it?")),
        Mistake("record.lua", "return record { a = choice { 'x' 'y' } }", (1, "Is a comma missing before it?")),
        Mistake("detect.lua", "return {\n \"features\": [] }", (2, "name = value")),
        Mistake("detect.lua", "return {\n features = ['a'] }", (2, "A list is written { … }")),
        Mistake("detect.lua", "{ features = { 'a' } }", (1, "Is return missing before it?")),
        Mistake("detect.lua", "return {\n sample-size = 3 }", (2, "written with _ instead of -")),
        Mistake("detect.lua", "return { features = { “a” } }", (1, "straight quotes")),
        Mistake("detect.lua", "return { features = { 'a } }", (1, "with the quote that it began with")),
        Mistake("detect.lua", "// rules\nreturn {}", (1, "A comment begins with --")),
        Mistake("detect.lua", "import json\nreturn {}", (1, "Each script is one file")),
        Mistake("detect.lua", "return { decide = (r, s) => true }", (1, "function(record) … end")),
        Mistake(decide: "if result.score != 3 then return nil end", (3, "not equal ~=")),
        Mistake(decide: "return record.a > 1 && record.b > 1", (3, "Lua writes and")),
        Mistake(decide: "return record.a > 1 || record.b > 1", (3, "Lua writes or")),
        Mistake(decide: "if result.score > 3 {\n return nil\n}", (3, "if condition then … end")),
        Mistake(decide: "if result.score = 3 then return end", (3, "Equal is written ==")),
        Mistake(decide: "local n = 0\nn += 1", (4, "x = x + 1")),
        Mistake(decide: "let n = 0", (3, "local name = value")),
        Mistake(decide: "if result.score > 3 then return nil", (4, "an end")),
        Mistake(decide: "return nil end", (4, "closed once too often")),
    ]

    private static let shape = "return record { name = choice { 'a' }, accuracy = integer { min = 1, max = 2 }, n = 1 }"

    @Test(arguments: mistakes)
    func `a typical mistake is told with its line and what would do`(mistake: Mistake) throws {
        let bench = try Workbench()
        let directory = try bench.scripts(["record.lua": Self.shape].merging([mistake.file: mistake.text]) { $1 })
        let check = CheckCommand(configuration: bench.configuration, outside: bench.outside, log: bench.log)
        let told = try check.problems(inDirectory: directory)
        #expect(told.count == mistake.problems.count, "\(told)")
        for (line, words) in mistake.problems {
            let prefix = "\(directory)/\(mistake.file):\(line): "
            #expect(told.contains { $0.hasPrefix(prefix) && $0.contains(words) }, "\(line): \(words) in \(told)")
        }
    }

    @Test func `a script under a name that is not read is told, other files are left alone`() throws {
        let bench = try Workbench()
        let directory = try bench.scripts(["record.lua": Self.shape, "detct.lua": "", "helpers-of-mine.lua": ""])
        let check = CheckCommand(configuration: bench.configuration, outside: bench.outside, log: bench.log)
        let told = try check.problems(inDirectory: directory)
        #expect(told.count == 1 && told[0].contains("detct.lua") && told[0].contains("Did you mean detect.lua?"))
    }

    @Test func `where records come from elsewhere, fields need not be those of record_lua`() throws {
        var bench = try Workbench()
        bench.configuration.feed.source = .stdin
        let directory = try bench.scripts([
            "record.lua": Self.shape, "detect.lua": "return { features = { 'acuracy' } }",
        ])
        let check = CheckCommand(configuration: bench.configuration, outside: bench.outside, log: bench.log)
        #expect(try check.problems(inDirectory: directory).isEmpty)
    }

    @Test(arguments: [
        "local a, b <const>, c = 1, 2, 3\nreturn a + b + c",
        "for i = 1, 3 do print(i) end\nfor k, v in pairs({}) do print(k, v) end",
        "local function f(x, ...) local t = { x = x, ['y'] = ... } return t.x, #t end\nreturn f",
        "function g(a) return a end\nh = 3\np, q = 1, 2\nreturn g(h + p + q)",
        "local t = {}\nfunction t.f(a) return a end\nfunction t:m() return self end\nreturn t.f(t:m())",
        "local n = 0\n::top::\nn = n + 1\nif n < 3 then goto top end\nreturn n",
        "repeat local x = 1 until x == 1\nwhile false do end\nreturn [[ nothing ]] .. 'any', 0x1p4, 3 // 2",
        "-- words in a comment\n--[[ and more ]]\nreturn null, array {}, config.general, math.pi, ('x'):rep(2)",
        "_G.mine = 1\nreturn mine",
        "return { f = function(record) local y = record.y if y then y = y + 1 else z = y end return z end }",
    ])
    func `names that a text declares, and those that it is given, are known`(text: String) throws {
        let uses = UnknownNames.uses(in: Array(text.utf8)).map(\.name)
        #expect(Set(uses).isSubset(of: AgentAPI.names), "\(uses)")
    }

    @Test func `a key's line is that of its own table, and not of a comment`() throws {
        let bench = try Workbench()
        let text = """
            -- trees = 1
            local other = { trees = 2 }
            return {
              expect = { severity = "a" },
              forest = {
                ["trees"] = 3,
              },
            }
            """
        let script = try LoadedScript(Array(text.utf8), path: "detect.lua", environment: bench.environment())
        #expect(script.line(of: "trees") == 2)
        #expect(script.line(of: "forest.trees") == 6)
        #expect(script.line(of: "forest.sample_size") == 5)
        #expect(script.line(of: "expect.severity") == 4)
        #expect(script.line(of: "decide") == nil)
    }
}
