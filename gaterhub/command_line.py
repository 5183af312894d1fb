"""What `manage.py` runs: Django's command line, and a word to the audit trail about what it did."""

import time
from collections.abc import Callable, Sequence

from django.apps import apps
from django.core.management import execute_from_command_line


def execute_and_tell(
    argv: Sequence[str],
    execute: Callable[[list[str]], None] = execute_from_command_line,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Execute a management command, and tell how it went. Raises what the command raises.

    Its arguments aren't told: they may be secret.
    """
    started = clock()
    outcome = "failure"
    try:
        execute(list(argv))
        outcome = "success"
    except SystemExit as ending:
        # `sys.exit()` without a code, and with 0, are how a command ends well.
        outcome = "success" if ending.code in (None, 0) else "failure"
        raise
    finally:
        # A command that failed before the apps were ready has done nothing, and nothing could be published.
        if len(argv) > 1 and apps.ready:
            _tell(argv[1], outcome, argument_count=len(argv) - 2, duration_seconds=clock() - started)


def _tell(command: str, outcome: str, *, argument_count: int, duration_seconds: float) -> None:
    # Models, which acts are about, can be imported only once the command has made the apps ready.
    from gaterhub.acts.commands import is_told, tell_command

    if is_told(command):
        tell_command(command, outcome, argument_count=argument_count, duration_seconds=duration_seconds)
