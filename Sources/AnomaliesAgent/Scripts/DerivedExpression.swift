internal import CJSON
import Scripting

/// A declared value, `above(ratio("errors", "requests"), 0.05)`, as steps for a stack: computed without Lua.
///
/// A field that is missing or null makes what is computed from it missing too. Whole numbers stay whole numbers, and
/// exact, where every operand is one and 64 bits hold the outcome; else doubles are computed with.
struct DerivedExpression {
    enum Step {
        case field(slot: Int, path: Int)
        case integer(Int64)
        case number(Double)
        case truth(Bool)
        case text(Int)
        case above, below, equals, difference, ratio, length
        case sum(Int), product(Int)
    }

    enum Value: Sendable, Equatable {
        case missing
        case integer(Int64)
        case number(Double)
        /// What `above` and its kin say; in sums 1 or 0.
        case flag(Bool)
    }

    private enum Operand {
        case value(Value)
        /// A field that is no number, or one beyond the range of a double.
        case other(node: Int, path: Int, type: JSONType)
        case truth(Bool)
        case text(Int)
    }

    /// A field at the top of the record against a number: what most declarations are, without the stack.
    private struct Border {
        var slot: Int
        var isAbove: Bool
        var integer: Int64?
        var number: Double
    }

    /// As one would write it, for what tells one declaration from another.
    var description = ""
    var steps: [Step] = []
    var paths: [FeaturePath] = []
    var texts: [[UInt8]] = []
    private var stack: [Operand] = []
    private var border: Border?

    /// - Parameter slots: gets the fields that are read.
    /// - Throws: for a declaration that is none of these, or its arguments are not.
    init(_ declaration: Declaration, slots: FieldSlots) throws(ScriptProblem) {
        try add(declaration, slots)
        guard steps.count == 3, case .field(let slot, 0) = steps[0], paths[0].names.count == 1 else { return }
        var isAbove = true
        switch steps[2] {
        case .above: break
        case .below: isAbove = false
        default: return
        }
        switch steps[1] {
        case .integer(let value):
            border = Border(slot: slot, isAbove: isAbove, integer: value, number: Double(value))
        case .number(let value): border = Border(slot: slot, isAbove: isAbove, integer: nil, number: value)
        default: return
        }
    }

    // MARK: - Computing

    /// - Parameters:
    ///   - nodes: of the record.
    ///   - slots: found in it.
    /// - Throws: naming the field that is no number. What is computed may be infinite or not a number.
    mutating func value(
        in nodes: UnsafeBufferPointer<cjson_node>,
        _ slots: FieldSlots
    ) throws -> Value {
        if let border, let outcome = Self.outcome(border, nodes, slots) { return outcome }
        while !stack.isEmpty { stack.removeLast() }
        for index in steps.indices {
            let outcome: Value
            switch steps[index] {
            case .field(let slot, let path):
                stack.append(operand(slots.place(slot), path, nodes))
                continue
            case .integer(let value): outcome = .integer(value)
            case .number(let value): outcome = .number(value)
            case .truth(let value):
                stack.append(.truth(value))
                continue
            case .text(let text):
                stack.append(.text(text))
                continue
            case .above:
                let (right, left) = (try pop(), try pop())
                outcome = Self.compare(left, right) {
                    $0 > $1
                } doubles: {
                    $0 > $1
                }
            case .below:
                let (right, left) = (try pop(), try pop())
                outcome = Self.compare(left, right) {
                    $0 < $1
                } doubles: {
                    $0 < $1
                }
            case .equals: outcome = equals(nodes)
            case .difference:
                let (right, left) = (try pop(), try pop())
                outcome = Self.combine(left, right, { $0.subtractingReportingOverflow($1) }, -)
            case .ratio:
                let (right, left) = (try pop(), try pop())
                if let left = Self.double(left), let right = Self.double(right) {
                    outcome = .number(left / right)
                } else {
                    outcome = .missing
                }
            case .sum(let count):
                outcome = try fold(count, { $0.addingReportingOverflow($1) }, +)
            case .product(let count):
                outcome = try fold(count, { $0.multipliedReportingOverflow(by: $1) }, *)
            case .length: outcome = try length(at: index, nodes)
            }
            stack.append(.value(outcome))
        }
        return try pop()
    }

    /// - Returns: `nil` for what is no number, or none that simple.
    private static func outcome(
        _ border: Border,
        _ nodes: UnsafeBufferPointer<cjson_node>,
        _ slots: FieldSlots
    ) -> Value? {
        let place = slots.place(border.slot)
        guard place != FieldSlots.missing else { return .missing }
        switch nodes[place].kind {
        case CJSON_INTEGER:
            let value = nodes[place].integer
            guard let limit = border.integer else {
                return .flag(border.isAbove ? Double(value) > border.number : Double(value) < border.number)
            }
            return .flag(border.isAbove ? value > limit : value < limit)
        case CJSON_REAL:
            return .flag(border.isAbove ? nodes[place].number > border.number : nodes[place].number < border.number)
        default: return nil
        }
    }

    private func operand(_ top: Int, _ path: Int, _ nodes: UnsafeBufferPointer<cjson_node>) -> Operand {
        var place = top
        guard place != FieldSlots.missing else { return .value(.missing) }
        if paths[path].names.count > 1 {
            for name in paths[path].names.dropFirst() {
                guard nodes[place].kind == CJSON_OBJECT,
                    let field = RecordParser.lastField(name, of: place, in: nodes)
                else { return .value(.missing) }
                place = field
            }
        }
        switch nodes[place].kind {
        case CJSON_NULL: return .value(.missing)
        case CJSON_INTEGER: return .value(.integer(nodes[place].integer))
        case CJSON_REAL: return .value(.number(nodes[place].number))
        case CJSON_DIGITS where nodes[place].number.isFinite: return .value(.number(nodes[place].number))
        default: return .other(node: place, path: path, type: nodes[place].type)
        }
    }

    /// The number at the top of the stack.
    private mutating func pop() throws -> Value { try number(stack.removeLast()) }

    private func number(_ operand: Operand) throws -> Value {
        switch operand {
        case .value(let value): return value
        case .other(_, let path, .number): throw RecordError.outOfRange(field: paths[path].description)
        case .other(_, let path, let type):
            throw RecordError.notANumber(field: paths[path].description, type: type)
        case .truth, .text: preconditionFailure("only equals has constants that are no numbers")
        }
    }

    private static func double(_ value: Value) -> Double? {
        switch value {
        case .missing: nil
        case .integer(let value): Double(value)
        case .number(let value): value
        case .flag(let value): value ? 1 : 0
        }
    }

    private static func integer(_ value: Value) -> Int64? {
        switch value {
        case .integer(let value): value
        case .flag(let value): value ? 1 : 0
        default: nil
        }
    }

    private static func compare(
        _ left: Value,
        _ right: Value,
        integers: (Int64, Int64) -> Bool,
        doubles: (Double, Double) -> Bool
    ) -> Value {
        if let left = integer(left), let right = integer(right) { return .flag(integers(left, right)) }
        guard let left = double(left), let right = double(right) else { return .missing }
        return .flag(doubles(left, right))
    }

    private static func combine(
        _ left: Value,
        _ right: Value,
        _ integers: (Int64, Int64) -> (partialValue: Int64, overflow: Bool),
        _ doubles: (Double, Double) -> Double
    ) -> Value {
        if let left = integer(left), let right = integer(right) {
            let (value, overflow) = integers(left, right)
            if !overflow { return .integer(value) }
        }
        guard let left = double(left), let right = double(right) else { return .missing }
        return .number(doubles(left, right))
    }

    private mutating func fold(
        _ count: Int,
        _ integers: (Int64, Int64) -> (partialValue: Int64, overflow: Bool),
        _ doubles: (Double, Double) -> Double
    ) throws -> Value {
        let first = stack.count - count
        defer { stack.removeLast(count) }
        var total = Value.integer(0)
        for index in first..<stack.count {
            let value = try number(stack[index])
            if index > first {
                total = Self.combine(total, value, integers, doubles)
            } else if case .flag(let value) = value {
                total = .integer(value ? 1 : 0)
            } else {
                total = value
            }
        }
        return total
    }

    /// Texts byte by byte, numbers by value; different types are never equal.
    private mutating func equals(_ nodes: UnsafeBufferPointer<cjson_node>) -> Value {
        let (right, left) = (stack.removeLast(), stack.removeLast())
        switch (left, right) {
        case (.value(.missing), _): return .missing
        case (.value(let left), .value(let right)):
            if let left = Self.integer(left), let right = Self.integer(right) { return .flag(left == right) }
            return .flag(Self.double(left) == Self.double(right))
        case (.other(let node, _, _), .truth(let truth)):
            return .flag(nodes[node].kind == (truth ? CJSON_TRUE : CJSON_FALSE))
        case (.other(let node, _, _), .text(let text)):
            return .flag(nodes[node].kind == CJSON_TEXT && nodes[node].textBytes.elementsEqual(texts[text]))
        default: return .flag(false)
        }
    }

    /// Of a text its code points, of an array its items, of an object its fields.
    private mutating func length(
        at step: Int,
        _ nodes: UnsafeBufferPointer<cjson_node>
    ) throws -> Value {
        switch stack.removeLast() {
        case .value(.missing): return .missing
        case .other(let place, _, _) where nodes[place].type != .boolean && nodes[place].type != .number:
            return .integer(Self.length(of: place, nodes))
        default:
            guard case .field(_, let path) = steps[step - 1] else { preconditionFailure("length takes a field") }
            throw ScriptFailure(
                description: "field \"\(paths[path])\" has no length: expected a text, an array or an object"
            )
        }
    }

    private static func length(of place: Int, _ nodes: UnsafeBufferPointer<cjson_node>) -> Int64 {
        if nodes[place].kind == CJSON_TEXT { return Int64(nodes[place].textBytes.count { $0 & 0xC0 != 0x80 }) }
        var count: Int64 = 0
        var item = place + 1
        while item < Int(nodes[place].end) {
            count += 1
            item = Int(nodes[item].end)
        }
        return count
    }
}
