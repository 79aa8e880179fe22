/// Mail without a mail server: one file an alert in `new/`, as any mail reader opens it.
///
/// The file is named by the alert, so that sending it again replaces it with itself.
struct Maildir: MailSender {
    let name: String
    private let files: any FileSystem

    init(directory: String, files: any FileSystem) throws(FileError) {
        name = directory
        self.files = files
        for folder in ["new", "cur", "tmp"] { try files.makeDirectory("\(directory)/\(folder)") }
    }

    func send(_ message: [UInt8], identity: String, from: String, to: [String]) async throws -> MailReceipt {
        let path = "\(name)/new/\(identity.percentEncoded).eml"
        try files.replace(path, with: message)
        return MailReceipt(answer: path)
    }
}
