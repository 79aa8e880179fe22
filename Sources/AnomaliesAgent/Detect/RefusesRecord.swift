import Detection

/// Errors that concern one record: it goes to quarantine and the batch goes on.
protocol RefusesRecord: Error {
    /// A sentence about the record, without its content.
    var refusal: String { get }
}

extension RecordError: RefusesRecord {
    var refusal: String {
        switch self {
        case .missing, .notANumber, .outOfRange: description
        default: "the record \(self)"
        }
    }
}

extension ScriptFailure: RefusesRecord {
    var refusal: String { description }
}

extension DetectorError: RefusesRecord {
    var refusal: String { "\(self)" }
}
