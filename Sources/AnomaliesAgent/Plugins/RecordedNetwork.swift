import AWS
import Synchronization
import Transport

/// A network of written answers: what a plugin asks is held beside what an example says it asks.
final class RecordedNetwork: PluginNetwork {
    private struct State {
        var calls: ArraySlice<JSONValue>
        var problems: [String] = []
        var count = 0
    }

    private let state: Mutex<State>

    init(_ calls: [JSONValue]) { state = Mutex(State(calls: calls[...])) }

    /// What was not asked as it should be; asked for when the run is over.
    func problems() -> [String] {
        state.withLock { state in
            let left = state.calls.isEmpty ? [] : ["\(state.calls.count) more call(s) were expected"]
            return state.problems + left
        }
    }

    func send(_ request: HTTPRequest) throws(PluginCallFailure) -> HTTPResponse {
        let answer = try next("http") { expected, problem in
            func check(_ name: String, _ got: String) {
                guard let wanted = expected[name]?.string, wanted != got else { return }
                problem("\(name): expected \(wanted), got \(got)")
            }
            check("method", request.method.rawValue)
            check("url", request.url)
            check("body", String(decoding: request.body, as: UTF8.self))
            for field in expected["headers"]?.object?.fields ?? [] {
                let got = request.headers.first { $0.name.lowercased() == field.name.lowercased() }?.value
                if got != field.value.string {
                    problem("header \(field.name): expected \(field.value.display), got \(got ?? "none")")
                }
            }
            if let wanted = expected["json"] {
                let got = (try? JSONValue(parsing: request.body)) ?? .null
                if !got.means(wanted) { problem("json: expected \(wanted.display), got \(got.display)") }
            }
        }
        let headers = answer["headers"]?.object?.fields.map { ($0.name, $0.value.string ?? $0.value.display) } ?? []
        let body = answer["json"]?.display ?? answer["body"]?.string ?? ""
        return HTTPResponse(status: Int(answer["status"]?.integer ?? 200), headers: headers, body: Array(body.utf8))
    }

    func perform(_ action: AWSAction) throws(PluginCallFailure) -> [UInt8] {
        let answer = try next("aws") { expected, problem in
            var got: JSONObject = ["service": .string(action.service), "action": .string(action.name)]
            got["region"] = action.region.map(JSONValue.string)
            switch action.form {
            case .query(let version, let parameters):
                got["version"] = .string(version)
                got["parameters"] = .object(JSONObject(parameters.map { ($0.name, .string($0.value)) }))
            case .json(let target, let body, let version):
                got["target"] = .string(target)
                got["json_version"] = .string(version)
                got["body"] = (try? JSONValue(parsing: body)) ?? .null
            }
            for field in expected.object?.fields ?? [] where !(got[field.name] ?? .null).means(field.value) {
                problem("\(field.name): expected \(field.value.display), got \((got[field.name] ?? .null).display)")
            }
        }
        return Array((answer["json"]?.display ?? answer["body"]?.string ?? "").utf8)
    }

    private func next(
        _ kind: String,
        _ compare: (JSONValue, (String) -> Void) -> Void
    ) throws(PluginCallFailure) -> JSONValue {
        let (call, number) = state.withLock { state in
            state.count += 1
            return (state.calls.popFirst(), state.count)
        }
        guard let call, let expected = call[kind] else {
            state.withLock { $0.problems.append("call \(number), \(kind): none of it was expected") }
            throw PluginCallFailure(description: "no such call was expected", isRetryable: false)
        }
        var found: [String] = []
        compare(expected) { found.append("call \(number), \($0)") }
        state.withLock { $0.problems += found }
        if let failure = call["failure"]?.string { throw PluginCallFailure(description: failure, isRetryable: true) }
        return call["answer"] ?? .object(JSONObject())
    }
}

extension JSONValue {
    /// Equal but for the order of fields and for how a number is written, to within 10⁻⁹ of it.
    func means(_ other: JSONValue) -> Bool {
        if let one = double, let two = other.double { return abs(one - two) <= 1e-9 * max(1, abs(one), abs(two)) }
        switch (self, other) {
        case (.array(let one), .array(let two)):
            return one.count == two.count && zip(one, two).allSatisfy { $0.means($1) }
        case (.object(let one), .object(let two)):
            return one.count == two.count
                && one.fields.allSatisfy { field in two[field.name].map { field.value.means($0) } ?? false }
        default: return self == other
        }
    }
}
