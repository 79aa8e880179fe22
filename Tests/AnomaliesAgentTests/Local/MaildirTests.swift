import Testing

@testable import AnomaliesAgent

@Suite struct MaildirTests {
    @Test func `a mail is one file in new, however often it is sent`() async throws {
        let directory = try TemporaryDirectory()
        let mail = try Maildir(directory: directory.path + "/mail", files: DiskFileSystem())
        for text in ["once", "twice"] {
            let receipt = try await mail.send(
                Array(text.utf8),
                identity: "../a",
                from: "a@b.example",
                to: ["c@d.example"]
            )
            #expect(receipt.deferred.isEmpty && receipt.refused.isEmpty)
            #expect(receipt.answer.hasSuffix(".eml"))
        }
        let names = try directory.names("mail/new")
        #expect(names.count == 1)
        #expect(try directory.read("mail/new/\(names[0])") == Array("twice".utf8))
        #expect(try directory.names("mail") == ["cur", "new", "tmp"])
    }
}
