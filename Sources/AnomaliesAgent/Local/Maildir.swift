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
        let file = "\(identity.percentEncoded).eml"
        let path = "\(name)/new/\(file)"
        // Whatever lies in `new/` is a mail to every reader, so what a crash leaves half-written must lie elsewhere.
        try files.replace("\(name)/tmp/\(file)", with: message)
        try files.rename("\(name)/tmp/\(file)", to: path)
        return MailReceipt(answer: path)
    }
}
