/// The tables, one step a version. A step that has been released is never edited.
enum Migrations {
    static var count: Int { steps.count }

    static let steps: [String] = [
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

        -- Feed: a package is planned, then stored; what a crash left planned is finished under the same key.
        CREATE TABLE feed (
            number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, time INTEGER NOT NULL,
            records INTEGER NOT NULL, injected INTEGER NOT NULL, history INTEGER NOT NULL,
            package TEXT, bytes INTEGER);
        CREATE INDEX feed_package ON feed (package);

        -- Relay: what has been relayed, by key and ETag, over the look-back window.
        CREATE TABLE relayed (
            key TEXT NOT NULL, etag TEXT NOT NULL, package TEXT NOT NULL, modified INTEGER NOT NULL,
            time INTEGER NOT NULL, PRIMARY KEY (key, etag)) WITHOUT ROWID;
        CREATE INDEX relayed_package ON relayed (package);
        CREATE INDEX relayed_time ON relayed (time);

        -- Detect: position and redo log of each shard, and the snapshots that shorten it.
        CREATE TABLE positions (
            shard TEXT PRIMARY KEY, sequence TEXT NOT NULL, batch INTEGER NOT NULL, records INTEGER NOT NULL,
            time INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE redo (
            shard TEXT NOT NULL, batch INTEGER NOT NULL, detector TEXT NOT NULL, records INTEGER NOT NULL,
            time INTEGER NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (shard, batch));
        CREATE TABLE snapshots (
            shard TEXT NOT NULL, batch INTEGER NOT NULL, detector TEXT NOT NULL, file TEXT NOT NULL,
            time INTEGER NOT NULL, PRIMARY KEY (shard, batch)) WITHOUT ROWID;
        CREATE TABLE findings (
            id INTEGER PRIMARY KEY, shard TEXT NOT NULL, sequence TEXT NOT NULL, package TEXT, line INTEGER,
            time INTEGER NOT NULL, score REAL NOT NULL, grade REAL NOT NULL, alert TEXT,
            committed INTEGER NOT NULL);
        CREATE INDEX findings_package ON findings (package, line);
        CREATE INDEX findings_time ON findings (time);
        CREATE TABLE incidents (
            key TEXT NOT NULL, rule TEXT NOT NULL, alerted INTEGER NOT NULL, suppressed INTEGER NOT NULL,
            PRIMARY KEY (key, rule)) WITHOUT ROWID;

        -- Notify: alerts until they are accepted, and after.
        CREATE TABLE outbox (
            id TEXT PRIMARY KEY, created INTEGER NOT NULL, alert TEXT NOT NULL, state TEXT NOT NULL,
            attempts INTEGER NOT NULL, due INTEGER NOT NULL, recipients TEXT, answer TEXT);
        CREATE INDEX outbox_due ON outbox (state, due);

        -- Everybody: counts of what was acknowledged, what could not be used, who is running.
        CREATE TABLE ledger (
            package TEXT NOT NULL, stage TEXT NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (package, stage)) WITHOUT ROWID;
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, role TEXT NOT NULL, source TEXT NOT NULL,
            line INTEGER, reason TEXT NOT NULL, record BLOB);
        CREATE INDEX quarantine_time ON quarantine (time);
        CREATE TABLE roles (role TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
        """,
        """
        -- What is kept for how long is counted from the commit: event times may be of any year.
        ALTER TABLE incidents ADD COLUMN alerted_before INTEGER;
        ALTER TABLE incidents ADD COLUMN committed INTEGER NOT NULL DEFAULT 0;
        DROP INDEX findings_time;
        CREATE INDEX findings_committed ON findings (committed);
        """,
        """
        -- Why a finding is one, and why nobody was told of it.
        ALTER TABLE findings ADD COLUMN key TEXT;
        ALTER TABLE findings ADD COLUMN rule TEXT;
        ALTER TABLE findings ADD COLUMN severity TEXT;
        ALTER TABLE findings ADD COLUMN suppressed TEXT;
        ALTER TABLE findings ADD COLUMN details TEXT;
        CREATE INDEX findings_suppressed ON findings (suppressed, id);

        -- When each key that is expected was last heard of: seen in event time, heard by the clock.
        CREATE TABLE expected (
            scope TEXT NOT NULL, key TEXT NOT NULL, shard TEXT NOT NULL, seen INTEGER NOT NULL,
            heard INTEGER NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
        CREATE INDEX expected_seen ON expected (scope, told, seen);
        """,
        """
        -- By which rule a batch was judged: it may change without anything being learned anew.
        ALTER TABLE redo ADD COLUMN border TEXT NOT NULL DEFAULT 'calibrated 1.0';

        -- The scripts that ran, wait for approval or were refused, whole.
        CREATE TABLE generations (
            id INTEGER PRIMARY KEY, generation TEXT NOT NULL, state TEXT NOT NULL, time INTEGER NOT NULL,
            report TEXT NOT NULL, texts BLOB NOT NULL);
        """,
        """
        -- Plugins: what each notifier has delivered, what each plugin remembers, and how it fares.
        CREATE TABLE deliveries (
            plugin TEXT NOT NULL, alert TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
            due INTEGER NOT NULL, answer TEXT, PRIMARY KEY (plugin, alert)) WITHOUT ROWID;
        CREATE TABLE plugin_state (
            plugin TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (plugin, name)) WITHOUT ROWID;
        CREATE TABLE plugins (name TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
        """,
        """
        -- What scripts remember: values as JSON, the end of their time in event time, ages in changes.
        CREATE TABLE script_state (
            script TEXT NOT NULL, scope TEXT NOT NULL, key BLOB NOT NULL, value TEXT NOT NULL, expires INTEGER,
            age INTEGER NOT NULL, PRIMARY KEY (script, scope, key)) WITHOUT ROWID;
        """,
    ]
}
