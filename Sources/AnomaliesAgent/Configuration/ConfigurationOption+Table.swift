/// Every option, once. The defaults are those of ``Configuration``'s properties.
extension ConfigurationOption {
    static let table: [ConfigurationOption] =
        general + feed + aws + kinesis + mail + relay + detection + state + scripts + plugins + log

    private static let general = [
        Self("General", "filename-pattern", \.general.filenamePattern, .filenamePattern)
            .means("Name of a package; {} stands for its time."),
        Self("General", "timestamp-format", \.general.timestampFormat, .timestampFormat)
            .means("How names write the time, in UTC."),
        Self("General", "upload-interval", \.general.uploadInterval, .seconds(0...86_400))
            .means("Time from one package to the next; 0 is as fast as possible."),
        Self("General", "anomalies-frequency", \.general.anomaliesFrequency, .number(0...100, unit: "percent"))
            .means("Share of simulated records that are anomalies."),
        Self("General", "package-size", \.general.packageSize, .integer(1...1_000_000))
            .means("Records in a package."),
        Self("General", "package-format", \.general.packageFormat, .choice)
            .means("One JSON record a line, or one JSON array; both are read."),
        Self("General", "compression-level", \.general.compressionLevel, .integer(1...9))
            .means("Of gzip: 1 is fast, 9 is small."),
    ]

    private static let feed = [
        Self("Feed", "source", \.feed.source, .choice)
            .means("Where records come from; auto simulates, but never into a bucket with objects of others."),
        Self("Feed", "directory", \.feed.directory, .path())
            .means("The files that source: directory reads."),
        Self("Feed", "warm-up", \.feed.warmUp, .flag)
            .means("Give the forest back-dated history on a first start."),
    ]

    private static let aws = [
        Self("AWS", "bucket-name", \.aws.bucketName, .bucketName)
            .means("S3 bucket of the packages; empty is the embedded one, a directory."),
        Self("AWS", "prefix", \.aws.prefix, .keyPrefix)
            .means("What every key begins with, literally: end a folder with a slash."),
        Self("AWS", "start", \.aws.start, .choice)
            .means("First objects to relay: all there are, from now on, or auto: now in a bucket of others."),
        Self("AWS", "look-back", \.aws.lookBack, .seconds(0...604_800))
            .means("How late an object may appear and still be relayed."),
        Self("AWS", "poll-interval", \.aws.pollInterval, .seconds(0.05...3600))
            .means("Time from one listing of the bucket to the next."),
        Self("AWS", "region", \.aws.region, .region)
            .means("AWS region; empty is AWS_REGION, AWS_DEFAULT_REGION or the profile's."),
        Self("AWS", "endpoint-url", \.aws.endpointURL, .endpointURL)
            .means("Another server than Amazon's; empty is AWS_ENDPOINT_URL or the profile's.")
            .showing(.withoutUserInfo),
        Self("AWS", "profile", \.aws.profile, .text("a profile's name", limit: 128))
            .means("Section of ~/.aws/credentials and ~/.aws/config; empty is AWS_PROFILE or default."),
        Self("AWS", "create", \.aws.create, .flag)
            .means("Create the bucket and the stream where they are missing."),
        Self("AWS", "ca-file", \.aws.caFile, .path())
            .means("PEM file of the authorities to trust; empty is AWS_CA_BUNDLE or the system's."),
    ]

    private static let kinesis = [
        Self("Kinesis", "stream-name", \.kinesis.streamName, .streamName)
            .means("Kinesis stream of the records; empty is the embedded one, a log on disk."),
        Self("Kinesis", "shards", \.kinesis.shards, .integer(1...64))
            .means("Shards of the embedded stream, or of one that is created."),
        Self("Kinesis", "start", \.kinesis.start, .choice)
            .means("First records to score: the oldest, new ones, or auto: the oldest unless the stream is of others."),
    ]

    private static let mail = [
        Self("Mail", "host", \.mail.host, .host)
            .means("SMTP server; empty puts mails into the Maildir state/mail.")
            .showing(.withoutUserInfo),
        Self("Mail", "port", \.mail.port, .optionalInteger(1...65_535))
            .means("Its port; empty is 587 with starttls, 465 with tls, 25 with none.")
            .whenEmpty { ("\($0.mail.effectivePort)", "default for security: \($0.mail.security.rawValue)") },
        Self("Mail", "security", \.mail.security, .choice)
            .means("Upgrade to TLS, begin with TLS, or plain text."),
        Self("Mail", "from", \.mail.from, .address)
            .means("Sender of the alerts."),
        Self("Mail", "to", \.mail.to, .addresses)
            .means("Recipients; notify.lua may name others."),
        Self("Mail", "username", \.mail.username, .text("a name", limit: 256))
            .means("Log in with this name; needs password-env or password-file."),
        Self("Mail", "password-env", \.mail.passwordEnvironment, .environmentName)
            .means("Name of the environment variable that holds the password.")
            .showing(.onceAccepted),
        Self("Mail", "password-file", \.mail.passwordFile, .path())
            .means("File whose first line is the password.")
            .showing(.onceAccepted),
        Self("Mail", "ca-file", \.mail.caFile, .path())
            .means("PEM file of the authorities to trust; empty is the system's."),
    ]

    private static let relay = [
        Self("Relay", "max-object-bytes", \.relay.maxObjectBytes, .bytes(1 << 10...4 << 30))
            .means("Largest object that is fetched, compressed."),
        Self("Relay", "max-package-bytes", \.relay.maxPackageBytes, .bytes(1 << 10...4 << 30))
            .means("Largest package after decompression."),
        Self("Relay", "max-ratio", \.relay.maxRatio, .integer(1...2000))
            .means("Largest decompression factor; gzip itself cannot exceed 1,032."),
        Self("Relay", "max-line-bytes", \.relay.maxLineBytes, .bytes(1 << 10...10 << 20))
            .means("Largest record; Kinesis takes 1M unless its stream allows more."),
    ]

    private static let detection = [
        Self("Detection", "batch-size", \.detection.batchSize, .integer(1...10_000))
            .means("Most records scored and committed together."),
        Self("Detection", "snapshot-records", \.detection.snapshotRecords, .integer(100...10_000_000))
            .means("Length of the redo log, in records, at which a snapshot shortens it."),
        Self("Detection", "key-memory", \.detection.keyMemory, .bytes(1 << 20...1 << 40))
            .means("Memory for forests per key, over all shards; what is used least recently waits on disk."),
        Self("Detection", "max-keys", \.detection.maxKeys, .integer(1...10_000_000))
            .means("Most keys with a forest, over all shards; the least recently used is forgotten."),
        Self("Detection", "seed", \.detection.seed, .integer(0 ... .max))
            .means("Chooses the forest's random cuts; the same seed gives the same scores."),
    ]

    private static let state = [
        Self("State", "directory", \.state.directory, .path(required: true))
            .means("Where everything lives that must survive a restart."),
        Self("State", "keep-days", \.state.keepDays, .number(0.01...3650, unit: "days"))
            .means("Age at which finished data is deleted."),
        Self("State", "keep-bytes", \.state.keepBytes, .bytes(1 << 20...1 << 40))
            .means("Size above which the oldest finished data is deleted."),
    ]

    private static let scripts = [
        Self("Scripts", "reload-interval", \.scripts.reloadInterval, .seconds(0.05...60))
            .means("How often scripts are looked at for changes that the system does not tell of."),
        Self("Scripts", "reload-alert-factor", \.scripts.reloadAlertFactor, .number(1...1_000_000, unit: "times"))
            .means("A change that would alert so many times as often waits for `scripts approve`."),
        Self("Scripts", "instructions", \.scripts.instructions, .integer(1000...1_000_000_000))
            .means("Most Lua instructions a call may take."),
        Self("Scripts", "memory-bytes", \.scripts.memoryBytes, .bytes(1 << 20...1 << 30))
            .means("Most memory a script may hold."),
    ]

    private static let plugins = [
        Self("Plugins", "directory", \.pluginFolder.directory, .path(required: true))
            .means("The folder of plugins; one runs where it has a section [plugin NAME].")
    ]

    private static let log = [
        Self("Log", "level", \.log.level, .choice)
            .means("The least important messages that are written."),
        Self("Log", "format", \.log.format, .choice)
            .means("For people, or one JSON object a line."),
    ]

    /// Sections in the table's order.
    static let sections: [String] = table.reduce(into: []) { names, option in
        if names.last != option.section { names.append(option.section) }
    }

    /// The option with this name; upper and lower case are alike, as in `configparser` for keys.
    static func find(_ section: String, _ key: String) -> ConfigurationOption? {
        byName["\(section).\(key)".lowercased()]
    }

    private static let byName = Dictionary(uniqueKeysWithValues: table.map { ($0.name.lowercased(), $0) })
}
