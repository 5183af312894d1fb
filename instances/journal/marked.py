"""Which fields of an event type are personal, as an entry is split by them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from instances.redaction import EACH, Tree, personal_fields
from instances.schemas.registered import RegisteredType
from instances.schemas.registry import registered

Place = tuple[str, str]
"""`data` or `metadata`, and a key in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    plain: tuple[tuple[str, str, str], ...]
    """Those right under `data` or `metadata`: the place, the key, and the JSON pointer."""
    nested: Tree
    """The others."""
    keys: frozenset[Place]
    """All keys right under `data` and `metadata` that are personal, or hold something personal."""


NOTHING: Final = Marked((), {}, frozenset())
"""Of a type that nobody registered."""


def marked(instance: str, event_type: str) -> Marked:
    """Return the personal fields of that type, by the instance's own name."""
    known = registered(instance, event_type)
    return NOTHING if known is None else _marked(known)


# A type that an operator changes is another object.
@lru_cache(maxsize=2_000)
def _marked(known: RegisteredType) -> Marked:
    tree = personal_fields(known)
    inner = [(place, name, below) for place, names in tree.items() for name, below in (names or {}).items()]
    plain: list[tuple[str, str, str]] = []
    nested: dict[str, dict[str, Tree | None]] = {}
    for place, name, below in inner:
        if below is None and name != EACH:
            plain.append((place, name, f"/{place}/{escaped(name)}"))
        else:
            nested.setdefault(place, {})[name] = below
    return Marked(tuple(plain), nested, frozenset((place, name) for place, name, _ in inner))


def escaped(name: str) -> str:
    """Return a key as a JSON pointer has it (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
