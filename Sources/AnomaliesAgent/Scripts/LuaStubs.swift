/// The declaration as tools read it: stubs for the Lua language server, and the settings of luacheck.
struct LuaStubs {
    /// The files by their paths below a directory that holds `scripts/`.
    static var files: [(path: String, text: String)] {
        [
            ("scripts/types/functions.lua", functions), ("scripts/types/tables.lua", tables),
            ("scripts/types/sandbox.lua", sandbox), ("scripts/.luarc.json", languageServer), (".luacheckrc", luacheck),
        ]
    }

    /// All stubs as one text.
    static var all: String { [functions, tables, sandbox].joined(separator: "\n") }

    private static let head = """
        ---@meta
        -- Made by `anomalies-agent api --write DIR` for editors; nothing runs it.

        """

    // MARK: The language server

    private static var functions: String {
        head + """

            ---What a constructor returns; only the agent looks into it.
            ---@class agent.Declaration

            """ + AgentAPI.functions.map(stub).joined()
    }

    private static func stub(_ function: AgentAPI.Function) -> String {
        let name = function.name
        var text = ""
        let signature: (documents: String, parameters: String)
        switch AgentAPI.arguments[name] {
        case .fields(let keys), .parts(let keys):
            let table = APITable(name: name, summary: "What `\(name)` takes.", keys: keys)
            text += "\n" + self.table(table)
            if case .parts = AgentAPI.arguments[name] { text += "---@field [integer] number|agent.Declaration\n" }
            signature = ("---@param fields \(table.className)\n", "fields")
        case .table(let type): signature = ("---@param fields \(type)\n", "fields")
        case nil where function.usage.hasPrefix("\(name)("):
            let names = values(of: function)
            signature = (names.map { "---@param \($0) any\n" }.joined(), names.joined(separator: ", "))
        case nil: signature = ("---@param fields table\n", "fields")
        }
        text += "\n\(comment(function.summary))---`\(function.usage)`\n\(signature.documents)"
        return text + "---@return agent.Declaration\nfunction \(name)(\(signature.parameters)) end\n"
    }

    /// The parameters of `above(field, limit)` and `sum(a, b, …)`.
    private static func values(of function: AgentAPI.Function) -> [String] {
        let list = function.usage.dropFirst(function.name.count + 1).prefix { $0 != ")" }.split(separator: ",")
        let names = list.map { $0.filter { $0 != " " } }.map { $0 == "…" ? "..." : $0 }
        return names.allSatisfy { $0 == "..." || $0.first?.isLetter == true } ? names : ["..."]
    }

    private static var tables: String { head + AgentAPI.tables.map { "\n" + table($0) }.joined() }

    private static func table(_ table: APITable) -> String {
        "\(comment(table.summary))---@class \(table.className)\n"
            + table.keys.map { key in
                let bounds = key.bounds.isEmpty ? "" : " (\(key.bounds))"
                return "---@field \(key.name)\(key.isRequired ? "" : "?") \(key.type) \(key.summary)\(bounds)\n"
            }
            .joined()
    }

    private static func comment(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "---\($0)\n" }.joined()
    }

    private static var sandbox: String {
        head + """

            ---\(AgentAPI.sandboxWords["null"] ?? "")
            ---@class agent.Null
            ---@type agent.Null
            null = nil

            ---\(AgentAPI.sandboxWords["array"] ?? "")
            ---@generic T
            ---@param list T[]
            ---@return T[]
            function array(list) end

            ---\(AgentAPI.sandboxWords["config"] ?? "")
            ---@class agent.Config
            ---@field general table<string, string|number>
            ---@type agent.Config
            config = nil

            ---What a function of detect.lua or notify.lua remembers.
            state = {}

            """ + AgentAPI.stateFunctions.map(stateStub).joined(separator: "\n")
    }

    private static func stateStub(_ function: AgentAPI.Function) -> String {
        let isGet = function.name == "state.get"
        let parameters = isGet ? ["key", "default"] : ["key", function.name == "state.add" ? "n" : "value", "time"]
        let types = ["key": "string", "n": "number", "time": "string|number"]
        let documents = parameters.map { name in
            "---@param \(name)\(name == "key" || name == "n" || name == "value" ? "" : "?") \(types[name] ?? "any")\n"
        }
        return "\(comment(function.summary))\(documents.joined())---@return any\n"
            + "function \(function.name)(\(parameters.joined(separator: ", "))) end\n"
    }

    private static var languageServer: String {
        let off = ["io", "os", "debug", "package", "ffi", "jit", "bit", "bit32"]
        return """
            {
              "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
              "runtime.version": "Lua 5.4",
              "runtime.builtin": {
            \(off.map { "    \"\($0)\": \"disable\"" }.joined(separator: ",\n"))
              },
              "workspace.library": ["types"],
              "workspace.checkThirdParty": false
            }

            """
    }

    // MARK: luacheck

    private static var luacheck: String {
        let own = AgentAPI.functions.map(\.name).sorted()
        let libraries = AgentAPI.libraries.map { library in
            "    \(library.name) = { fields = {\n\(list(library.members, "      "))    } },\n"
        }
        return """
            -- Made by `anomalies-agent api --write DIR`: what scripts find in their sandbox, and nothing else.
            stds.agent = {
              read_globals = {
            \(list(AgentAPI.globals.filter { $0 != "config" }, "    "))\
                config = { fields = { general = { other_fields = true } } },
            \(libraries.joined())\
            \(list(own, "    "))\
              },
            }
            std = "agent"
            -- Arguments that a function is given, whether it needs them or not.
            unused_args = false
            max_line_length = false
            exclude_files = { "**/types/*.lua" }
            files["**/plugin.lua"] = { read_globals = {
              "plugin",
            \(pluginCalls)\
            } }

            """
    }

    /// What plugins may call besides, by table.
    private static var pluginCalls: String {
        var tables: [(name: String, members: [String])] = []
        for call in PluginCalls.functions {
            if let index = tables.firstIndex(where: { $0.name == call.table }) {
                tables[index].members.append(call.name)
            } else {
                tables.append((call.table, [call.name]))
            }
        }
        return tables.map { "  \($0.name) = { fields = {\n\(list($0.members, "    "))  } },\n" }.joined()
    }

    /// Words in quotes, as many a line as fit.
    private static func list(_ words: [String], _ indent: String) -> String {
        var lines: [String] = []
        for word in words.map({ "\"\($0)\"," }) {
            if let last = lines.last, last.count + word.count < 110 {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(indent + word)
            }
        }
        return lines.map { "\($0)\n" }.joined()
    }
}
