/// What stands for a value that a record does not have, given as NaN. What is filled in is judged and
/// learned like any other value.
public enum MissingValues: String, Sendable, Equatable, CaseIterable {
    /// The record is refused.
    case refuse
    case zero
    /// The value before, as last observed.
    case previous
    /// One step on along the line through the last two observed values.
    case linear
    /// What the forest expects beside the record's other values and the rest of the shingle; the value before
    /// until the forest is warm.
    case forest
}
