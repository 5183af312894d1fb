"""What a process that helps does first; models can be imported only after it, so nothing here imports any."""

import signal
from typing import Any

import django
from django.db import connections


def begin(using: str, config: dict[str, Any]) -> None:
    """Make the apps ready, and point the alias at the database that the asking process uses."""
    # A Ctrl+C reaches all processes of a terminal; the one that asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    django.setup()
    connections.settings[using] = config
