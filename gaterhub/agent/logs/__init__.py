"""Log records on their way to the hub: the journal's, those in files, and this process's own."""
