"""Following a pattern from a shell: what `manage.py tail` does."""
