import Detection

/// What people hear of an incident. Stored as JSON in the outbox; what notify.lua and templates see.
struct Alert: Sendable, Equatable {
    /// From the record's identity and the rule: the same alert has the same id, however often it is decided.
    var id: String
    var time: Milliseconds
    var record: JSONValue
    var score: Double
    var grade: Double
    var severity: String
    var rule: String
    var key: String?
    var message: String?
    /// Findings of the same key and rule since the alert before that nobody was told of.
    var suppressed: Int
    var shard: String
    var sequenceNumber: String
    var identity: RecordIdentity?
    /// Which scripts decided.
    var generation: String
    /// The line of them that did: `scripts/detect.lua:42`.
    var script: String
    /// `nil` where no record was judged, as for silence.
    var details: FindingDetails?

    var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id),
            "time": .integer(time),
            "record": record,
            "score": .number(score),
            "grade": .number(grade),
            "severity": .string(severity),
            "rule": .string(rule),
            "suppressed": .integer(Int64(suppressed)),
            "shard": .string(shard),
            "sequence_number": .string(sequenceNumber),
            "generation": .string(generation),
            "script": .string(script),
        ]
        object["key"] = key.map(JSONValue.string)
        object["message"] = message.map(JSONValue.string)
        if let identity {
            object["package"] = .string("\(identity.package)")
            object["line"] = .integer(Int64(identity.line))
        }
        for (name, value) in details?.fields ?? [] { object[name] = value }
        return .object(object)
    }

    /// `nil` when it is not what ``json`` writes.
    init?(json: JSONValue) {
        guard let id = json["id"]?.string, let time = json["time"]?.integer, let record = json["record"],
            let score = json["score"]?.double, let grade = json["grade"]?.double,
            let severity = json["severity"]?.string, let rule = json["rule"]?.string,
            let suppressed = json["suppressed"]?.integer, let shard = json["shard"]?.string,
            let sequenceNumber = json["sequence_number"]?.string, let generation = json["generation"]?.string
        else { return nil }
        self.id = id
        self.time = time
        self.record = record
        self.score = score
        self.grade = grade
        self.severity = severity
        self.rule = rule
        self.key = json["key"]?.string
        self.message = json["message"]?.string
        self.suppressed = Int(suppressed)
        self.shard = shard
        self.sequenceNumber = sequenceNumber
        self.generation = generation
        script = json["script"]?.string ?? ""
        details = FindingDetails(json: json)
        if let package = json["package"]?.string.flatMap({ PackageID(hexadecimal: Array($0.utf8)[...]) }),
            let line = json["line"]?.integer.flatMap({ Int(exactly: $0) })
        {
            identity = RecordIdentity(package: package, line: line)
        }
    }

    init(_ finding: Finding, suppressed: Int, shard: String, generation: String) {
        let origin = finding.identity.map { "\($0.package)-\($0.line)" } ?? "\(shard)-\(finding.sequenceNumber)"
        id = Digests.short("\(origin)|\(finding.decision.rule)")
        time = finding.time
        record = finding.record
        score = finding.score
        grade = finding.grade
        severity = finding.decision.severity
        rule = finding.decision.rule
        key = finding.key
        message = finding.decision.message
        self.suppressed = suppressed
        self.shard = shard
        sequenceNumber = finding.sequenceNumber
        identity = finding.identity
        self.generation = generation
        script = finding.decision.place ?? ""
        details = finding.details
    }
}

/// A record above the border, or something that did not come.
struct Finding: Sendable {
    var sequenceNumber: String
    var identity: RecordIdentity?
    var time: Milliseconds
    var record: JSONValue
    var score: Double
    var grade: Double
    var key: String?
    var decision: Decision
    /// Why nobody is told of it, as far as it is known before the refractory period; `nil` where it stands.
    var suppression: Suppression?
    var details: FindingDetails?

    /// Whether it is an anomaly, told of or not.
    var isAnomaly: Bool { suppression?.isAcquittal != true }
}
