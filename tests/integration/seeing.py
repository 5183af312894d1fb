"""What the tests of who saw what have in common: rows as the hub's loop makes them, and events to ask about."""

from typing import Any

from consumers.seen.answer import Place
from consumers.seen.rows import By, Follow, Period, Recording, Said, Stretch, Subscriber
from instances.event import new_id

STREAM, EPOCH = "audit.audit_trail", "k3f9"
MS = 1_700_000_000_000
RECORDING = Recording("audit")
OLGA = Subscriber("c_1", "web-1-7", "user", 7, "olga", "192.0.2.7", "tail")
ALL_OF_IT = Follow("audit_trail:*", None, True)


def by(*follows: Follow, subscriber: Subscriber = OLGA) -> By:
    return By(new_id(MS), MS, "audit", subscriber, follows or (ALL_OF_IT,))


def stretch(first: int, last: int, whose: By | None = None, **different: Any) -> Stretch:
    usual: dict[str, Any] = {
        "id": new_id(MS),
        "by": whose or by(),
        "recording": RECORDING,
        "stream": STREAM,
        "epoch": EPOCH,
        "first": first,
        "last": last,
        "first_ms": MS + first,
        "last_ms": MS + last,
        "replayed": False,
    }
    return Stretch(**usual | different)


def said(before: int, first: int, last: int, **different: Any) -> Said:
    usual: dict[str, Any] = {
        "id": new_id(MS),
        "recording": RECORDING,
        "subscriber": OLGA,
        "sub": "s1",
        "durable": None,
        "pattern": "audit_trail:*",
        "stream": STREAM,
        "epoch": EPOCH,
        "before": before,
        "first": first,
        "last": last,
        "first_ms": MS + 1_000 + first,
        "last_ms": MS + 1_000 + last,
    }
    return Said(**usual | different)


def period(kind: str, began: int, last: int, *, process: str = "web-1-7") -> Period:
    """Return one whose times count from the beginning of the tests' time, in milliseconds."""
    return Period("audit", process, kind, MS + began, MS + last)


def place(offset: int, *, topic: str = "audit_trail:user_actions", received: int = 0, epoch: str = EPOCH) -> Place:
    return Place(new_id(MS), "audit", topic, STREAM, offset, epoch, MS + received)
