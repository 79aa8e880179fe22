import Testing

@testable import AnomaliesAgent

@Suite struct LatchTests {
    @Test func `everybody who waits, and whoever comes later, goes on when it is set`() async {
        let latch = Latch()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<100 { group.addTask { await latch.wait() } }
            group.addTask { latch.set() }
            group.addTask { latch.set() }
        }
        #expect(latch.isSet)
        await latch.wait()
    }

    @Test func `a waiter that is cancelled goes on, whichever comes first`() async {
        for _ in 0..<200 {
            let latch = Latch()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await latch.wait() }
                group.addTask { await latch.wait() }
                group.cancelAll()
            }
            #expect(!latch.isSet)
        }
    }

    @Test func `setting and cancelling at once resumes everybody exactly once`() async {
        for _ in 0..<200 {
            let latch = Latch()
            let waiters = (0..<4).map { _ in Task { await latch.wait() } }
            async let set: Void = { latch.set() }()
            for waiter in waiters.prefix(2) { waiter.cancel() }
            await set
            for waiter in waiters { await waiter.value }
        }
    }

    @Test func `one notice is as good as many, and is kept for who waits later`() async {
        let wakeup = Wakeup()
        wakeup.notify()
        wakeup.notify()
        await wakeup.wait()
        // The next one waits: only another notice or a cancellation ends it.
        let waiter = Task { await wakeup.wait() }
        waiter.cancel()
        await waiter.value
        wakeup.notify()
        await wakeup.wait()
    }

    @Test func `a countdown tells when the last has ended`() {
        let countdown = Countdown()
        countdown.add()
        countdown.add()
        countdown.end()
        #expect(!countdown.latch.isSet)
        countdown.end()
        #expect(countdown.latch.isSet)
    }
}
