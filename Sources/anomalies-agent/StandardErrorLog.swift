import AnomaliesAgent
import Foundation
import Logging

/// Log lines on standard error: for people, or JSON for a collector.
struct StandardErrorLog: LogHandler {
    let isJSON: Bool
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(isJSON: Bool) { self.isJSON = isJSON }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let text = "\(event.message)"
        let time = Date.now.formatted(.iso8601)
        guard isJSON else {
            // What came from outside must not begin a line of its own; our own lists of problems are indented.
            let lines = text.replacing("\n", with: "\n    ")
            return Terminal.error("\(time) \(event.level.rawValue.uppercased()) \(lines)")
        }
        let row: JSONValue = ["time": .string(time), "level": .string(event.level.rawValue), "message": .string(text)]
        Terminal.error((try? row.text()) ?? text)
    }
}
