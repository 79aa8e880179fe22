import Foundation
import Testing

@testable import AnomaliesAgent

/// What the kernel tells of the ways in which people and programs save.
@Suite struct DiskWatchTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path }

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("one", to: "scripts/detect.lua")
    }

    private func shell(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    /// Everything that is known once the shell is done.
    private func events(_ watch: DiskWatch) -> [DirectoryEvent] {
        var all: [DirectoryEvent] = []
        while true {
            let more = watch.wait(.milliseconds(20))
            if more.isEmpty { return all }
            all += more
        }
    }

    @Test(arguments: [
        "echo two > scripts/detect.lua",
        "echo two > detect.lua && mv detect.lua scripts/",
        "echo two > scripts/.detect.lua.swp && mv scripts/.detect.lua.swp scripts/detect.lua",
        "echo two > new && install new scripts/detect.lua",
        "echo two > new && ln -f new scripts/detect.lua",
        "mkdir scripts/v && echo two > scripts/v/detect.lua && ln -sf v/detect.lua scripts/detect.lua",
        "rm scripts/detect.lua && echo two > scripts/detect.lua",
        "sed -i s/one/two/ scripts/detect.lua",
    ])
    func `a save is told, and the file is whole then`(command: String) throws {
        let watch = try DiskWatch("\(path)/scripts")
        try shell(command)
        var saves = SaveTracker()
        let isWhole1 = saves.note(events(watch))
        #expect(isWhole1)
        #expect(saves.unfinished.isEmpty && !saves.isUnsure)
        #expect(
            try String(contentsOfFile: "\(path)/scripts/detect.lua", encoding: .utf8) == "two\n"
                || command.hasPrefix("sed")
        )
    }

    @Test func `a file that somebody still writes is unfinished until it is closed`() throws {
        let watch = try DiskWatch("\(path)/scripts")
        let file = try #require(fopen("\(path)/scripts/detect.lua", "w"))
        fputs("return {", file)
        fflush(file)
        var saves = SaveTracker()
        let isWhole2 = saves.note(events(watch))
        #expect(!isWhole2)
        #expect(saves.unfinished == ["detect.lua"])
        fputs("}", file)
        fclose(file)
        let isWhole3 = saves.note(events(watch))
        #expect(isWhole3)
        #expect(saves.unfinished.isEmpty)
    }

    @Test func `a turned ConfigMap is told, though its files have no event`() throws {
        try shell(
            """
            mkdir scripts/..one scripts/..two && echo 1 > scripts/..one/detect.lua && echo 2 > scripts/..two/detect.lua
            ln -s ..one scripts/..data && ln -sf ..data/detect.lua scripts/detect.lua
            """
        )
        let watch = try DiskWatch("\(path)/scripts")
        try shell("ln -s ..two scripts/..data_tmp && mv -T scripts/..data_tmp scripts/..data")
        var saves = SaveTracker()
        let isWhole4 = saves.note(events(watch))
        #expect(isWhole4)
    }

    @Test func `a directory that goes and comes back makes everything unsure, and is watched again`() throws {
        let watch = try DiskWatch("\(path)/scripts")
        try shell("mv scripts away")
        var saves = SaveTracker()
        _ = saves.note(events(watch))
        #expect(saves.isUnsure)
        saves.settle()
        try shell("mkdir scripts")
        _ = saves.note(watch.wait(.milliseconds(20)))
        #expect(saves.isUnsure)
        try shell("echo two > scripts/detect.lua")
        let isWhole5 = saves.note(events(watch))
        #expect(isWhole5)
    }

    @Test func `whoever waits can be woken`() throws {
        let watch = try DiskWatch("\(path)/scripts")
        watch.wake()
        watch.wake()
        #expect(watch.wait(.seconds(60)).isEmpty)
    }
}

@Suite struct SaveTrackerTests {
    @Test func `more names than are followed make it unsure instead of growing`() {
        var saves = SaveTracker()
        let isWhole6 = saves.note((0..<1_001).map { .opened("\($0).lua") })
        #expect(!isWhole6)
        #expect(saves.unfinished.count == 1_000)
        #expect(saves.isUnsure)
    }

    @Test func `lost events forget who was writing`() {
        var saves = SaveTracker()
        _ = saves.note([.opened("a"), .unknown])
        #expect(saves.unfinished.isEmpty && saves.isUnsure)
    }
}
