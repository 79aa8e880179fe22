import Detection
import Foundation
import Testing
import Transport

@testable import AnomaliesAgent

/// The declaration of what scripts can use, against what they can use.
@Suite struct AgentAPITests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private let bench: Workbench

    init() throws { bench = try Workbench() }

    // MARK: What is made of it

    @Test func `stubs, settings and reference are those of the declaration: anomalies-agent api --write . makes them`()
        throws
    {
        for (path, text) in try APICommand.texts(for: Self.root.path, bench.files) {
            let written = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            #expect(written == text, "\(path) is not as declared; run: anomalies-agent api --write .")
        }
    }

    @Test func `new writes the shipped scripts: deploy/embed-scripts.sh takes them into the program`() throws {
        let scripts = Self.root.appending(path: "scripts")
        let names = try FileManager.default.contentsOfDirectory(atPath: scripts.path).filter { $0.hasSuffix(".lua") }
        #expect(Set(names.map { "scripts/\($0)" }).isSubset(of: ShippedScripts.files.map(\.path)))
        for (path, text) in ShippedScripts.files {
            let shipped = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            #expect(text == shipped, "\(path) is not as embedded; run: deploy/embed-scripts.sh")
        }
    }

    @Test func `every name of the reference is found by it, and nothing else`() throws {
        for name in AgentAPI.referenceNames { #expect(AgentAPI.reference(name) != nil, "\(name)") }
        #expect(AgentAPI.reference("nonsense") == nil)
        let command = APICommand(outside: bench.outside)
        let near = #expect(throws: SetupProblem.self) { try command.reference("integr") }
        #expect(near?.description.contains("Did you mean integer?") == true)
        let absent = #expect(throws: SetupProblem.self) { try command.reference("os") }
        #expect(absent?.description.contains("not in the sandbox") == true)
    }

    // MARK: What scripts write

    struct Written: Sendable, CustomTestStringConvertible {
        /// A table of the declaration, or a constructor.
        var name: String
        var file: String
        /// Texts with the key zzzz, which between them ask for every key that there is.
        var texts: [String]
        var testDescription: String { name }

        init(_ name: String, _ file: String, _ texts: String...) {
            self.name = name
            self.file = file
            self.texts = texts
        }

        /// A field of record.lua.
        init(field name: String, _ between: String...) {
            self.init(name, "record.lua")
            texts = (between.isEmpty ? [""] : between).map { "return record { f = \(name) { \($0) zzzz = 1 } }" }
        }

        /// An injection of inject.lua.
        init(injection name: String, _ between: String...) {
            self.init(name, "inject.lua")
            texts = (between.isEmpty ? [""] : between).map {
                "return { rule { at = 1, field = 'n', inject = \(name) { \($0) zzzz = 1 } } }"
            }
        }
    }

    static let written: [Written] = [
        Written("detect", "detect.lua", "return { zzzz = 1 }"),
        Written("forest", "detect.lua", "return { features = {'a'}, forest = { zzzz = 1 } }"),
        Written("grade", "detect.lua", "return { features = {'a'}, threshold = { grade = 0.7, zzzz = 1 } }"),
        Written("tolerance", "detect.lua", "return { features = {'a'}, ignore_near_expected = { zzzz = 1 } }"),
        Written("expect", "detect.lua", "return { features = {'a'}, expect = { every = 5, zzzz = 1 } }"),
        Written("hotspots", "detect.lua", "return { features = {'a'}, hotspots = { zzzz = 1 } }"),
        Written(
            "kinesis_analytics",
            "detect.lua",
            "return { features = {'a'}, forest = kinesis_analytics { zzzz = 1 } }"
        ),
        Written("notify", "notify.lua", "return { zzzz = 1 }"),
        Written(
            "rule",
            "inject.lua",
            "return { rule { chance = 1, set = { n = 1 }, zzzz = 1 } }",
            "return { rule { at = 1, field = 'n', inject = trend { slope = 1 }, zzzz = 1 } }"
        ),
        Written(field: "integer"), Written(field: "uniform"), Written(field: "uuid"), Written(field: "timestamp"),
        Written(field: "normal"), Written(field: "lognormal"), Written(field: "poisson"), Written(field: "sequence"),
        Written(field: "sine"), Written(field: "square"), Written(field: "sawtooth"), Written(field: "daily"),
        Written(field: "weekly"), Written(field: "walk"), Written(field: "ar"), Written(field: "add", "1,"),
        Written(field: "multiply", "1,"), Written(field: "clamp", "sine {},"),
        Written("follow", "record.lua", "return record { n = sine {}, f = follow { field = 'n', zzzz = 1 } }"),
        Written(injection: "spike"), Written(injection: "extremum"), Written(injection: "mean"),
        Written(injection: "platform"), Written(injection: "variance"), Written(injection: "frequency"),
        Written(injection: "pattern", "sine {},"), Written(injection: "pattern_shift"),
        Written(injection: "correlation"), Written(injection: "trend", "slope = 1,"), Written(injection: "dropout"),
    ]

    @Test(arguments: written)
    func `the keys that a table may have are those that are declared`(table: Written) throws {
        let declared = AgentAPI.tables.first { $0.name == table.name }?.keys ?? AgentAPI.arguments[table.name]?.keys
        var known: Set<String> = []
        for text in table.texts {
            var texts = [table.file: text]
            if table.file == "inject.lua" { texts["record.lua"] = "return record { n = add { sine {}, normal {} } }" }
            let error = #expect(throws: ScriptProblems.self) { try bench.library(texts) }
            let message = try #require(error?.problems.map(\.description).first { $0.contains("zzzz: unknown") })
            let list = try #require(message.firstMatch(of: #/expected one of ([^.]*)\./#)?.1)
            known.formUnion(list.split(separator: ", ").map(String.init))
        }
        #expect(known.isSubset(of: Set(try #require(declared).map(\.name))), "\(known)")
        #expect(Set(try #require(declared).map(\.name)).isSubset(of: known.union(Self.elsewhere[table.name] ?? [])))
    }

    /// Keys that are read only where others are missing.
    private static let elsewhere = ["daily": ["hours", "peak"], "extremum": ["min", "max", "value"]]

    @Test func `every constructor that is described key by key exists`() {
        #expect(Set(AgentAPI.arguments.keys).isSubset(of: Set(AgentAPI.functions.map(\.name))))
    }

    // MARK: What scripts are given

    /// An alert that has everything an alert can have.
    private func fullAlert() throws -> Alert {
        let text = """
            {"id":"a","time":1,"record":{"a":1},"score":4.5,"grade":0.75,"severity":"error","rule":"silence","suppressed":2,
            "shard":"s","sequence_number":"1","generation":"g","script":"detect.lua:1","key":"k","message":"m",
            "package":"\(String(repeating: "ab", count: 16))","line":3,"level":3,"threshold":2.5,"likelihood":0.5,
            "direction":"rises","expected":{"a":5},"attribution":{"a":1},"explanation":{"a":{"DIRECTION":"HIGH"}},
            "hotspots":[{"density":1,"minValues":[1],"maxValues":[2]}],"view":"day"}
            """
        return try #require(Alert(json: try JSONValue(parsing: text)))
    }

    private static let listing = """
        local function list(t) local r = {} for k in pairs(t) do r[#r + 1] = k end return table.concat(r, " ") end

        """

    private func compare(_ found: String, _ table: APITable, except others: Set<String> = []) {
        let found = Set(found.split { $0 == " " }.map(String.init))
        #expect(found == Set(table.keys.map(\.name)).subtracting(others), "\(table.name)")
    }

    @Test func `the result that decide is given has the keys that are declared`() throws {
        let library = try bench.library([
            "detect.lua": Self.listing
                + "return { features = { 'a' }, decide = function(record, result) return { message = list(result) } end }"
        ])
        let (_, functions) = try DetectScripts(library, environment: bench.environment()).current()
        let decision = try functions.decide(record: ["a": 1], try .zero, try fullAlert().details)
        compare(try #require(decision?.message), AgentAPI.result)
    }

    @Test func `what decide may return is what is declared`() throws {
        let library = try bench.library([
            "detect.lua": "return { features = { 'a' }, decide = function() return { zzzz = 1 } end }"
        ])
        let (_, functions) = try DetectScripts(library, environment: bench.environment()).current()
        let failure = #expect(throws: ScriptFailure.self) {
            _ = try functions.decide(record: ["a": 1], try .zero, nil)
        }
        let list = try #require(failure?.description.firstMatch(of: #/expected one of ([^.]*)\./#)?.1)
        compare(String(list).replacing(",", with: ""), AgentAPI.decision)
    }

    @Test func `the alert that notify_lua is given has the keys that are declared`() throws {
        let library = try bench.library([
            "notify.lua": Self.listing
                + "return { text = function(alert) return list(alert) .. '|' .. list(alert.fields[1]) end }"
        ])
        let rules = try NotifyScripts(library, environment: bench.environment()).current()
        let address = try MailAddress("a@example.com")
        let composer = MailComposer(envelope: Envelope(from: address, to: [address]), object: "o")
        let listener = Listener(rules)
        _ = composer.compose(try fullAlert(), with: listener, log: bench.log)
        let parts = listener.heard.split(separator: "|")
        try #require(parts.count == 2)
        compare(String(parts[0]), AgentAPI.alert, except: ["suppressed_some"])
        compare(String(parts[1]), AgentAPI.field)
    }

    /// Hears what a script makes of an alert.
    private final class Listener: NotifyRules {
        private let rules: any NotifyRules
        private(set) var heard = ""

        init(_ rules: any NotifyRules) { self.rules = rules }

        var to: [MailAddress]? { nil }
        func subject(_ alert: JSONValue) throws -> String? { nil }
        func html(_ alert: JSONValue) throws -> String? { nil }
        func text(_ alert: JSONValue) throws -> String? {
            heard = try rules.text(alert) ?? ""
            return nil
        }
    }

    // MARK: The sandbox

    @Test func `the sandbox has the libraries that are declared`() throws {
        let library = try bench.library([
            "detect.lua": Self.listing + """
                local parts = {}
                for name, value in pairs(_G) do
                  parts[#parts + 1] = name .. ":" .. (type(value) == "table" and name ~= "_G" and list(value) or "")
                end
                return { features = function() return 1 end, decide = function() return { message = table.concat(parts, ";") } end }
                """
        ])
        let (_, functions) = try DetectScripts(library, environment: bench.environment()).current()
        let text = try #require(try functions.decide(record: ["a": 1], try .zero, nil)?.message)
        var found: [String: Set<String>] = [:]
        for part in text.split(separator: ";") {
            let sides = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            found[String(sides[0])] = Set(sides[1].split(separator: " ").map(String.init))
        }
        #expect(Set(found.keys) == Set(AgentAPI.names))
        for (name, members) in AgentAPI.libraries {
            // What Lua 5.3 still had, where the system's Lua is built to be compatible.
            let old: Set = ["atan2", "cosh", "frexp", "ldexp", "log10", "pow", "sinh", "tanh"]
            #expect(found[name]?.subtracting(name == "math" ? old : []) == Set(members), "\(name)")
        }
        #expect(Set(AgentAPI.absent.keys).isDisjoint(with: found.keys))
    }
}
