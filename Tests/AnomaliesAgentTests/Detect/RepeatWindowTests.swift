import Testing

@testable import AnomaliesAgent

@Suite struct RepeatWindowTests {
    /// A window that is inserted into while it is asked.
    private final class Window {
        var value: RepeatWindow

        init(_ value: RepeatWindow = RepeatWindow()) { self.value = value }

        func insert(_ identity: RecordIdentity) -> Bool { value.insert(identity) }
    }

    private func identity(_ package: Int, _ line: Int) -> RecordIdentity {
        RecordIdentity(package: PackageID(value: UInt128(package)), line: line)
    }

    private func bytes(_ window: Window) -> [UInt8] {
        var bytes: [UInt8] = []
        window.value.append(to: &bytes)
        return bytes
    }

    @Test func `a record is new once, whatever lines come between`() {
        let window = Window()
        for line in [1, 64, 63, 1_000, 2, 128] { #expect(window.insert(identity(1, line))) }
        for line in [1, 64, 63, 1_000, 2, 128] { #expect(!window.insert(identity(1, line))) }
        #expect(window.insert(identity(2, 1)))
        #expect(window.insert(identity(1, 3)))
    }

    @Test func `the packages that were heard of first are forgotten first, and the memory stays bounded`() {
        let window = Window()
        for package in 0..<(RepeatWindow.packageLimit * 3) { #expect(window.insert(identity(package, 1))) }
        #expect(bytes(window).count <= 4 + (RepeatWindow.packageLimit + 1) * 28)
        #expect(!window.insert(identity(RepeatWindow.packageLimit * 3 - 1, 1)))
        #expect(!window.insert(identity(RepeatWindow.packageLimit * 2, 1)))
        #expect(window.insert(identity(0, 1)))
    }

    @Test func `large packages count by their size, and the newest is kept whatever it is`() {
        let window = Window()
        let line = RepeatWindow.wordLimit * 64 - 1
        for package in 0..<4 {
            #expect(window.insert(identity(package, line)))
            #expect(!window.insert(identity(package, line)))
        }
        #expect(bytes(window).count <= 4 + 2 * (20 + 8 * RepeatWindow.wordLimit))
        #expect(window.insert(identity(0, 1)))
    }

    @Test func `a line beyond all bounds is always new, and nothing is remembered of it`() {
        let window = Window()
        let before = bytes(window)
        for _ in 0..<2 { #expect(window.insert(identity(1, Int(UInt32.max)))) }
        #expect(bytes(window) == before)
    }

    @Test func `a window comes back as it was, and goes on the same`() throws {
        let window = Window()
        for package in 0..<5_000 { _ = window.insert(identity(package, package % 200)) }
        var reader = ByteReader(bytes(window))
        let read = RepeatWindow(reading: &reader)
        let restored = Window(try #require(read))
        #expect(reader.isAtEnd)
        #expect(restored.value == window.value)
        for package in stride(from: 0, to: 10_000, by: 7) {
            #expect(restored.insert(identity(package, 3)) == window.insert(identity(package, 3)))
        }
        #expect(bytes(restored) == bytes(window))
    }

    @Test func `bytes that are cut are no window, and never a trap`() {
        let window = Window()
        for package in 0..<3 { _ = window.insert(identity(package, 100)) }
        let whole = bytes(window)
        for end in 0..<whole.count {
            var reader = ByteReader(Array(whole[..<end]))
            let window = RepeatWindow(reading: &reader)
            #expect(window == nil)
        }
        var huge = ByteReader([255, 255, 255, 255])
        let none = RepeatWindow(reading: &huge)
        #expect(none == nil)
    }
}
