import Foundation
import Testing

@testable import AnomaliesAgent

/// Python's `json` computes the same fields of random records: escapes, other scripts, nested values, fields that occur
/// twice, wide integers, white space.
@Suite struct DeriveAgreementTests {
    private static let judge = ##"""
        import json, random, sys
        sys.set_int_max_str_digits(0)
        source = random.Random(20_261_122)
        names = ["a", "b", "name", "x", "é", "\u2028", "q\"", ""]

        def text():
            return "".join(source.choice("abé漢😀\"\\/\n\t\u0000 {}[]:,") for _ in range(source.randrange(12)))

        def value(depth):
            kind = source.randrange(9 if depth else 6)
            if kind == 0: return source.choice([None, True, False])
            if kind == 1: return text()
            if kind == 2: return source.randrange(-100, 100)
            if kind == 3: return source.choice([2**53 + 1, -2**63, 2**64, 10**30, 2**63 - 1])
            if kind == 4: return source.uniform(-100, 100)
            if kind == 5: return source.choice([0.1, 1e-7, 1e22, 0.5, -0.0])
            if kind == 6: return [value(depth - 1) for _ in range(source.randrange(3))]
            return {source.choice(names): value(depth - 1) for _ in range(source.randrange(3))}

        def space():
            return source.choice(["", "", "", " ", "\t "])

        for _ in range(4_000):
            fields = [(source.choice(names), value(2)) for _ in range(source.randrange(7))]
            def written(item):
                return json.dumps(item, ensure_ascii=source.random() < 0.5)
            line = "{" + ",".join(
                f"{space()}{written(name)}{space()}:{space()}{written(item)}{space()}" for name, item in fields
            ) + "}"
            record = json.loads(line)
            wanted = dict(record)
            def number(item):
                return isinstance(item, (int, float)) and not isinstance(item, bool)
            refused = False
            a, b = record.get("a"), record.get("b")
            if a is not None:
                # Beyond 64 bits the nearest double is compared.
                if number(a): wanted["x"] = (a if abs(a) < 2**63 else float(a)) > 5
                else: refused = True
            if isinstance(b, str): wanted["n"] = len(b)
            sys.stdout.write(line + "\n" + ("refuse" if refused else json.dumps(wanted)) + "\n")
        """##

    @Test(arguments: [
        // Natively, with what its text shows, and with the whole record.
        "{ x = above('a', 5), n = function(record) if type(record.b) == 'string' then return utf8.len(record.b) end end }",
        """
        function(record)
          if record.a ~= nil and record.a ~= null then
            if type(record.a) ~= 'number' then error('no number') end
            record.x = record.a > 5
          end
          if type(record.b) == 'string' then record.n = utf8.len(record.b) end
        end
        """,
        """
        function(record)
          local r = record
          if r.a ~= nil and r.a ~= null then
            if type(r.a) ~= 'number' then error('no number') end
            r.x = r.a > 5
          end
          if type(r.b) == 'string' then return { n = utf8.len(r.b) } end
        end
        """,
    ])
    func `derived records are those that Python makes`(derive: String) throws {
        let bench = try Workbench()
        let text = "return { features = { 'a' }, derive = \(derive) }"
        let sources = ScriptSources(directory: "scripts", texts: [.detect: Array(text.utf8)])
        let script = try ScriptLoader(sources: sources, environment: bench.environment()).detect()
        let answer = String(decoding: try Python.run(Self.judge), as: UTF8.self)
        let rows = answer.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(rows.count == 8_000)
        var refused = 0
        for index in stride(from: 0, to: rows.count, by: 2) {
            let (line, wanted) = (String(rows[index]), String(rows[index + 1]))
            let output = ByteBuffer()
            var problem: String?
            var derivation = try LineDerivation(script, limits: RecordLimits()) { problem = $1 }
            derivation.append(Array(line.utf8), to: output) { _ in }
            derivation.finish(to: output)
            if wanted == "refuse" {
                refused += 1
                #expect(problem != nil, "\(line)")
                continue
            }
            #expect(problem == nil, "\(line): \(problem ?? "")")
            let found = try JSONValue(parsing: output.array)
            #expect(sorted(found) == sorted(try JSONValue(parsing: wanted)), "\(line)")
        }
        #expect((500...3_500).contains(refused), "both verdicts have to occur")
    }

    /// Objects are equal whatever the order of their fields.
    private func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): return .array(items.map(sorted))
        case .object(let object):
            let fields = object.fields.map { ($0.name, sorted($0.value)) }
            return .object(JSONObject(fields.sorted { Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8)) }))
        default: return value
        }
    }
}
