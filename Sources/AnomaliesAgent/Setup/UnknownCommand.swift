/// What to say of a first argument that is neither a command nor a directory of scripts.
public enum UnknownCommand {
    /// - Returns: `nil` for a command, `help`, and whatever is a directory.
    public static func problem(_ word: String, commands: [String], outside: Outside) throws -> SetupProblem? {
        guard !commands.contains(word), word != "help" else { return nil }
        let info: FileInfo?
        do throws(FileError) {
            info = try outside.files.info(word)
        } catch {
            throw SetupProblem("\(error)")
        }
        if info?.isDirectory == true { return nil }
        guard info == nil else {
            return SetupProblem(
                "\"\(word)\" is a file, not a directory of scripts. Give the directory that it is in, "
                    + "or look at it with `check` (a script), `inspect` (a package) or `score` (measurements)."
            )
        }
        let near = NearestName.of(word, among: commands).map { " Did you mean \($0)?" } ?? ""
        return SetupProblem(
            "\"\(word)\" is neither a command nor a directory of scripts.\(near) "
                + "The commands are \(commands.joined(separator: ", ")); `anomalies-agent --help` tells what each does."
        )
    }
}
