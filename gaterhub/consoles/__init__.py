"""The consoles: which panels there are, the four that the hub has, and those that operators make of them."""
