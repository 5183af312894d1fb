"""The benchmark of the journal: how quickly evidence is acknowledged, numbered, broadcast and verified."""
