"""Service level objectives: which events are good, how many have to be, and how much of the budget is left."""
