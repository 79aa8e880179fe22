import Scripting

/// One test as its file declares it.
struct ScriptTest {
    enum Records {
        case none
        /// A JSON text each, which may be none.
        case given([[UInt8]])
        /// The name of a file beside the test.
        case file(String)
        case simulated(count: Int, injects: Bool)
    }

    struct Injection {
        /// Counted from 1.
        var line: Int
        var label: String
        var fields: [(String, JSONValue)]
    }

    /// Records of one test, warm-up and all.
    private static let recordLimit = 200_000
    private static let firstTime: Milliseconds = 1_767_225_600_000

    var name: String
    /// `scripts/tests/detect_test.lua:4`
    var place: String
    var seed = 1
    var warmUp = Records.none
    var records = Records.none
    var injections: [Injection] = []
    var every = Duration.seconds(1)
    var start = ScriptTest.firstTime
    var expectation = ScriptTestExpectation()

    /// The tests that a file returned.
    ///
    /// - Throws: ``ScriptProblems``
    static func all(in script: LoadedScript) throws(ScriptProblems) -> [ScriptTest] {
        if let declaration = Declaration(script.value) { return [try ScriptTest(declaration)] }
        guard case .table(let list) = script.value, list.fields.isEmpty, !list.array.isEmpty else {
            throw ScriptProblems(problems: [
                ScriptProblem(
                    script.path,
                    line: nil,
                    "expected it to return test { … } or a list of them, got \(script.value.shown)"
                )
            ])
        }
        var tests: [ScriptTest] = []
        var problems: [ScriptProblem] = []
        for (index, item) in list.array.enumerated() {
            guard let declaration = Declaration(item) else {
                problems.append(
                    ScriptProblem(script.path, line: nil, "item \(index + 1): expected test { … }, got \(item.shown)")
                )
                continue
            }
            do throws(ScriptProblems) { tests.append(try ScriptTest(declaration)) } catch { problems += error.problems }
        }
        guard problems.isEmpty else { throw ScriptProblems(problems: problems) }
        return tests
    }

    private init(_ declaration: Declaration) throws(ScriptProblems) {
        place = declaration.place
        var reader = TableReader(declaration.table) { _ in declaration.place }
        name = reader.string("name") ?? "a test without a name"
        guard declaration.kind == "test" else {
            throw ScriptProblems(problems: [
                ScriptProblem("\(place): expected test { … }, got \(declaration.kind) { … }")
            ])
        }
        seed = reader.integer("seed", in: 0...Int(Int32.max), default: 1)
        every = reader.duration("every", default: .seconds(1))
        if let time = reader.value("start") {
            if let milliseconds = try? EventTime.milliseconds(of: time.json()) {
                start = milliseconds
            } else {
                reader.refuse("start", "expected seconds since 1970 or ISO 8601, got \(time.shown)")
            }
        }
        warmUp = Self.records("warm_up", &reader)
        records = Self.records("records", &reader)
        if case .none = records { reader.refuse("records", "is missing; give a list, simulate(…) or a file's name") }
        injections = Self.injections(&reader)
        switch reader.value("expect") {
        case .table(let table)?: expectation = ScriptTestExpectation(table, &reader)
        case let other:
            reader.refuse("expect", "expected a table such as { findings = 1 }, got \((other ?? .nil).shown)")
        }
        reader.refuseUnknown()
        guard reader.problems.isEmpty else { throw ScriptProblems(problems: reader.problems) }
    }

    private static func records(_ key: String, _ reader: inout TableReader) -> Records {
        guard let value = reader.value(key) else { return .none }
        if case .string(let file) = value { return .file(file) }
        if let declaration = Declaration(value), declaration.kind == "simulate" {
            var simulate = reader.inner(key, declaration.table)
            let count = simulate.integer("records", in: 1...recordLimit, default: 1_000)
            let injects = simulate.boolean("inject", default: false)
            simulate.refuseUnknown()
            reader.add(simulate.problems)
            return .simulated(count: count, injects: injects)
        }
        guard case .table(let list) = value, list.fields.isEmpty, list.array.count <= recordLimit else {
            reader.refuse(key, "expected a list of records, simulate(1000) or the name of a file, got \(value.shown)")
            return .none
        }
        var texts: [[UInt8]] = []
        for (index, item) in list.array.enumerated() {
            do {
                if case .string(let line) = item {
                    texts.append(Array(line.utf8))
                } else {
                    texts.append(Array(try item.json("record \(index + 1)").text().utf8))
                }
            } catch {
                reader.refuse(key, "\(error)")
            }
        }
        return .given(texts)
    }

    private static func injections(_ reader: inout TableReader) -> [Injection] {
        guard let value = reader.value("inject") else { return [] }
        guard case .table(let list) = value, list.fields.isEmpty else {
            reader.refuse(
                "inject",
                "expected a list such as { { line = 7, set = { accuracy = 95 } } }, got \(value.shown)"
            )
            return []
        }
        var injections: [Injection] = []
        for (index, item) in list.array.enumerated() {
            guard case .table(let table) = item else {
                reader.refuse("inject", "item \(index + 1): expected a table, got \(item.shown)")
                continue
            }
            var inner = reader.inner("inject[\(index + 1)]", table)
            let line = inner.integer("line", in: 1...recordLimit, default: 0)
            if table["line"] == nil { inner.refuse("line", "is missing; lines count from 1") }
            let label = inner.string("label") ?? "injected"
            var fields: [(String, JSONValue)] = []
            if case .table(let set)? = inner.value("set") {
                for field in set.fields {
                    do { fields.append((field.key, try field.value.json(field.key))) } catch {
                        inner.refuse("set", "\(error)")
                    }
                }
            } else {
                inner.refuse("set", "is missing; give the fields that change")
            }
            inner.refuseUnknown()
            reader.add(inner.problems)
            injections.append(Injection(line: line, label: label, fields: fields))
        }
        return injections
    }
}
