import Detection
import Scripting

/// Numbers that plugins compute of a record: `features = { "accuracy", "calendar.hour" }`, where `calendar` is a plugin.
///
/// They are put into the record under the plugin's name before anything is read from it, so that paths, `decide` and a
/// warm start find them as they find the record's own; what people are told of is the record as it came.
extension DetectPlugins {
    func adding(to functions: any DetectFunctions) -> any DetectFunctions {
        features.isEmpty ? functions : CompletingFunctions(functions: functions, plugins: self)
    }

    func complete(_ parser: RecordParser) throws {
        guard !features.isEmpty, var record = try parser.value().object else { return }
        let original = JSONValue.object(record)
        for runner in features { record[runner.name] = try Self.numbers(of: original, runner) }
        var bytes: [UInt8] = []
        try JSONValue.object(record).write(to: &bytes)
        try parser.parse(bytes.span)
    }

    /// The record without what plugins put into it.
    func original(_ record: JSONValue) -> JSONValue {
        guard !features.isEmpty, var object = record.object else { return record }
        for runner in features { object[runner.name] = nil }
        return .object(object)
    }

    private static func numbers(of record: JSONValue, _ runner: PluginRunner) throws -> JSONValue {
        do {
            let value = try runner.run([LuaValue(record)])
            guard case .table(let table) = value, table.array.isEmpty else {
                throw runner.wrong("feature returned \(value.shown), expected a table of numbers by name")
            }
            let names = runner.setup.manifest.features
            if let other = table.fields.first(where: { !names.contains($0.key) }) {
                throw runner.wrong("feature returned \(other.key), which is none of \(names.joined(separator: ", "))")
            }
            var numbers = JSONObject()
            for name in names {
                switch table[name] {
                case nil, .nil?, .null?: numbers[name] = .null
                case let value?:
                    guard let number = value.double else {
                        throw runner.wrong("\(name) is \(value.shown), expected a finite number or nil")
                    }
                    numbers[name] = .number(number)
                }
            }
            try runner.settle()
            return .object(numbers)
        } catch let failure as PluginFailure {
            try runner.write(atOnce: false)
            guard failure.cause == .off else { throw failure }
            throw PluginPause(description: "the feature \(runner.name) is switched off; its shards wait. \(failure)")
        }
    }
}

private struct CompletingFunctions: DetectFunctions {
    let functions: any DetectFunctions
    let plugins: DetectPlugins

    func features(of record: JSONValue) throws -> [Double] { try functions.features(of: record) }

    func decide(record: JSONValue, _ judgement: Judgement, _ details: FindingDetails?) throws -> Decision? {
        try functions.decide(record: record, judgement, details)
    }

    var isStopped: Bool { functions.isStopped }
    func remember(_ state: ScriptState) { functions.remember(state) }
    func note(time: Milliseconds) { functions.note(time: time) }
    func bring(_ state: ScriptState, to version: Int) throws -> String? { try functions.bring(state, to: version) }
    var figures: [FunctionFigures] { functions.figures }

    func parse(_ record: Span<UInt8>, with parser: RecordParser) throws {
        try functions.parse(record, with: parser)
        try plugins.complete(parser)
    }

    func features(of parser: RecordParser) throws -> [Double] { try functions.features(of: parser) }
}
