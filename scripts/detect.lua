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
