/// Who set a value, weakest first.
enum ConfigurationOrigin: Sendable, Equatable {
    case file(name: String, line: Int)
    case environment(name: String)
    /// `option` as typed on the command line, for example `General.package-size`.
    case override(option: String)

    /// The start of a problem's line, in the form that editors and compilers use for files.
    var location: String {
        switch self {
        case .file(let name, let line): "\(name):\(line)"
        case .environment(let name): name
        case .override(let option): "--set \(option)"
        }
    }
}

extension ConfigurationOrigin: CustomStringConvertible {
    /// For the `config` command: where to go to change the value.
    var description: String {
        switch self {
        case .file(let name, let line): "\(name):\(line)"
        case .environment(let name): "environment \(name)"
        case .override: "--set"
        }
    }
}
