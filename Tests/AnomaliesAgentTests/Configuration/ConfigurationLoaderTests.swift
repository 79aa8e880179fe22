import Testing

@testable import AnomaliesAgent

@Suite struct ConfigurationLoaderTests {
    /// The file of the pipeline that the agent replaces, byte for byte.
    static let original = """
        [General]
        filename-pattern: data-feed-{}.json.gz      #can be modified
        timestamp-format: %Y-%m-%d-%H_%M_%S
        upload-interval: 6
        anomalies-frequency: 2
        package-size: 20
        [AWS]
        bucket-name: values

        """

    @Test(arguments: [
        original, "\u{FEFF}" + original.replacing("\n", with: "\r\n"), original.replacing(": ", with: "="),
    ])
    func `the file that people already have works unchanged`(text: String) throws {
        let configuration = try load(text)
        #expect(configuration.general.filenamePattern.text == "data-feed-{}.json.gz")
        #expect(configuration.general.timestampFormat.text == "%Y-%m-%d-%H_%M_%S")
        #expect(configuration.general.uploadInterval == .seconds(6))
        #expect(configuration.general.anomaliesFrequency == 2)
        #expect(configuration.general.packageSize == 20)
        #expect(configuration.aws.bucketName == "values")
    }

    @Test func `without a file everything has its default`() throws {
        #expect(try load(nil) == Configuration())
    }

    @Test func `each layer beats the one before it and the origin says who won`() throws {
        let file = "[General]\npackage-size: 1\nupload-interval: 1\ncompression-level: 1\n"
        let configuration = try load(
            file,
            environment: ["ANOMALIES_GENERAL_PACKAGE_SIZE": "2", "ANOMALIES_GENERAL_UPLOAD_INTERVAL": " 2.5 "],
            overrides: ["General.package-size=9", "general.Package-Size=3"]
        )
        #expect(configuration.general.packageSize == 3)
        #expect(configuration.general.uploadInterval == .milliseconds(2500))
        #expect(configuration.general.compressionLevel == 1)
        let origins = Dictionary(uniqueKeysWithValues: configuration.rows().map { ($0.key + $0.section, $0.origin) })
        #expect(origins["package-sizeGeneral"] == "--set")
        #expect(origins["upload-intervalGeneral"] == "environment ANOMALIES_GENERAL_UPLOAD_INTERVAL")
        #expect(origins["compression-levelGeneral"] == "anomalies.cfg:4")
        #expect(origins["package-formatGeneral"] == "default")
    }

    @Test func `all problems of all layers come at once, each with its place`() {
        let found = problems(
            "stray: 1\n[General]\npackage-size: 5OO\n[AWS]\nregoin = us-east-1\n[Log]\nlevel: loud\n",
            environment: ["ANOMALIES_GENERAL_PACKAGE_SIZE": "0", "ANOMALIES_AWS_BUKET_NAME": "x"],
            overrides: ["General.package-size=-1", "nonsense"]
        )
        let starts = [
            "anomalies.cfg:1: \"stray\" stands before any section. Put a section line such as [General] above it.",
            "anomalies.cfg:3: package-size \"5OO\" is not a whole number. Allowed: a whole number from 1 to 1,000,000. "
                + "The default is 20.",
            "anomalies.cfg:5: [AWS] has no option \"regoin\". Did you mean \"region\"?",
            "anomalies.cfg:7: level \"loud\" is not one of the choices. Allowed: one of trace, debug, info, ",
            "ANOMALIES_GENERAL_PACKAGE_SIZE: package-size \"0\" is out of range. Allowed: a whole number from 1 to ",
            "--set General.package-size: package-size \"-1\" is out of range. Allowed: a whole number from 1 to ",
            "--set: this is not Section.key=value. Write, for example, --set General.package-size=100.",
            "ANOMALIES_AWS_BUKET_NAME: no option has this variable. Did you mean ANOMALIES_AWS_BUCKET_NAME?",
        ]
        #expect(found.count == starts.count)
        #expect(zip(found, starts).allSatisfy { $0.hasPrefix($1) }, "\(found)")
    }

    @Test(arguments: [
        ("[AWS]\nregion=a\n[aws]\nregion=b", "anomalies.cfg:4: \"region\" is already set in line 2"),
        ("[AWS]\nREGION=a\nregion=a", "anomalies.cfg:3: \"region\" is already set in line 2"),
        ("[plugin chat]\nx=a\nX: b", "anomalies.cfg:3: \"x\" is already set in line 2"),
        ("[Genral]\npackage-size: 1", "anomalies.cfg:1: there is no section [Genral]. Did you mean [General]?"),
        ("[Weather]\nrain: 1", "anomalies.cfg:1: there is no section [Weather]. There are General, Feed, AWS"),
        ("[plugin ../x]\na: 1", "anomalies.cfg:1: [plugin ../x] names no plugin. Write [plugin NAME]"),
        ("[plugin]\na: 1", "anomalies.cfg:1: [plugin] names no plugin. Write [plugin NAME]"),
        ("[General] x\npackage-size: 0", "anomalies.cfg:1: this is no section line."),
        ("[General\npackage-size: 0", "anomalies.cfg:1: this is no section line."),
        ("[]", "anomalies.cfg:1: this is no section line."),
        ("[General]\npackage-size 20", "anomalies.cfg:2: the line is neither [Section] nor key: value."),
        ("[General]\n: 20", "anomalies.cfg:2: the key is missing."),
        ("[General]\npackage-size:", "anomalies.cfg:2: package-size \"\" is not a whole number."),
        ("[AWS]\nstream-name: x", "anomalies.cfg:2: [AWS] has no option \"stream-name\". It belongs under [Kinesis]."),
        (
            "[General]\npackage_size: 1",
            "anomalies.cfg:2: [General] has no option \"package_size\". Did you mean \"package-size\"?"
        ),
        ("[Log]\nzebra: 1", "anomalies.cfg:2: [Log] has no option \"zebra\". It has level, format."),
        ("[Log]\nlevel: wraning", "anomalies.cfg:2: level \"wraning\" is not one of the choices."),
        ("[AWS]\nprofile: a\u{7}b", "anomalies.cfg:2: the line holds the control character U+7."),
    ])
    func `a mistake is reported once, where it is, with what to do`(text: String, problem: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(problem) == true, "\(found)")
    }

    @Test func `keys under a misspelt section are checked as though it were spelt right`() {
        #expect(problems("[Genral]\npackage-size: 0\npackage-sise: 1").count == 3)
    }

    @Test(arguments: [
        "[Mail]\npassword: hunter2", "[Mail]\npass-word = hunter2", "[AWS]\naws_secret_access_key: hunter2",
    ])
    func `a secret in the file is refused with the place where it belongs, and not repeated`(text: String) {
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.contains("never written here") == true)
        #expect(found.first?.contains("hunter2") == false)
    }

    @Test func `a refused value that may hold a password is not repeated`() {
        let found = problems(
            "[AWS]\nendpoint-url: ftp://me:hunter2@host\n[Mail]\npassword-env: hunter2!\nhost: a:hunter2@b"
        )
        #expect(found.count == 3)
        #expect(!found.joined().contains("hunter2"))
        #expect(!problems(nil, overrides: ["hunter2"]).joined().contains("hunter2"))
    }

    @Test func `variables that are no options are named with the nearest one, except those that have another use`()
        throws
    {
        let file = "[Mail]\nusername: u\npassword-env: ANOMALIES_MAIL_PASSWORD\n[plugin chat]\nurl-env: ANOMALIES_CHAT"
        let environment = ["ANOMALIES_PEERS": "x", "ANOMALIES_MAIL_PASSWORD": "x", "ANOMALIES_CHAT": "x", "PATH": "x"]
        _ = try load(file, environment: environment)
        let found = problems(nil, environment: environment)
        #expect(found.count == 2)
        #expect(found.contains { $0.contains("Set [Mail] password-env to ANOMALIES_MAIL_PASSWORD.") })
    }

    @Test func `sections of plugins are kept as they are, and the environment reaches their keys`() throws {
        let configuration = try load(
            "[plugin chat]\nRoom-Name: #x\nurl: http://h/%s ; no\n[plugin chat-room]\n",
            environment: ["ANOMALIES_PLUGIN_CHAT_ROOM_NAME": "ops", "ANOMALIES_PLUGIN_CHAT_ROOM_RATE_LIMIT": "1"],
            overrides: ["plugin chat.url=http://b/?a=b.c"]
        )
        // The longer plugin name takes both variables: a name cannot be told from a key any better.
        #expect(
            configuration.plugins == [
                "chat": ["room-name": "", "url": "http://b/?a=b.c"],
                "chat-room": ["name": "ops", "rate-limit": "1"],
            ]
        )
    }

    @Test(arguments: [
        (ConfigurationFileError.missing, "there is no such file"), (.isDirectory, "it is a directory"),
        (.tooLarge, "larger than 1 MiB"), (.unreadable(reason: "Permission denied"), "Permission denied"),
    ])
    func `a named file that cannot be read is an error`(failure: ConfigurationFileError, reason: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.load(file: "/etc/my.cfg") { _ in throw failure }
        }
        #expect(error?.description.hasPrefix("/etc/my.cfg: reading the configuration failed: ") == true)
        #expect(error?.description.contains(reason) == true)
    }

    @Test func `problems in another file carry its name`() {
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationLoader.load(file: "/etc/my.cfg") { _ in Array("x: 1".utf8) }
        }
        #expect(error?.problems.first?.location == "/etc/my.cfg:1")
    }

    struct NoText: CustomTestStringConvertible {
        let bytes: [UInt8], problem: String
        var testDescription: String { problem }
    }

    @Test(arguments: [
        NoText(
            bytes: [UInt8]("[AWS]\nregion: ".utf8) + [0xFF, 0x0A],
            problem: "anomalies.cfg:2: the line is not valid UTF-8"
        ),
        NoText(bytes: [0xFF, 0xFE, 0x5B, 0x00], problem: "anomalies.cfg:1: the file is UTF-16 text"),
        NoText(
            bytes: [UInt8](repeating: 0x23, count: 1 << 20 + 1),
            problem: "anomalies.cfg: reading the configuration failed"
        ),
    ])
    func `bytes that are no text are refused with their line`(file: NoText) {
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationLoader.load { _ in file.bytes } }
        #expect(error?.description.hasPrefix(file.problem) == true)
    }

    @Test func `a file of nothing but mistakes is reported in bounded time and length`() {
        let text = (0..<60_000).map { "k\($0): \n" }.joined()
        let error = #expect(throws: ConfigurationError.self) { try load("[General]\n" + text) }
        #expect(error?.problems.count == 100)
        #expect(error?.omitted == 59_900)
        #expect(error?.description.hasSuffix("… and 59900 more problems") == true)
    }

    @Test func `the real file system gives content, or the reason why not`() throws {
        #expect(throws: ConfigurationFileError.missing) { try ConfigurationFile.read("/nonexistent/anomalies.cfg") }
        #expect(throws: ConfigurationFileError.isDirectory) { try ConfigurationFile.read("/") }
        #expect(throws: ConfigurationFileError.tooLarge) { try ConfigurationFile.read("/dev/zero") }
        #expect(try ConfigurationFile.read("/dev/null").isEmpty)
        #expect(try ConfigurationFile.read(#filePath).count > 1000)
    }
}
