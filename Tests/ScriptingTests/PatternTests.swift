import Scripting
import Testing

/// Known answers from the Lua 5.4 reference manual, sections 6.4 and 6.4.1, and its test suite's spirit.
@Suite struct PatternTests {
    @Test(arguments: [
        Case("return string.find('hello world', 'o w')", "5"),
        Case("return select(2, string.find('hello', 'l+'))", "4"),
        Case("return string.find('a.b', '.', 1, true)", "2"),
        Case("return string.find('abc', 'b', -1)", "nil"),
        Case("return string.find('', '')", "1"),
        Case("return string.match('key = value', '^(%w+)%s*=%s*(%w+)$')", "key"),
        Case("return select(2, string.match('key = value', '^(%w+)%s*=%s*(%w+)$'))", "value"),
        Case("return string.match('  trim  ', '^%s*(.-)%s*$')", "trim"),
        Case("return string.match('THE (quick) fox', '%((%a+)%)')", "quick"),
        Case("return string.match('x(a(b)c)y', '%b()')", "(a(b)c)"),
        Case("return string.match('2026-11-22', '(%d+)-(%d+)-(%d+)')", "2026"),
        Case("return string.match('hello', '()ll()')", "3"),
        Case("return string.match('aXb', '%u')", "X"),
        Case("return string.match('0x1F', '^0[xX](%x+)$')", "1F"),
        Case("return string.match('a]b', '[]]')", "]"),
        Case("return string.match('a-b', '[a%-]+')", "a-"),
        Case("return string.match('abab', '(ab)%1')", "ab"),
        Case("return string.gsub('hello world', '(%w+)', '%1 %1')", "hello hello world world"),
        Case("return string.gsub('hello world', '%w+', '%0 %0', 1)", "hello hello world"),
        Case("return string.gsub('hello world from Lua', '(%w+)%s*(%w+)', '%2 %1')", "world hello Lua from"),
        Case(
            "return string.gsub('$name-$version.tar.gz', '%$(%w+)', {name = 'lua', version = '5.4'})",
            "lua-5.4.tar.gz"
        ),
        Case("return string.gsub('abc', '', '-')", "-a-b-c-"),
        Case("return string.gsub('abc', '%w', function(c) return c == 'b' and c:upper() end)", "aBc"),
        Case("return select(2, string.gsub('banana', 'a', 'A'))", "3"),
        Case(
            "local t = {} for k, v in string.gmatch('from=world, to=Lua', '(%w+)=(%w+)') do t[#t + 1] = k .. v end return table.concat(t, ' ')",
            "fromworld toLua"
        ),
        Case("local n = 0 for w in string.gmatch('one two  three', '%a+') do n = n + 1 end return n", "3"),
        Case("return string.find('THE fox', '%f[%a]%a+', 2)", "5"),
    ])
    func `patterns mean what the manual says`(pattern: Case) throws {
        #expect(try run(pattern.source).description == pattern.expected)
    }

    @Test(arguments: [
        ("[", "missing ']'"), ("[a", "missing ']'"), ("[^", "missing ']'"), ("%", "ends with '%'"),
        ("(", "unfinished capture"),
        ("%b", "missing arguments"), ("%f", "missing '['"), (")", "invalid pattern capture"),
        ("%1", "invalid capture index"),
    ])
    func `a malformed pattern is an error, never a read past its end`(pattern: String, reason: String) {
        let error = #expect(throws: ScriptError.self) { try run("return ('a)]'):match('\(pattern)')") }
        #expect(error?.message.contains(reason) == true)
    }
}
