/// What libFuzzer calls with bytes of its choice, in the same module as the forest.
///
/// A broken promise ends the process, whereupon libFuzzer keeps the bytes.
@c(LLVMFuzzerTestOneInput)
public func fuzzForest(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    do {
        try ForestOperations.run(bytes)
    } catch {
        fatalError("\(error)")
    }
    return 0
}
