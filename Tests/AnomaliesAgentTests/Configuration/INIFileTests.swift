import Foundation
import Testing

@testable import AnomaliesAgent

@Suite struct INIFileTests {
    /// Reads settings as `[[section, key, value]]`.
    static let configparser = """
        import configparser, json, sys
        parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes="#;", default_section="\\0")
        parser.read_string(sys.stdin.buffer.read().decode("utf-8-sig"))
        print(json.dumps([[s, k, v] for s in parser.sections() for k, v in parser.items(s)]))
        """

    @Test(
        .enabled(if: Python.isInstalled, "needs python3"),
        arguments: [
            ConfigurationLoaderTests.original,
            "[a]\nk=v\n",
            "[a]\r\nk=v\r\nl : w\r\n",
            "[a]\nk = v # comment\nl = v; no comment\nm = v ;comment\nn=v#no\no=#no\np= #comment\n",
            "# comment\n; comment\n[a] # comment\n  # indented comment\nk: v\n",
            "[a]\nk = a=b:c\nl: a=b\nm = = \nurl: http://x/#y\n",
            "[a]\nKEY: Value\nK2:\nK3=\n",
            "[a]\nk:\t tab\t\nl\t:\tx\ty\n",
            "[a]\nk: %(x)s %% %Y\n",
            "[ spaced name ]\nk: v",
            "[ä]\nschlüssel: größe\u{00A0}\u{00A0}#kommentar\n",
            "[a]\nk: e\u{301} \u{301}x\n",
            "\u{FEFF}[a]\nk: v",
            "",
        ]
    )
    func `files are read as Python's configparser reads them`(text: String) throws {
        let answer = try Python.run(Self.configparser, input: Data(text.utf8))
        let expected = try JSONDecoder().decode([[String]].self, from: answer)
        var section = ""
        var found: [[String]] = []
        INIFile.read(Array(text.utf8)) { _, item in
            switch item {
            // Python keeps the blanks within brackets.
            case .section(let name): section = name
            case .setting(let key, let value): found.append([section, key, value])
            case .damagedSection, .problem: Issue.record("\(item)")
            }
        }
        #expect(found == expected.map { [$0[0].trimmingCharacters(in: .whitespaces)] + $0.dropFirst() })
    }

    @Test func `lines are counted over every kind of line end`() {
        var lines: [Int] = []
        INIFile.read(Array("[a]\r\nb:1\nc:2\r\n\r\nd:3\re:4\n\n\nf:5".utf8)) { line, _ in lines.append(line) }
        #expect(lines == [1, 2, 3, 5, 6, 9])
    }

    @Test func `an indented line is no continuation, as a lost comma must not join two settings`() {
        var items: [INIFile.Item] = []
        INIFile.read(Array("[Mail]\nto: a@x.org,\n  b@x.org\n  from: c@x.org".utf8)) { items.append($1) }
        #expect(items.count == 4)
        #expect(items.last == .setting(key: "from", value: "c@x.org"))
        if case .problem = items[2] {} else { Issue.record("line 3 passed as \(items[2])") }
    }
}
