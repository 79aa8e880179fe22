import AnomaliesAgent
import ArgumentParser

/// What an error comes to at the end of the process: its text, and the exit code.
struct Failure {
    let text: String
    let code: Int32

    init(_ error: any Error) {
        switch error {
        case let exit as ExitCode: (text, code) = ("", exit.rawValue)
        case is SetupProblem, is ConfigurationError: (text, code) = ("\(error)", 2)
        default: (text, code) = ("\(error)", 1)
        }
    }
}
