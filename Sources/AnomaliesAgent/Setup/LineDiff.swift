/// Two texts compared line by line, as `diff -u` shows it.
struct LineDiff {
    /// Unchanged lines around a change.
    private static let context = 3

    private enum Line {
        case same(String), removed(String), added(String)
    }

    /// With `@@ -1,3 +1,4 @@` before each stretch; none where the texts are the same.
    let lines: [String]

    init(from old: [UInt8], to new: [UInt8]) {
        let all = Self.merged(Self.split(old), Self.split(new))
        var shown = [Bool](repeating: false, count: all.count)
        for (index, line) in all.enumerated() {
            if case .same = line { continue }
            for near in max(0, index - Self.context)...min(all.count - 1, index + Self.context) { shown[near] = true }
        }
        var lines: [String] = []
        var (oldLine, newLine) = (1, 1)
        for (index, line) in all.enumerated() {
            if shown[index], index == 0 || !shown[index - 1] {
                let stretch = all[index...].enumerated().prefix { shown[index + $0.offset] }.map(\.element)
                let removed = stretch.count { if case .added = $0 { false } else { true } }
                let added = stretch.count { if case .removed = $0 { false } else { true } }
                lines.append("@@ -\(oldLine),\(removed) +\(newLine),\(added) @@")
            }
            switch line {
            case .same(let text):
                if shown[index] { lines.append(" \(text)") }
                oldLine += 1
                newLine += 1
            case .removed(let text):
                lines.append("-\(text)")
                oldLine += 1
            case .added(let text):
                lines.append("+\(text)")
                newLine += 1
            }
        }
        self.lines = lines
    }

    private static func split(_ text: [UInt8]) -> [String] {
        var lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }

    private static func merged(_ old: [String], _ new: [String]) -> [Line] {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(.removed(old[left]))
                left += 1
            } else if right < new.count, added.contains(right) {
                lines.append(.added(new[right]))
                right += 1
            } else {
                lines.append(.same(old[left]))
                left += 1
                right += 1
            }
        }
        return lines
    }
}
