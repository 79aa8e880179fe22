/// What `new` does: a working pipeline in a new directory.
public struct NewCommand: Sendable {
    private let files: any FileSystem

    public init(outside: Outside) { files = outside.files }

    /// Every file of a new pipeline.
    static var texts: [(path: String, text: String)] {
        ShippedScripts.files + LuaStubs.files + [("anomalies.cfg", Configuration.shippedFile())]
    }

    /// - Returns: what to tell: the files, and what to do next.
    /// - Throws: ``SetupProblem`` where there is something already.
    public func make(_ directory: String) throws -> [String] {
        do {
            if let info = try files.info(directory) {
                guard info.isDirectory else {
                    throw SetupProblem("\(directory) is a file. Give the name of a directory that is new or empty.")
                }
                let names = try files.names(in: directory)
                guard let something = names.first(where: { !$0.hasPrefix(".") }) ?? names.first else {
                    return try write(to: directory)
                }
                throw SetupProblem(
                    "\(directory) holds \(something) already, and nothing is written over. Give a directory that is new or empty."
                )
            }
            return try write(to: directory)
        } catch let error as FileError {
            throw SetupProblem("\(error)")
        }
    }

    private func write(to directory: String) throws(FileError) -> [String] {
        for (path, text) in Self.texts {
            let full = "\(directory)/\(path)"
            try files.makeDirectory(String(full[..<(full.lastIndex(of: "/") ?? full.endIndex)]))
            try files.replace(full, with: Array(text.utf8))
        }
        return """
            \(directory) holds a pipeline that works as it is:
              scripts/record.lua     what a record looks like, for the simulator
              scripts/inject.lua     what an anomaly looks like
              scripts/detect.lua     what is scored, and when it matters
              scripts/notify.lua     who hears of it, in what words
              anomalies.cfg          where records come from and mails go to; every option with its default
              scripts/types          for the Lua language server: open \(directory)/scripts in your editor

            Next:
              cd \(directory)
              anomalies-agent test scripts        what scripts/tests promise of the rules
              anomalies-agent check scripts       every problem, with file and line
              anomalies-agent scripts             runs it; the first alert is in state/mail/new within ten seconds
              anomalies-agent api decide          what scripts can use, also api forest, api alert, …

            Leave it running and change scripts/detect.lua: what you save counts at once, and a mistake changes nothing.
            """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
