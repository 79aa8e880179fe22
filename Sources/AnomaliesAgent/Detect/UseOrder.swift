/// Things in the order of their last use: which was used longest ago is known at once.
///
/// A doubly linked list over two arrays of places, and a dictionary from each thing to its place.
///
/// - Complexity: O(1) for everything, amortised.
struct UseOrder<Element: Hashable> {
    private static var none: Int32 { -1 }

    private var places: [Element: Int32] = [:]
    private var elements: [Element] = []
    private var older: [Int32] = []
    private var newer: [Int32] = []
    private var free: [Int32] = []
    private var first: Int32 = -1
    private var last: Int32 = -1

    var count: Int { places.count }

    /// What was used longest ago.
    var oldest: Element? { first == Self.none ? nil : elements[Int(first)] }

    func contains(_ element: Element) -> Bool { places[element] != nil }

    /// Makes it the one that was used last.
    ///
    /// - Returns: whether it was not there before.
    @discardableResult
    mutating func use(_ element: Element) -> Bool {
        if let place = places[element] {
            guard place != last else { return false }
            unlink(place)
            link(place)
            return false
        }
        let place: Int32
        if let reused = free.popLast() {
            place = reused
            elements[Int(place)] = element
        } else {
            place = Int32(elements.count)
            elements.append(element)
            older.append(Self.none)
            newer.append(Self.none)
        }
        places[element] = place
        link(place)
        return true
    }

    /// - Returns: whether it was there.
    @discardableResult
    mutating func remove(_ element: Element) -> Bool {
        guard let place = places.removeValue(forKey: element) else { return false }
        unlink(place)
        free.append(place)
        return true
    }

    private mutating func link(_ place: Int32) {
        older[Int(place)] = last
        newer[Int(place)] = Self.none
        if last == Self.none { first = place } else { newer[Int(last)] = place }
        last = place
    }

    private mutating func unlink(_ place: Int32) {
        let (before, after) = (older[Int(place)], newer[Int(place)])
        if before == Self.none { first = after } else { newer[Int(before)] = after }
        if after == Self.none { last = before } else { older[Int(after)] = before }
    }
}
