"""The fields that event types are written in."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from instances.spec import BadRow

_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,63}")


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    """Milliseconds since 1970 UTC."""
    LIST = "list"
    """Of one kind, or of objects with fields of their own."""
    OBJECT = "object"
    ANY = "any"
    """Any JSON value, such as a setting before it was changed."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of `data` or `metadata`. One that isn't required may be left out, or be null."""

    name: str
    kind: Kind
    help: str
    """One sentence for whoever publishes or reads it."""
    required: bool = field(default=False, kw_only=True)
    unit: str | None = field(default=None, kw_only=True)
    """Such as `ms`, `bytes`, `events/s`; a share of a whole is `ratio`, 0 to 1."""
    choices: tuple[str, ...] = field(default=(), kw_only=True)
    """The only texts it may hold; empty: any."""
    least: float | None = field(default=None, kw_only=True)
    most: float | None = field(default=None, kw_only=True)
    personal: bool = field(default=False, kw_only=True)
    """Whether it says something about a person."""
    severity: bool = field(default=False, kw_only=True)
    """Whether it says how grave the event is."""
    of: Kind | None = field(default=None, kw_only=True)
    """What a list holds, where that is no object."""
    fields: "tuple[Field, ...]" = field(default=(), kw_only=True)
    """Of an object, or of each object in a list; empty: whatever."""

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise BadRow(f"The field {self.name!r} needs a name of 1 to 64 of a-z 0-9 _ that begins with no digit.")
        if not self.help.endswith("."):
            raise BadRow(f"The help of the field {self.name!r} must be a sentence, with a full stop.")
        if self.choices and self.kind is not Kind.TEXT:
            raise BadRow(f"The field {self.name!r} has choices, so it must be text, not {self.kind}.")
        if (self.of is not None and self.kind is not Kind.LIST) or (
            self.fields and self.kind not in (Kind.LIST, Kind.OBJECT)
        ):
            raise BadRow(f"The field {self.name!r} is {self.kind}, and can't hold other things.")
        refuse_twice(self.fields)


def refuse_twice(fields: tuple[Field, ...]) -> None:
    """Make sure that no two of them have one name. Raises: BadRow."""
    names = [each.name for each in fields]
    for name in names:
        if names.count(name) > 1:
            raise BadRow(f"The field {name!r} is declared twice.")
