"""`manage.py runserver`: daphne's, for development.

daphne isn't among the installed apps: each command and each serving process would import its event loop, which takes
a quarter of their start, and have no use for it.
"""

from daphne.management.commands.runserver import Command

__all__ = ["Command"]
