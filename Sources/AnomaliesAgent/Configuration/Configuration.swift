/// Everything a person can set without editing a script: `anomalies.cfg`, the environment and `--set`, merged and checked.
///
/// A value of this type obeys every range and every rule between options when it comes from ``ConfigurationLoader``.
/// `Configuration()` is the defaults, and the only place that states them. What each option means, and its range, is
/// declared in `ConfigurationOption.table`; times are `Duration`s, sizes are bytes.
public struct Configuration: Sendable, Equatable {
    public var general = General()
    public var feed = Feed()
    public var aws = AWS()
    public var kinesis = Kinesis()
    public var mail = Mail()
    public var relay = Relay()
    public var detection = Detection()
    public var state = State()
    public var scripts = Scripts()
    public var pluginFolder = PluginFolder()
    public var log = Log()

    /// What `[plugin NAME]` sections hold, by NAME and key, unchecked: the plugin's manifest knows what they mean.
    public var plugins: [String: [String: String]] = [:]

    /// Who set what; what is absent has its default. Keyed by `Section.key` as the table spells it.
    var origins: [String: ConfigurationOrigin] = [:]

    public init() {}

    public struct General: Sendable, Equatable {
        public var filenamePattern = FilenamePattern.standard
        public var timestampFormat = TimestampFormat.standard
        public var uploadInterval = Duration.seconds(6)
        /// Percent of all records, 0…100.
        public var anomaliesFrequency = 2.0
        /// Records a package.
        public var packageSize = 20
        public var packageFormat = PackageFormat.lines
        public var compressionLevel = 6
    }

    public enum PackageFormat: String, Sendable, CaseIterable { case lines, array }

    public struct Feed: Sendable, Equatable {
        public var source = FeedSource.auto
        public var directory = ""
        public var warmUp = true
    }

    public enum FeedSource: String, Sendable, CaseIterable { case auto, simulate, stdin, directory, plugin, none }

    /// Empty text means: as the AWS CLI resolves it, or the embedded bucket where `bucketName` is empty.
    public struct AWS: Sendable, Equatable {
        public var bucketName = ""
        public var prefix = ""
        public var start = BucketStart.auto
        public var lookBack = Duration.seconds(3600)
        public var pollInterval = Duration.seconds(1)
        public var region = ""
        public var endpointURL = ""
        public var profile = ""
        public var create = false
        public var caFile = ""
    }

    public enum BucketStart: String, Sendable, CaseIterable { case auto, now, all }

    public struct Kinesis: Sendable, Equatable {
        public var streamName = ""
        public var shards = 1
        public var start = StreamStart.auto
    }

    public enum StreamStart: String, Sendable, CaseIterable {
        case auto, latest
        case trimHorizon = "trim-horizon"
    }

    public struct Mail: Sendable, Equatable {
        public var host = ""
        /// As set; `nil` means the port that is usual for ``security``, see ``effectivePort``.
        public var port: Int?
        public var security = MailSecurity.starttls
        public var from = ""
        public var to: [String] = []
        public var username = ""
        /// Name of the environment variable that holds the password; the password itself is never here.
        public var passwordEnvironment = ""
        public var passwordFile = ""
        public var caFile = ""

        public var effectivePort: Int { port ?? security.usualPort }
    }

    public enum MailSecurity: String, Sendable, CaseIterable {
        case starttls, tls, none

        /// Source: RFC 6409 (587), RFC 8314 (465), RFC 5321 (25).
        public var usualPort: Int {
            switch self {
            case .starttls: 587
            case .tls: 465
            case .none: 25
            }
        }
    }

    /// Limits on what is read from a bucket; all are bytes except `maxRatio` (uncompressed over compressed).
    public struct Relay: Sendable, Equatable {
        public var maxObjectBytes = 64 << 20
        public var maxPackageBytes = 64 << 20
        public var maxRatio = 200
        public var maxLineBytes = 1 << 20
    }

    public struct Detection: Sendable, Equatable {
        /// Records a transaction.
        public var batchSize = 500
        /// Records in the redo log before a snapshot shortens it.
        public var snapshotRecords = 20_000
        /// Bytes of detectors in memory, where each key has one.
        public var keyMemory = 1 << 30
        /// Keys that have a detector, in memory or not.
        public var maxKeys = 20_000
        public var seed = 0
    }

    public struct State: Sendable, Equatable {
        public var directory = "state"
        public var keepDays = 7.0
        public var keepBytes = 1 << 30
    }

    public struct Scripts: Sendable, Equatable {
        public var reloadInterval = Duration.milliseconds(500)
        /// Times the alerts of before, from which on a change waits for approval.
        public var reloadAlertFactor = 10.0
        /// Lua instructions a call.
        public var instructions = 10_000_000
        public var memoryBytes = 8 << 20
    }

    /// `[Plugins]`; what the plugins themselves are told is ``plugins``.
    public struct PluginFolder: Sendable, Equatable {
        public var directory = "plugins"
    }

    public struct Log: Sendable, Equatable {
        public var level = LogLevel.info
        public var format = LogFormat.text
    }

    /// Raw values are those of swift-log's levels.
    public enum LogLevel: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error }

    public enum LogFormat: String, Sendable, CaseIterable { case text, json }
}
