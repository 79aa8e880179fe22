extension AgentAPI {
    /// What detect.lua and notify.lua may call in their functions.
    static let stateFunctions: [Function] = [
        Function(
            name: "state.get",
            usage: "state.get(key, default)",
            summary: """
                What the script remembers under the key, a text of up to 200 bytes; else `default`, or nil. The agent keeps it: \
                it survives reloads and restarts. detect.lua has a state for each shard, notify.lua one.
                """
        ),
        Function(
            name: "state.set",
            usage: "state.set(key, value, \"5m\")",
            summary: """
                Remembers true, false, a number, a text or a flat table of them, up to 4 KB; nil forgets. The third argument, \
                seconds or such a text, is how long in event time (in `derive`, of arrivals). It counts when the function returns without an error. \
                10,000 keys or 1 MB are kept; beyond that the entries changed longest ago go. A call may change 1,000 keys.
                """
        ),
        Function(
            name: "state.add",
            usage: "state.add(key, n, \"5m\")",
            summary: """
                Adds to a number, 0 where there is none, and returns the sum. The third argument is for a new one: what is \
                there keeps its time, so that a count lasts from its first. \
                `state_version = 2, migrate = function(old, version) return new end` in detect.lua converts an older state \
                once, as a table of keys and values; without `migrate` it then begins empty.
                """
        ),
    ]
}
