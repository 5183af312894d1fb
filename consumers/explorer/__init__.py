"""Questions about what goes through the hub, put to every process: topics, who listens, and traces."""
