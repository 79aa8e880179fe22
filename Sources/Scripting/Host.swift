internal import CLua

/// What one state calls back. CLua holds it unretained: `LuaState` keeps it alive.
final class Host {
    struct Entry {
        /// As scripts write it: `json.encode`.
        let name: String
        let phase: ScriptPhase
        let body: HostFunction
    }

    let releases = Releases()
    /// Whether a chunk is running for the first time.
    var isLoading = false
    private var entries: [Entry] = []
    private let log: LuaState.Log

    init(log: @escaping LuaState.Log) {
        self.log = log
    }

    func add(_ entry: Entry) -> Int32 {
        entries.append(entry)
        return Int32(entries.count - 1)
    }

    func call(_ index: Int32, _ frame: OpaquePointer) -> Int {
        let entry = entries[Int(index)]
        do throws(ScriptError) {
            guard entry.phase == .always || isLoading else {
                throw .refused("can only be called while the script loads")
            }
            try reply(try entry.body(HostCall(frame: frame, home: releases)), to: frame)
            return CLUA_REPLY
        } catch {
            raise("\(entry.name): \(error.message)", in: frame)
            return CLUA_RAISE
        }
    }

    func print(_ line: String, at location: String) {
        log(location, line)
    }

    private func reply(_ value: LuaValue, to frame: OpaquePointer) throws(ScriptError) {
        switch value {
        case .nil: clua_reply_scalar(frame, clua_scalar(tag: UInt32(CLUA_NIL), count: 0, bits: 0))
        case .boolean(let value):
            clua_reply_scalar(frame, clua_scalar(tag: UInt32(value ? CLUA_TRUE : CLUA_FALSE), count: 0, bits: 0))
        case .integer(let value):
            clua_reply_scalar(frame, clua_scalar(tag: UInt32(CLUA_INTEGER), count: 0, bits: value))
        case .number(let value):
            let bits = Int64(bitPattern: value.bitPattern)
            clua_reply_scalar(frame, clua_scalar(tag: UInt32(CLUA_NUMBER), count: 0, bits: bits))
        default:
            var writer = WireWriter()
            try writer.append(value)
            send(writer.bytes, to: frame)
        }
    }

    private func raise(_ message: String, in frame: OpaquePointer) {
        var writer = WireWriter()
        writer.append(string: message)
        send(writer.bytes, to: frame)
    }

    private func send(_ wire: [UInt8], to frame: OpaquePointer) {
        wire.withUnsafeBytes { clua_reply(frame, clua_bytes(bytes: $0.baseAddress, count: $0.count)) }
    }
}

/// Called by the trampoline in CLua. No Swift frame of ours outlives its return.
@c @implementation
func clua_call_host(_ host: UnsafeMutableRawPointer?, _ frame: OpaquePointer?, _ index: Int32) -> Int32 {
    guard let host, let frame else { preconditionFailure("CLua called a host function without its state") }
    return Int32(Unmanaged<Host>.fromOpaque(host).takeUnretainedValue().call(index, frame))
}

/// Called by `print` in CLua, with at most 1,000 bytes and about 100 times a call.
@c @implementation
func clua_print_host(
    _ host: UnsafeMutableRawPointer?,
    _ location: UnsafePointer<CChar>?,
    _ bytes: UnsafeRawPointer?,
    _ count: Int
) {
    guard let host, let location else { preconditionFailure("CLua printed without its state") }
    let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    Unmanaged<Host>.fromOpaque(host).takeUnretainedValue().print(line, at: String(cString: location))
}
