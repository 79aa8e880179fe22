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
