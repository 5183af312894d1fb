"""`manage.py runserver`: daphne's, for development.

daphne isn't among the installed apps: each command and each serving process would import its event loop, which takes
a third of the CPU of their start, and have no use for it.
"""

from daphne.management.commands.runserver import Command as DaphneCommand


class Command(DaphneCommand):  # type: ignore[misc]  # daphne has no types.
    """Serves with daphne, and reloads when code changes."""
