@testable import AnomaliesAgent

/// Loads `text` as though it were `anomalies.cfg`; `nil` is a directory without one.
func load(
    _ text: String?,
    environment: [String: String] = [:],
    overrides: [String] = []
) throws(ConfigurationError) -> Configuration {
    try ConfigurationLoader.load(environment: environment, overrides: overrides) { _ in
        guard let text else { throw ConfigurationFileError.missing }
        return Array(text.utf8)
    }
}

/// The problems' lines, or none when it loads.
func problems(_ text: String?, environment: [String: String] = [:], overrides: [String] = []) -> [String] {
    do {
        _ = try load(text, environment: environment, overrides: overrides)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}
