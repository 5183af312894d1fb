"""What a check found, and how a finding becomes a reading."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CHECK_SECONDS: Final = 1.0
"""How often a check looks, so that a change is told within a second or so."""
HTTP_CHECK_SECONDS: Final = 5.0
"""An HTTP request leaves lines in somebody's log, so it is made no more often than it is told."""
TELL_SECONDS: Final = 5.0
"""How often a finding is told while it stays the same."""
TIMEOUT_SECONDS: Final = 2.0
"""A component that takes longer fails its check, whatever it answers in the end."""
SLOW_MS: Final = 500.0
"""A slower answer is a degraded component: everything asked here is asked on a fast path."""


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Finding:
    state: State
    reason: str
    """One sentence, or what was measured; empty where all is well and there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Check:
    """One component. Its probe returns what it found; to fail, it raises `Failed` or takes too long."""

    component: str
    target: str
    """What is asked, for whoever reads the event; never with a password in it."""
    probe: Callable[[], Awaitable[Finding]]
    every_seconds: float = CHECK_SECONDS


class Failed(Exception):
    """A component that doesn't do what it is there for; the message says what was seen."""


OK: Final = Finding(State.OK, "")
