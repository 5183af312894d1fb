"""Management commands that change something, told to `audit`."""

from typing import Final

from gaterhub.acts.actor import os_user
from gaterhub.acts.telling import tell
from instances.schemas import audit

READ_ONLY: Final = frozenset(
    {
        "", "check", "diffsettings", "document_types", "findstatic", "help", "inspectdb", "makemigrations", "publish",
        "sendtestemail", "showmigrations", "spectacular", "sqlflush", "sqlmigrate", "sqlsequencereset", "tail", "test",
        "version", "--help", "--version", "-h",
    }
)  # fmt: skip
"""Commands that leave the hub as it was. Any other is told: a command that nobody has thought of may change much."""

LONG_RUNNING: Final = frozenset({"agent", "demo", "runserver", "serve", "worker"})
"""Commands that go on until they are ended. Those that serve a hub are told by the hub itself, when it starts."""


def is_told(command: str) -> bool:
    """Tell whether the end of such a command is an act worth telling."""
    return command not in READ_ONLY and command not in LONG_RUNNING


def tell_command(command: str, outcome: str, *, argument_count: int = 0, duration_seconds: float | None = None) -> None:
    """Tell that a command was executed, is `started`, or has failed."""
    event = audit.command_executed(
        actor=f"os:{os_user()}",
        actor_kind="os_user",
        action=command,
        target="gaterhub",
        argument_count=argument_count,
        outcome=outcome,
        duration_seconds=None if duration_seconds is None else round(duration_seconds, 3),
    )
    tell(event)
