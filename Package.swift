// swift-tools-version: 6.3
import PackageDescription

/// One strictness level for every Swift target, so that a file reads the same wherever it lives.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "anomalies-agent",
    products: [
        .executable(name: "anomalies-agent", targets: ["anomalies-agent"]),
        .executable(name: "agent-bench", targets: ["agent-bench"]),
        .library(name: "RandomCutForest", targets: ["RandomCutForest"]),
        .library(name: "Detection", targets: ["Detection"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        // C leaves: declarations, macro and variadic wrappers. No policy, and one Swift importer each.
        .target(name: "CLua", linkerSettings: [.linkedLibrary("lua5.4")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        // libm, for `rounded` on a processor that has no instruction for it: nothing else of the forest links it.
        .target(name: "CForest", linkerSettings: [.linkedLibrary("m")]),

        // Libraries that know nothing of each other, nor of records.
        .target(name: "RandomCutForest", dependencies: ["CForest"], swiftSettings: strict),
        .target(name: "Detection", dependencies: ["RandomCutForest"], swiftSettings: strict),
        .target(name: "Scripting", dependencies: ["CLua"], swiftSettings: strict),
        .target(name: "Transport", dependencies: ["CCurl", "CZlib"], swiftSettings: strict),
        .target(name: "AWS", dependencies: ["Transport", "CCrypto"], swiftSettings: strict),

        // The product: records, pipeline, scripts, state, composition.
        .target(
            name: "AnomaliesAgent",
            dependencies: [
                "RandomCutForest", "Detection", "Scripting", "Transport", "AWS", "CJSON",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "anomalies-agent",
            dependencies: [
                "AnomaliesAgent",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Figures, not tests: `swift run -c release agent-bench`.
        .executableTarget(
            name: "agent-bench",
            dependencies: [
                "AnomaliesAgent", "Detection", "RandomCutForest",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Real peers for tests, started from PyPI and apt.
        .target(name: "TestSupport", path: "Tests/TestSupport", exclude: ["Peers"], swiftSettings: strict),
        .testTarget(
            name: "RandomCutForestTests",
            dependencies: ["RandomCutForest", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DetectionTests",
            dependencies: ["Detection", "RandomCutForest"],
            exclude: ["Fixtures"],
            swiftSettings: strict
        ),
        .testTarget(name: "ScriptingTests", dependencies: ["Scripting"], swiftSettings: strict),
        .testTarget(name: "TransportTests", dependencies: ["Transport", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "AWSTests", dependencies: ["AWS", "Transport", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "AnomaliesAgentTests",
            dependencies: [
                "AnomaliesAgent", "Detection", "RandomCutForest", "AWS", "Scripting", "Transport", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        // Runs the program itself, which is why it depends on it.
        .testTarget(name: "CommandTests", dependencies: ["anomalies-agent", "TestSupport"], swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
