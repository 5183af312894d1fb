"""A closer look at one process: its memory, its connections, its files, what keeps it busy."""
