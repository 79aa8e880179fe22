import Testing

@testable import AnomaliesAgent

/// What the text of a function shows of its record.
@Suite struct RecordUseTests {
    private func shown(_ text: String, line: Int = 1) -> RecordUse? {
        RecordUse(ofFunctionAt: line, in: Array(text.utf8))
    }

    @Test(
        arguments: [
            ("function(r) return r.a end", ["a"], [], true),
            ("function(r) r.x = r.a > 1 and r['b c'] ~= '' end", ["a", "b c"], ["x"], true),
            ("function(r) local b = r.a * 2 if b > 1 then r.x = b end return r end", ["a"], ["x"], true),
            ("function(r) return -- r\n r.a --[[ r ]] .. [==[ r ]==] .. 'r' end", ["a"], [], false),
            ("function(r) return other.r + r.a end", ["a"], [], false),
            ("function(r) for i = 1, r.a do r.x = i end end", ["a"], ["x"], false),
            ("function(r) return f(r.a) end", ["a"], [], false),
            ("function(r) return r.name:upper() end", ["name"], [], false),
            ("function(r) return r.a > limit end", ["a"], [], false),
            ("function(r) return 1 end", [], [], true),
            ("local function f(r) return r.a end", ["a"], [], true),
        ] as [(String, [String], [String], Bool)]
    )
    func `a text that uses fields by their names shows them`(
        text: String,
        read: [String],
        assigned: [String],
        isStraight: Bool
    ) throws {
        let use = try #require(shown(text))
        #expect(use.read == read && use.assigned == assigned && use.isStraight == isStraight, "\(use)")
    }

    @Test(
        arguments: [
            "function(r) keep = r end", "function(r) f(r) end", "function(r) return r[k] end",
            "function(r) return { r } end",
            "function(r) return function() return r.a end end", "function(r) for k in pairs(r) do end end",
            "function(r) local r = 1 return r.a end", "function(r, s) return r.a end",
            "function(...) return (...).a end",
            "function(_ENV) return a end", "function(r) return r:a() end", "function(r) return r.a, r end",
            "function(r) return r or 1 end", "function(r) return r['\\97'] end",
            "function(r) return r.a end, function(r) return r.b end", "function t:f(r) return r.a end",
        ]
    )
    func `a text that could do anything else with the record shows nothing`(text: String) {
        #expect(shown(text) == nil)
    }

    @Test func `the function is the one that begins on the line`() {
        let text = "local a = function(r) return r.a end\nlocal b = function(r)\n  return r.b\nend\nreturn { a, b }"
        #expect(shown(text, line: 1)?.read == ["a"])
        #expect(shown(text, line: 2)?.read == ["b"])
        #expect(shown(text, line: 3) == nil)
    }
}
