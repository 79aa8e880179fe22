import Foundation

/// The names in a mail template, compared with what an alert has: one that it does not have leaves an empty place in the
/// mail, and nobody hears of it.
enum TemplateTags {
    /// What is wrong with the names outside of sections; inside of one they may be those of what the section is about.
    static func problems(_ template: String) -> [String] {
        // The template gives its tags another form.
        guard !template.contains("{{=") else { return [] }
        let names = AgentAPI.alert.keys.map(\.name)
        var problems: [String] = []
        var depth = 0
        var rest = template[...]
        while let start = rest.range(of: "{{"), let end = rest[start.upperBound...].range(of: "}}") {
            let tag = rest[start.upperBound..<end.lowerBound].filter { !"{} \t\n".contains($0) }
            rest = rest[end.upperBound...]
            let sign = tag.first ?? "!"
            if sign == "/" { depth -= 1 }
            if depth == 0, !"/!>%$<".contains(sign) {
                let path = "#^&".contains(sign) ? tag.dropFirst() : tag[...]
                let name = path.split(separator: ".").first.map(String.init) ?? ""
                if !name.isEmpty, !path.contains("("), !names.contains(name) {
                    let near = NearestName.of(name, among: names).map { "Did you mean {{\($0)}}?" }
                    let advice = near ?? "A field of the record is written {{record.\(path)}}"
                    problems.append("an alert has no {{\(path)}}. \(advice)")
                }
            }
            if "#^".contains(sign) { depth += 1 }
        }
        return problems
    }
}
