internal import CLua

/// Ends a call into a script from another thread.
///
/// A watchdog reads `current`, waits, and interrupts that number: a later call
/// is never hit by mistake.
public final class ScriptWatch: @unchecked Sendable {
    // Proof: the pointer never changes, what it points to is three C11 atomics,
    // and it is freed when nobody can reach it any more. The state holds this
    // object for as long as Lua may look at the flag.
    let handle: OpaquePointer

    init() {
        guard let handle = clua_watch_create() else { preconditionFailure("out of memory") }
        self.handle = handle
    }

    deinit { clua_watch_destroy(handle) }

    /// The number of the call that runs now, `nil` between calls.
    public var current: UInt64? {
        let number = clua_watch_current(handle)
        return number == 0 ? nil : number
    }

    /// Ends call `number` within about 0.1 s, if it still runs, with `.limit(.time, …)`.
    public func interrupt(_ number: UInt64) {
        clua_watch_interrupt(handle, number)
    }
}
