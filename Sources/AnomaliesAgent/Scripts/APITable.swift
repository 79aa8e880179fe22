/// A table that scripts write or are given, key by key: of it come the reference, the stubs and the tests of both.
struct APITable: Sendable {
    /// As it is asked for: `detect`, `forest`, `result`.
    var name: String
    /// What it is, as a sentence: "What detect.lua returns."
    var summary: String
    var keys: [APIKey]

    /// Its class in the stubs.
    var className: String { "agent.\(name.prefix(1).uppercased())\(name.dropFirst())" }
}

/// One key of a table.
struct APIKey: Sendable {
    var name: String
    /// In the notation of the Lua language server: `integer`, `string|string[]`, `fun(record: agent.Record): number`.
    var type: String
    /// As Lua has it; `nil` where there is none.
    var standard: String?
    /// The values that will do, where the type alone does not say it: `1…1000`.
    var allowed: String?
    /// Whether the key has to be there, or always is.
    var isRequired: Bool
    var summary: String

    init(
        _ name: String,
        _ type: String,
        default standard: String? = nil,
        allowed: String? = nil,
        isRequired: Bool = false,
        _ summary: String
    ) {
        self.name = name
        self.type = type
        self.standard = standard
        self.allowed = allowed
        self.isRequired = isRequired
        self.summary = summary
    }

    /// `default 100, 1…1000`; empty where there is nothing to say.
    var bounds: String {
        [standard.map { "default \($0)" }, allowed].compactMap { $0 }.joined(separator: ", ")
    }
}

/// What a constructor takes between its braces.
enum APIArgument: Sendable {
    case fields([APIKey])
    /// Numbers and declarations of numbers, and these keys beside them.
    case parts([APIKey])
    /// Something of this type, in the notation of ``APIKey/type``.
    case table(String)

    var keys: [APIKey] {
        switch self {
        case .fields(let keys), .parts(let keys): keys
        case .table: []
        }
    }
}
