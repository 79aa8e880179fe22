// Made by deploy/embed-scripts.sh of scripts/: change it there.

/// The shipped scripts, as `new` writes them.
enum ShippedScripts {
    static let files: [(path: String, text: String)] = [
        (
            "scripts/detect.lua",
            #"""
            -- What is scored, and when it matters. Save a change and the running agent uses it between two batches.
            ---@type agent.Detect
            return {
              -- Fields of the record, numbers each; or a function(record) that returns numbers.
              features = { "accuracy" },

              -- Fields that every record gets, for features, key, decide and the mail; or a function(record) that assigns them.
              -- derive = { high = above("accuracy", 50), margin = function(record) return record.accuracy - 20 end },

              -- Exactly this random cut forest. The values are its defaults.
              forest = { trees = 100, sample_size = 256, time_decay = 100000, shingle_size = 1 },

              -- model = "series",         -- instead of it, for measurements in the order of time: knows days, weeks, sequences, shifts

              -- By default the score that makes a finding follows from the scores seen so far.
              -- threshold = 3,            -- a fixed score instead, as the original pipeline had it
              -- threshold = { grade = 0.7 },  -- stricter than by default, which is 0.5
              -- alerts = "2 per week",    -- or so many alerts: the score follows from the past ones, `status` shows it

              -- What counts. What does not is kept with its reason: `anomalies-agent status --findings`.
              -- only = "rises",           -- or "drops"
              -- ignore_near_expected = { absolute = 2, relative = 0.1 },   -- also above, below; or a table for each feature
              -- suppress = { "in-shingle", "drift", "noise" },             -- only the first by default
              -- min_severity = "critical",

              -- A field that is missing or null: "quarantine" the record, "skip" it, or put in "zero", the "previous" value, the
              -- next of a "linear" run, or what the "forest" expects.
              -- missing = "previous",

              -- Silence is data: where nothing comes for so long, that is an alert of the rule "silence".
              -- expect = { every = "5m", per = "name" },

              -- After an alert, further findings of the same key and rule only add to a count for this long.
              refractory = "1m",

              -- key = "host",             -- each value of this field has a forest of its own, and alerts of its own
              -- per_key = false,          -- …one forest for all, and alerts of its own
              -- time = "timestamp",       -- the field with the event time; else the time of arrival counts

              -- Called for every finding that counts. Return nil to let it pass. result has score, grade, level, threshold,
              -- likelihood, direction, and by feature expected and attribution.
              decide = function(record, result)
                return { severity = result.score > 3 and "critical" or "warning" }
              end,
            }

            """#
        ),
        (
            "scripts/inject.lua",
            #"""
            -- What an anomaly looks like. Every injected record is labelled in state/labels, never in the record itself.
            -- For a while: rule { name = "drift", every = 5000, length = 200, field = "accuracy", inject = mean { offset = 20 } }.
            ---@type agent.Declaration[]
            return {
              rule {
                name = "better-candidate",
                chance = config.general["anomalies-frequency"] / 100,
                set = { name = "Wojciech Czyz", accuracy = integer { min = 90, max = 100 } },
              },
            }

            """#
        ),
        (
            "scripts/notify.lua",
            #"""
            -- Who hears of an alert, and in what words. Whatever is left out has a built-in text.
            ---@type agent.Notify
            return {
              -- to = { "ops@example.com" },     -- overrides [Mail] to

              -- A template, or a function(alert) that returns the text.
              -- A record without a name, and silence, which has no score, get a subject too.
              subject = "Anomaly: {{#record.name}}{{.}} {{/record.name}}{{#key}}{{key}} {{/key}}"
                .. "{{^is_silence}}scored {{score_text}}{{/is_silence}}{{#is_silence}}is silent{{/is_silence}}",
            }

            """#
        ),
        (
            "scripts/record.lua",
            #"""
            -- The shape of a record, and how the simulator makes one.
            -- Change a value and save: the running agent uses it from the next package on.
            -- A series, for instance: load = add { 50, daily { peak = 14, amplitude = 10 }, normal {} }. All there is: plugins/README.md.
            return record {
              name = choice {
                "John Smiths", "Nicolas Robins", "Wendy Smart", "Clara Whitfield", "Oscar Lindqvist", "Marta Kowal",
                "Devin Okafor", "Yuki Tanabe", "Priya Raman", "Luca Ferri", "Hannah Vogel", "Samuel Ortega",
              },
              accuracy = integer { min = 10, max = 20 },
            }

            """#
        ),
        (
            "scripts/tests/detect_test.lua",
            #"""
            -- What the rules promise. `anomalies-agent test scripts` runs this, and the running agent before it uses a change.
            -- A test gives records and says what has to come of them. It starts with nothing learned and touches nothing outside.
            return {
              test {
                name = "a candidate of 95 is found, and somebody hears of it",
                warm_up = simulate(600),                               -- learned first; nobody is alerted
                records = { { name = "Wojciech Czyz", accuracy = 95 } },
                expect = {
                  findings = { { line = 1, rule = "default", direction = "rises", score = { min = 2 } } },
                  mails = { { subject = "Anomaly: Wojciech Czyz scored *" } },
                },
              },

              test {
                name = "ordinary candidates are left alone, and a bad record goes to quarantine",
                warm_up = simulate(600),
                records = { { name = "Yuki Tanabe", accuracy = 15 }, { name = "Luca Ferri" } },
                expect = { findings = {}, mails = {}, quarantined = { { line = 2, reason = "*accuracy*" } } },
              },

              test {
                name = "two within a minute are one mail",
                warm_up = simulate(600),
                records = { { name = "A", accuracy = 95 }, { name = "B", accuracy = 15 }, { name = "C", accuracy = 95 } },
                every = "20s",
                expect = { findings = { { line = 1, alerted = true }, { line = 3, suppressed = "refractory" } }, mails = 1 },
              },
            }

            """#
        ),
    ]
}
