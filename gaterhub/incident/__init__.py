"""The incident console's own: open alerts, what is missing of a time, notes, and the timeline as a file."""
