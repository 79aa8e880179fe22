-- What an anomaly looks like. Every injected record is labelled in state/labels, never in the record itself.
return {
  rule {
    name = "better-candidate",
    chance = config.general["anomalies-frequency"] / 100,
    set = { name = "Wojciech Czyz", accuracy = integer { min = 90, max = 100 } },
  },
}
