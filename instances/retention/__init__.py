"""Retention policies: how long events are kept for those who return, how long at least, and how long at most."""
