internal import CForest

/// What `LaneArithmetic` does, by the loops for any processor.
///
/// A processor with wider registers does not come here. What it does instead must equal this to the last bit, for
/// scores to be the same on every machine; tests compare the two.
enum PortableLanes {
    static func outside(_ point: UnsafePointer<Float>, of box: Box, width: Int) -> Float {
        cforest_outside_portable(point, box.lower, box.upper, width)
    }

    static func writeUnion(
        of first: Box,
        _ second: Box,
        to target: UnsafeMutablePointer<Float>,
        width: Int
    ) -> Union {
        let union = cforest_write_union_portable(first.lower, first.upper, second.lower, second.upper, target, width)
        return Union(isChanged: union.is_changed, range: union.range)
    }
}
