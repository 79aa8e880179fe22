/// How much a finding matters, as rules say it.
enum Severity {
    /// From the least to the greatest.
    static let names = ["info", "warning", "error", "critical"]

    /// Whether people want to hear of it. A word that is none of ours always counts: nobody is left in the dark by it.
    static func isEnough(_ severity: String, least: String?) -> Bool {
        guard let least, let wanted = names.firstIndex(of: least), let given = names.firstIndex(of: severity) else {
            return true
        }
        return given >= wanted
    }
}
