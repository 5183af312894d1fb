"""The words that event types are written in: fields, versions, and the step from one version to the next."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

# Rows are written in all of these words, so that their modules import them from one place.
from instances.schemas.fields import Field as Field
from instances.schemas.fields import Kind as Kind
from instances.schemas.fields import refuse_twice
from instances.schemas.signature import arguments_of, docstring_of, signature_of
from instances.schemas.typed_event import TypedEvent, build
from instances.severity import RANKS, UNSTATED
from instances.spec import BadRow
from instances.topics import SEPARATOR

_PARAMETER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")

RESERVED: Final = frozenset({"extra", "metadata"})
"""What a builder takes beside an event's own fields."""


class Compatibility(StrEnum):
    """Whom a change of a type must leave able to read: the words of schema registries."""

    BACKWARD = "backward"
    """Readers of the newest read every older event."""
    FORWARD = "forward"
    """Readers of an older version read the newest events."""
    FULL = "full"
    """Both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How an event of one version is read as the next: the only changes that can be declared, done in this order.

    All of them speak of the fields of `data` by their dotted paths, except `rename`, whose new name stays in its
    object.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    """Path → new last segment."""
    scale: Mapping[str, float] = field(default_factory=dict)
    """Path → what a number there is multiplied with, such as 1000 from seconds to milliseconds."""
    translate: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Path → old value as text → new value; a value that isn't named stays."""
    default: Mapping[str, Any] = field(default_factory=dict)
    """Path → the value where there is none."""
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An earlier version of a type, and how to read it as the next one."""

    data: tuple[Field, ...]
    metadata: tuple[Field, ...] = ()
    step: Step
    deprecated: str | None = None
    """Since when, and what to do instead; None: as good as the newest."""

    def __post_init__(self) -> None:
        refuse_twice((*self.data, *self.metadata))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EventType:
    """One type of event, as its publishers and readers agree on it. Called, it makes such an event.

    It has no slots, so that each row can carry a docstring and a signature of its own, for `help()` and editors. The
    example is what an event's `data` and `metadata` can look like, and what its topic's parameters are.
    """

    instance: str
    name: str
    title: str
    purpose: str
    topic: str
    """A template, such as "subscription_health:{store_id}:{subscription_name}"."""
    data: tuple[Field, ...] = ()
    metadata: tuple[Field, ...] = ()
    example: Mapping[str, Any]
    """By name: the topic's parameters and the fields, as the builder takes them."""
    severity: str = "info"
    """How grave an event is that doesn't say so itself."""
    compatibility: Compatibility = Compatibility.BACKWARD
    deprecated: str | None = None
    earlier: tuple[Version, ...] = ()
    """Oldest first: the first is version 1, and the row's own fields are the newest."""
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", parameters_of(self.topic))
        refuse_twice((*self.data, *self.metadata))
        taken = {each.name for each in self.metadata} & set(self.parameters)
        if taken or RESERVED & ({each.name for each in (*self.data, *self.metadata)} | set(self.parameters)):
            raise BadRow(f"The event type {self.name!r} uses a name twice, or one of {', '.join(sorted(RESERVED))}.")
        if self.severity not in RANKS:
            raise BadRow(f"The event type {self.name!r} has the unknown severity {self.severity!r}.")
        for text in (self.title, self.purpose):
            if not text:
                raise BadRow(f"The event type {self.name!r} needs a title and a purpose.")
        arguments = arguments_of(self.parameters, self.data, self.metadata)
        object.__setattr__(self, "__signature__", signature_of(arguments, returns=TypedEvent))
        object.__setattr__(self, "__doc__", docstring_of(self.title, self.purpose, self.topic, arguments))

    def __repr__(self) -> str:
        return f"<event type {self.instance}.{self.name}, version {self.version}>"

    @property
    def version(self) -> int:
        """The newest."""
        return len(self.earlier) + 1

    @property
    def rank(self) -> int:
        return RANKS.get(self.severity, UNSTATED)

    def __call__(
        self, *, extra: Mapping[str, Any] | None = None, metadata: Mapping[str, Any] | None = None, **fields: Any
    ) -> TypedEvent:
        """Make an event of this type's newest version.

        `fields` are the topic's parameters and the fields of data and metadata, by name; None leaves one out. `extra`
        is what the type doesn't declare and data shall hold too, `metadata` the same for metadata.
        Raises: TypeError for a name that the type doesn't have, or lacks; BadTopic.
        """
        return build(
            instance=self.instance,
            event_type=self.name,
            version=self.version,
            template=self.topic,
            parameters=self.parameters,
            data=tuple((each.name, each.required) for each in self.data),
            metadata=tuple((each.name, each.required) for each in self.metadata),
            given=fields,
            extra=extra,
            more_metadata=metadata,
        )


class Types:
    """The event types of one instance, in the order of its module."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self._rows: dict[str, EventType] = {}

    def add(self, name: str, **words: Any) -> EventType:
        """Add a row; the words are those of EventType. Raises: BadRow for a name that is taken."""
        if name in self._rows:
            raise BadRow(f"The instance {self.instance} declares the event type {name!r} twice.")
        row = self._rows[name] = EventType(instance=self.instance, name=name, **words)
        return row

    def __iter__(self) -> Iterator[EventType]:
        return iter(self._rows.values())

    def __getitem__(self, name: str) -> EventType:
        return self._rows[name]


def parameters_of(topic: str) -> tuple[str, ...]:
    """Return the names of what a template leaves open, in their order."""
    found = [_PARAMETER.fullmatch(segment) for segment in topic.split(SEPARATOR)[1:]]
    return tuple(each[1] for each in found if each is not None)
