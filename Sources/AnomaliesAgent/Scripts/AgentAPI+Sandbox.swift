/// What a script finds beside the agent's own functions: Lua's libraries, less what reaches out of the sandbox.
///
/// Some builds of Lua add a few old functions to `math`, which scripts that shall run everywhere do without.
extension AgentAPI {
    static let globals = [
        "_G", "_VERSION", "array", "assert", "collectgarbage", "config", "error", "getmetatable", "ipairs", "next",
        "null", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable",
        "tonumber", "tostring", "type", "xpcall",
    ]

    static let libraries: [(name: String, members: [String])] = [
        ("coroutine", ["create", "isyieldable", "resume", "running", "status", "wrap", "yield"]),
        (
            "math",
            [
                "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max",
                "maxinteger", "min", "mininteger", "modf", "pi", "rad", "random", "randomseed", "sin", "sqrt", "tan",
                "tointeger", "type", "ult",
            ]
        ),
        (
            "string",
            [
                "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "pack", "packsize", "rep",
                "reverse", "sub", "unpack", "upper",
            ]
        ),
        // The agent's own, see ``stateFunctions``.
        ("state", ["add", "get", "set"]),
        ("table", ["concat", "insert", "move", "pack", "remove", "sort", "unpack"]),
        ("utf8", ["char", "charpattern", "codepoint", "codes", "len", "offset"]),
    ]

    /// What Lua has elsewhere, and why not here.
    static let absent: [String: String] = [
        "os": "scripts reach no files, processes or clock; the time of a record is a field of it",
        "io": "scripts reach no files; print writes to the log",
        "require": "each script is one file; what two of them need is written in both",
        "package": "each script is one file; what two of them need is written in both",
        "dofile": "each script is one file; what two of them need is written in both",
        "loadfile": "each script is one file; what two of them need is written in both",
        "load": "scripts make no code while they run; write a function",
        "loadstring": "scripts make no code while they run; write a function",
        "debug": "scripts do not look into the interpreter; print writes to the log",
        "warn": "print writes to the log",
    ]

    /// Words of other languages, and Lua's.
    static let foreign: [String: String] = [
        "None": "nil", "undefined": "nil", "NULL": "null", "Null": "null", "True": "true", "False": "false",
        "TRUE": "true", "FALSE": "false", "len": "the # operator: #list", "printf": "print",
    ]

    /// Everything that has a name of its own.
    static var names: [String] { functions.map(\.name) + globals + libraries.map(\.name) }
}
