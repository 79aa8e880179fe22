import CCurl
import Glibc
import Synchronization

/// The thread's side of `HTTPClient`: one libcurl multi handle, which no other thread touches but to wake it.
struct HTTPLoop: ~Copyable {
    let queue: HTTPTransfer.Queue
    let alarm: Alarm
    let caFile: String?
    let maximumConcurrent: Int

    private var active: [UnsafeMutableRawPointer: HTTPTransfer] = [:]

    init(queue: HTTPTransfer.Queue, alarm: Alarm, caFile: String?, maximumConcurrent: Int) {
        self.queue = queue
        self.alarm = alarm
        self.caFile = caFile
        self.maximumConcurrent = maximumConcurrent
    }

    /// Returns when the queue has been closed, with every transfer answered and every connection closed.
    mutating func run() {
        blockSIGPIPE()
        defer { queue.end() }
        guard let multi = curl_multi_init() else { return queue.close() }
        // As many idle connections are kept as can ever be of use; libcurl closes them after 118 s.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maximumConcurrent)
        alarm.arm(multi)

        while true {
            let work = queue.collect(room: maximumConcurrent - active.count)
            if work.isClosed { break }
            for number in work.cancelled { drop(number, from: multi) }
            for ticket in work.tickets { start(ticket, on: multi) }

            var running: CInt = 0
            let status = curl_multi_perform(multi, &running)
            if status != CURLM_OK { dropAll(from: multi, reason: .other(code: Int(status.rawValue))) }
            harvest(from: multi)
            // What has ended since the tickets were collected made room, and nobody will ring again for those that wait.
            if work.hasMore, active.count < maximumConcurrent { continue }
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }

        dropAll(from: multi, reason: .shutDown)
        alarm.disarm()
        curl_multi_cleanup(multi)
    }

    private mutating func start(_ ticket: HTTPTransfer.Queue.Ticket, on multi: UnsafeMutableRawPointer) {
        do throws(HTTPError) {
            let transfer = try HTTPTransfer(ticket, caFile: caFile)
            let status = curl_multi_add_handle(multi, transfer.easy.pointer)
            guard status == CURLM_OK else { throw HTTPError(.other(code: Int(status.rawValue)), to: ticket.request) }
            active[transfer.easy.pointer] = transfer
        } catch {
            queue.answer(ticket, .failure(error))
        }
    }

    private mutating func harvest(from multi: UnsafeMutableRawPointer) {
        var left: CInt = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // Before the handle is removed: that invalidates the message.
            let code = message.pointee.data.result
            curl_multi_remove_handle(multi, easy)
            guard let transfer = active.removeValue(forKey: easy) else { continue }
            queue.answer(transfer.ticket, transfer.result(code))
        }
    }

    private mutating func drop(_ number: UInt64, from multi: UnsafeMutableRawPointer) {
        guard let transfer = active.values.first(where: { $0.ticket.number == number }) else { return }
        drop(transfer, from: multi, reason: .cancelled)
    }

    private mutating func dropAll(from multi: UnsafeMutableRawPointer, reason: HTTPError.Reason) {
        for transfer in active.values { drop(transfer, from: multi, reason: reason) }
    }

    private mutating func drop(
        _ transfer: HTTPTransfer,
        from multi: UnsafeMutableRawPointer,
        reason: HTTPError.Reason
    ) {
        curl_multi_remove_handle(multi, transfer.easy.pointer)
        active[transfer.easy.pointer] = nil
        queue.answer(transfer.ticket, .failure(HTTPError(reason, to: transfer.ticket.request)))
    }
}

extension HTTPLoop {
    /// Wakes the loop from any thread.
    ///
    /// The handle is kept as an address, because a pointer may not cross threads and this one does for exactly one
    /// call: `curl_multi_wakeup`, the only one of its family that libcurl allows from elsewhere. The lock makes
    /// sure that none is under way when the handle is freed.
    final class Alarm: Sendable {
        private let address = Mutex<UInt?>(nil)

        func arm(_ multi: UnsafeMutableRawPointer) {
            let address = UInt(bitPattern: multi)
            self.address.withLock { $0 = address }
        }

        func disarm() {
            address.withLock { $0 = nil }
        }

        /// Before `arm` this does nothing, and need not: the loop looks at the queue before it first waits.
        func ring() {
            address.withLock { address in
                guard let address, let multi = UnsafeMutableRawPointer(bitPattern: address) else { return }
                curl_multi_wakeup(multi)
            }
        }
    }
}

/// A peer that has gone turns a write into SIGPIPE, which would end the process. Blocked on this thread only:
/// what the process does with the signal elsewhere is not a library's to decide.
func blockSIGPIPE() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}
