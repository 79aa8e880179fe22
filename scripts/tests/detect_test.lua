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
