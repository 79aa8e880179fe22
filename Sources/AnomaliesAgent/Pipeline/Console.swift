/// What a person at the terminal sees of the work: a line a package, a line an alert.
protocol Console: Sendable {
    func package(_ package: PlannedPackage, bytes: Int)
    func alert(_ alert: Alert)
    /// - Parameter answer: the server's, or where the file is.
    func mailed(_ alert: Alert, answer: String)
}

/// Lines for people, or JSON lines for programs.
struct LineConsole: Console {
    let asJSON: Bool
    let print: @Sendable (String) -> Void

    func package(_ package: PlannedPackage, bytes: Int) {
        guard asJSON else {
            let kind = package.isHistory ? "history" : "package"
            let injected = package.isHistory ? "" : ", \(package.injected) injected"
            print("\(kind)  \(package.key)  \(package.records) records\(injected), \(bytes) bytes")
            return
        }
        write([
            "event": "package", "key": .string(package.key), "records": .integer(Int64(package.records)),
            "injected": .integer(Int64(package.injected)), "bytes": .integer(Int64(bytes)),
            "history": .boolean(package.isHistory),
        ])
    }

    func alert(_ alert: Alert) {
        guard asJSON else {
            let more = alert.suppressed > 0 ? "  (+\(alert.suppressed) since the last)" : ""
            print(
                "ALERT    \(EventTime.text(alert.time))  \(alert.severity)  score \(MailTemplate.rounded(alert.score))  "
                    + "grade \(MailTemplate.rounded(alert.grade))  \(alert.record.display.prefix(200))\(more)"
            )
            return
        }
        guard var object = alert.json.object else { return }
        object["event"] = "alert"
        write(.object(object))
    }

    func mailed(_ alert: Alert, answer: String) {
        guard asJSON else { return print("mailed   \(alert.id)  \(answer.singleLine)") }
        write(["event": "mailed", "id": .string(alert.id), "answer": .string(answer)])
    }

    private func write(_ value: JSONValue) { print(value.display) }
}

extension JSONValue {
    /// Compact JSON on one line. What JSON cannot express shows as `null`, which no value that was read can be.
    var display: String {
        do { return try text() } catch { return "null" }
    }
}

extension String {
    /// With a full stop, and no second one.
    var asSentence: String { last.map { ".?!".contains($0) } == true ? self : self + "." }

    /// Nothing from outside starts a line of its own.
    var singleLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
    }
}
