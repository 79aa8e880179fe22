import Scripting

/// Reading the declaration, operand by operand, into the order of the stack.
extension DerivedExpression {
    mutating func add(_ declaration: Declaration, _ slots: FieldSlots) throws(ScriptProblem) {
        let kind = declaration.kind
        let arguments = declaration.table.array
        func refuse(_ text: String) -> ScriptProblem { ScriptProblem("\(declaration.place): \(kind): \(text)") }
        let range =
            switch kind {
            case "above", "below", "equals", "difference", "ratio": 2...2
            case "length": 1...1
            case "sum", "product": 2...100
            default: throw refuse("is not a value for a derived field")
            }
        guard range.contains(arguments.count) else {
            let wanted = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw refuse("expected \(wanted) argument\(wanted == "1" ? "" : "s"), got \(arguments.count)")
        }
        description += "\(kind)("
        for (index, argument) in arguments.enumerated() {
            if index > 0 { description += "," }
            if kind == "equals", index == 1 {
                try addConstant(argument, refuse)
            } else {
                try add(argument, takesNumbers: kind != "equals" && kind != "length", slots, refuse)
            }
        }
        description += ")"
        steps.append(Self.step(kind, arguments.count))
    }

    private mutating func add(
        _ argument: LuaValue,
        takesNumbers: Bool,
        _ slots: FieldSlots,
        _ refuse: (String) -> ScriptProblem
    ) throws(ScriptProblem) {
        switch argument {
        case .string(let name):
            guard let path = try? FeaturePath(name) else {
                throw refuse("expected the name of a field, got \"\(name)\"")
            }
            description += name
            steps.append(.field(slot: slots.slot(of: path.names[0]), path: paths.count))
            paths.append(path)
        case _ where takesNumbers && argument.double != nil: try addConstant(argument, refuse)
        default:
            guard takesNumbers, let inner = Declaration(argument) else {
                let numbers = takesNumbers ? ", a number or another declaration" : ""
                throw refuse("expected the name of a field\(numbers), got \(argument.shown)")
            }
            try add(inner, slots)
        }
    }

    private mutating func addConstant(
        _ value: LuaValue,
        _ refuse: (String) -> ScriptProblem
    ) throws(ScriptProblem) {
        description += value.shown
        switch value {
        case .integer(let integer): steps.append(.integer(integer))
        case .number(let number) where number.isFinite: steps.append(.number(number))
        case .boolean(let truth): steps.append(.truth(truth))
        case .string(let text):
            steps.append(.text(texts.count))
            texts.append(Array(text.utf8))
        default: throw refuse("expected a text, a number, true or false, got \(value.shown)")
        }
    }

    private static func step(_ kind: String, _ count: Int) -> Step {
        switch kind {
        case "above": .above
        case "below": .below
        case "equals": .equals
        case "difference": .difference
        case "ratio": .ratio
        case "sum": .sum(count)
        case "product": .product(count)
        default: .length
        }
    }
}
