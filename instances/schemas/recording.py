"""What the hub says about its own recording, as the event types of several instances have it."""

from dataclasses import replace
from typing import Any, Final

from instances.schemas.people import ORIGIN, OUTCOME, TARGET
from instances.schemas.words import Field, Kind

_FIELDS: Final = (
    Field("began_at", Kind.TIMESTAMP, "When the first event was refused.", required=True),
    Field("ended_at", Kind.TIMESTAMP, "When events were kept again.", required=True),
    Field("refused", Kind.INTEGER, "How many events were refused; their publishers were told.", required=True, least=0),
    Field("cause", Kind.TEXT, "Why neither the database nor the spool took them.", required=True),
    Field("process", Kind.TEXT, "The process of the hub that refused them.", required=True),
    replace(TARGET, help="The journal that has the gap, such as `journal/audit`."),
    ORIGIN,
    OUTCOME,
)


def gap_of(instance: str) -> dict[str, Any]:
    """Return the words of the type that tells a gap in that instance's journal, all but its topic."""
    return {
        "title": "Recording gap",
        "purpose": "For a time, events of this journal could be kept nowhere, and were refused.",
        "data": _FIELDS,
        "severity": "error",
        "example": {
            "began_at": 1796083200000,
            "ended_at": 1796083259000,
            "refused": 412,
            "cause": "No space left on device",
            "process": "web-1-1796000000000-4711",
            "target": f"journal/{instance}",
            "origin": "hub",
            "outcome": "failure",
        },
    }
