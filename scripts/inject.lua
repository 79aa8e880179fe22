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
