"""The words in which the rows of the catalog are written."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

# A family's name becomes part of a group's name, which Channels holds under 100 characters and to fewer kinds
# of character than a topic. A point would blur where the number of a part begins, and a leading underline is
# the mapper's own.
_FAMILY_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_PARAMETER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_INSTANCE_NAME: Final = re.compile(r"[a-z]{1,20}")
# With the longest names, that many still leave the name of a group under the 100 characters of Channels.
FAMILY_MAX_PARTS: Final = 1_000


class BadRow(ValueError):
    """A row of the catalog that can't be right; it stops the program at import."""


class Overflow(StrEnum):
    """What becomes of a subscriber whose queue is full."""

    CLOSE = "close"
    CONFLATE = "conflate"
    DROP_OLDEST = "drop_oldest"
    DROP_NEWEST = "drop_newest"


class Volume(StrEnum):
    LOW = "low"
    LOW_TO_MEDIUM = "low_to_medium"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"
    VARIABLE = "variable"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Criticality(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryClass:
    name: str
    overflow: Overflow
    acknowledged: str
    """When a publisher hears that its event is taken."""
    urgent: bool = False
    """Whether its events are sent before those of every other class."""
    gives_up: int | None
    """Its place in the order in which a full connection queue is relieved; None asks for a close."""
    layer: str = "default"
    """The alias of the channel layer that carries it; a flood on one alias leaves the other alone."""
    gives_way: bool = True
    """Whether work on its events waits for a moment while something of the other classes is under way."""
    history_events: int | None
    """How many events of a stream are kept for those who come back; None where the journal keeps them."""
    history_seconds: int | None
    """For how long; None where the journal keeps them."""
    sealed: bool = False
    """Whether the journal seals them against changes."""

    @property
    def journaled(self) -> bool:
        """Whether they are kept by the journal."""
        return self.history_events is None


_HOUR: Final = 3_600

EVIDENCE: Final = DeliveryClass(
    name="evidence",
    overflow=Overflow.CLOSE,
    acknowledged="after the database commit, sealed after",
    gives_up=None,
    gives_way=False,
    layer="evidence",
    history_events=None,
    history_seconds=None,
    sealed=True,
)
PAGE: Final = DeliveryClass(
    name="page",
    overflow=Overflow.CLOSE,
    acknowledged="after the database commit",
    urgent=True,
    gives_up=None,
    gives_way=False,
    layer="evidence",
    history_events=None,
    history_seconds=None,
)
RECORD: Final = DeliveryClass(
    name="record",
    overflow=Overflow.CLOSE,
    acknowledged="after the history has it",
    gives_up=None,
    history_events=10_000,
    history_seconds=6 * _HOUR,
)
STATE: Final = DeliveryClass(
    name="state",
    overflow=Overflow.CONFLATE,
    acknowledged="after the history has it",
    gives_up=3,
    history_events=10_000,
    history_seconds=6 * _HOUR,
)
FIREHOSE: Final = DeliveryClass(
    name="firehose",
    overflow=Overflow.DROP_OLDEST,
    acknowledged="after the history has it",
    gives_up=2,
    history_events=20_000,
    history_seconds=10 * 60,
)
DEBUG: Final = DeliveryClass(
    name="debug",
    overflow=Overflow.DROP_NEWEST,
    acknowledged="after the history has it",
    gives_up=1,
    history_events=500,
    history_seconds=60,
)
DELIVERY_CLASSES: Final = (EVIDENCE, PAGE, RECORD, STATE, FIREHOSE, DEBUG)


@dataclass(frozen=True, slots=True)
class Family:
    """The topics that share a first segment."""

    template: str
    """Such as "subscription_health:{store_id}:{subscription_name}"."""
    purpose: str
    parts: int = 1
    """How many streams a busy family is spread over; order holds only within one."""
    name: str = field(init=False)
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        name, *rest = self.template.split(":")
        if _FAMILY_NAME.fullmatch(name) is None:
            raise BadRow(f"The family {name!r} needs a name of 1 to 64 of A-Z a-z 0-9 _ - that begins with a letter.")
        parameters = [_PARAMETER.fullmatch(segment) for segment in rest]
        names = tuple(found[1] for found in parameters if found is not None)
        if len(names) != len(rest) or len(set(names)) != len(names) or len(rest) > 7:
            raise BadRow(f"The family {self.template!r} needs up to 7 parameters, each once, such as {{store_id}}.")
        if not 1 <= self.parts <= FAMILY_MAX_PARTS:
            raise BadRow(f"The family {name!r} has {self.parts} parts; 1 to {FAMILY_MAX_PARTS} are possible.")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "parameters", names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An event as somebody could publish it, to show what the instance is for."""

    topic: str
    event_type: str
    data: dict[str, Any]
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    event_bytes: int = 64 * 1024
    """Of one event as compact JSON."""
    depth: int = 64
    """Of objects and arrays nested in one another."""
    batch_events: int = 1_000
    body_bytes: int = 4 * 1024 * 1024


# Rows are told apart by identity, which makes one a cheap key of a cache on the publishing path.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstanceSpec:
    name: str
    title: str
    purpose: str
    families: tuple[Family, ...]
    use_cases: tuple[str, ...]
    volume: Volume
    volume_note: str
    criticality: Criticality
    criticality_note: str
    example: Example
    delivery: DeliveryClass
    limits: Limits = Limits()
    aliases: tuple[str, ...] = ()
    takes_domain_types: bool = False
    """Whether operators may register event types of their own here."""
    scrubbed: bool = False
    """Whether secrets are taken out of its events on the way in: those of programs that print what they hold."""
    _family_by_name: dict[str, Family] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if _INSTANCE_NAME.fullmatch(self.name) is None:
            raise BadRow(f"The instance {self.name!r} needs a name of 1 to 20 small letters.")
        by_name = {family.name: family for family in self.families}
        if len(by_name) != len(self.families):
            names = [family.name for family in self.families]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise BadRow(f"The instance {self.name!r} declares the family {twice[0]!r} twice.")
        object.__setattr__(self, "_family_by_name", by_name)

    def family(self, name: str) -> Family | None:
        """Return the declared family of that name, or None."""
        return self._family_by_name.get(name)
