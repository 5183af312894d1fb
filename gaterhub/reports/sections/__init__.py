"""The sections of reports, one module each: what it counts of the entries, and what of that somebody has to mend."""
