-- What is scored, and when it matters. Save a change and the running agent uses it between two batches.
return {
  -- Fields of the record, numbers each; or a function(record) that returns numbers.
  features = { "accuracy" },

  -- Exactly this random cut forest. The values are its defaults.
  forest = { trees = 100, sample_size = 256, time_decay = 100000, shingle_size = 1 },

  -- By default the score that makes a finding follows from the scores seen so far.
  -- threshold = 3,            -- a fixed score instead, as the original pipeline had it

  -- After an alert, further findings of the same key and rule only add to a count for this long.
  refractory = "1m",

  -- key = "host",             -- each value of this field has a forest of its own, and alerts of its own
  -- per_key = false,          -- …one forest for all, and alerts of its own
  -- time = "timestamp",       -- the field with the event time; else the time of arrival counts

  -- Called for every finding. Return nil to let it pass.
  decide = function(record, result)
    return { severity = result.score > 3 and "critical" or "warning" }
  end,
}
