"""Fields of what the hub says about its own recording, as the event types of several instances have them."""

from dataclasses import replace
from typing import Final

from instances.schemas.people import ORIGIN, OUTCOME, TARGET
from instances.schemas.words import Field, Kind

GAP: Final = (
    Field("began_at", Kind.TIMESTAMP, "When the first event was refused.", required=True),
    Field("ended_at", Kind.TIMESTAMP, "When events were kept again.", required=True),
    Field("refused", Kind.INTEGER, "How many events were refused; their publishers were told.", required=True, least=0),
    Field("cause", Kind.TEXT, "Why neither the database nor the spool took them.", required=True),
    Field("process", Kind.TEXT, "The process of the hub that refused them.", required=True),
    replace(TARGET, help="The journal that has the gap, such as `journal/audit`."),
    ORIGIN,
    OUTCOME,
)
GAP_EXAMPLE: Final = {
    "began_at": 1796083200000,
    "ended_at": 1796083259000,
    "refused": 412,
    "cause": "No space left on device",
    "process": "web-1-1796000000000-4711",
    "origin": "hub",
    "outcome": "failure",
}
