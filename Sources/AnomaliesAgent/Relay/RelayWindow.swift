/// How far back the relay looks for objects that appeared late, by the time in their names.
struct RelayWindow: Sendable {
    let naming: PackageNaming
    let lookBack: Duration

    init(naming: PackageNaming, lookBack: Duration) {
        self.naming = naming
        self.lookBack = lookBack
    }

    init(_ configuration: Configuration) {
        self.init(naming: PackageNaming(configuration), lookBack: configuration.aws.lookBack)
    }

    /// The newest package, as far as it is not from the future: one object with a wrong time in its name must not hide
    /// all that come after it.
    ///
    /// - Parameters:
    ///   - key: The greatest that has been relayed.
    ///   - margin: How far before `now` to begin where that key is from the future.
    func newest(_ key: String?, now: Milliseconds, margin: Milliseconds) -> PackageName? {
        guard let newest = key.flatMap(naming.match) else { return nil }
        if newest.epochMicroseconds <= now * 1000 { return newest }
        // A little back, because keys of one second do not all sort after the key that is its time alone.
        return naming.name(epochMicroseconds: max(0, (now - margin) * 1000))
    }

    /// The key before which nothing is looked for again: that of the newest package, less the look-back.
    ///
    /// - Returns: `nil` where keys do not tell.
    func start(newest: PackageName?) -> String? {
        guard naming.keysSortByCreation, let newest else { return nil }
        let start = newest.epochMicroseconds - lookBack.milliseconds * 1000
        return naming.name(epochMicroseconds: max(0, start)).key
    }
}
