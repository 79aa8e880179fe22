import Detection
import GRDB

/// From findings to alerts: of one key and rule, one alert in a refractory period.
///
/// Decided inside the batch's transaction, from incidents in the state, so that all shards and processes
/// agree, and a restart neither forgets a period nor tells twice. Only event times count.
enum AlertPolicy {
    /// - Returns: the alerts, in the order of their findings; each is in the outbox then.
    static func apply(
        to findings: [Finding],
        refractory: Duration,
        shard: String,
        generation: String,
        now: Milliseconds,
        in database: Database
    ) throws -> [Alert] {
        let period = refractory.milliseconds
        var alerts: [Alert] = []
        var incidents: [String: Incident] = [:]
        for finding in findings {
            var alertID: String?
            var suppressed = finding.suppression
            if suppressed == nil {
                let key = finding.key ?? ""
                let name = "\(key)\u{0}\(finding.decision.rule)"
                var incident =
                    try incidents[name] ?? Incidents.find(key: key, rule: finding.decision.rule, in: database)
                if let known = incident, known.isRefractory(at: finding.time, period: period) {
                    incident?.suppressed = known.suppressed + 1
                    suppressed = .refractory
                } else {
                    let alert = Alert(
                        finding,
                        suppressed: incident?.suppressed ?? 0,
                        shard: shard,
                        generation: generation
                    )
                    try Outbox.add(id: alert.id, alert: alert.json.display, time: now, in: database)
                    alerts.append(alert)
                    alertID = alert.id
                    incident = Incident(
                        key: key,
                        rule: finding.decision.rule,
                        alerted: finding.time,
                        alertedBefore: incident?.alerted
                    )
                }
                incidents[name] = incident
            }
            try Findings.add(
                finding,
                shard: shard,
                alert: alertID,
                suppressed: suppressed,
                now: now,
                in: database
            )
        }
        try Incidents.save(Array(incidents.values), now: now, in: database)
        return alerts
    }
}
