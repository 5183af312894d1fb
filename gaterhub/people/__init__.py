"""People who log in: guessing of passwords, sessions, and what their browsers are told to keep to."""
