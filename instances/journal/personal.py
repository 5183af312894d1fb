"""Personal data, apart: an entry's sealed bytes hold commitments to it, and a part for each person the values.

A commitment is the HMAC-SHA256 of the value's canonical JSON under a random salt of its own. Whoever has value and salt
can show that the entry means that value; without the salt, nobody can find it out by trying values. So an entry says
the same for ever, while what it says of a person can be forgotten.
"""

import hmac
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from instances.journal.canonical import canonical
from instances.journal.columns import REDACTED, Columns, asked, person_of
from instances.journal.marked import Marked, escaped
from instances.redaction import EACH, Tree

SALT_BYTES: Final = 16
_DRAWN_FIRST: Final = 8
_DRAWN_AT_ONCE: Final = 256
PUBLISHER_ADDRESS: Final = "publisher_address"
_ADDRESS_POINTER: Final = f"/{PUBLISHER_ADDRESS}"
COMMITTED: Final = "personal"
"""The key of an entry's sealed bytes that lists, as JSON pointers (RFC 6901), where commitments stand."""

IDENTIFYING: Final = frozenset(
    {
        "actor",
        "user_id",
        "subject_id",
        "acts_for",
        "acknowledged_by",
        "resolved_by",
        "escalated_to",
        "recipient",
        "commander",
    }
)
"""Fields that name a person; each is held with whom it names."""
ADDRESSES: Final = ("ip_address", "source_ip", "client_ip", "remote_address")
"""Fields by which data of nobody known belongs together."""
NOBODY: Final = frozenset({"anonymous", "unknown", "nobody", "none", "null", "-", "n/a"})
"""Names that no person has."""


class Held(msgspec.Struct, frozen=True):
    """A value that is held apart."""

    v: str
    """Its canonical JSON."""
    s: str
    """The salt of its commitment, 32 hexadecimal digits."""

    @property
    def commitment(self) -> str:
        return commitment(bytes.fromhex(self.s), self.v.encode())


def commitment(salt: bytes, text: bytes) -> str:
    """Return the commitment to a value, given its canonical JSON: 64 hexadecimal digits."""
    # hmac.digest() lets others run meanwhile, which for so few bytes costs several times as much as it takes.
    return hmac.new(salt, text, "sha256").hexdigest()


class Salts:
    """Salts for the events of one publication, drawn many at a time: each draw lets others run, which costs more."""

    def __init__(self) -> None:
        self._drawn = b""
        self._used = 0

    def take(self) -> bytes:
        """Return a salt that nobody else gets."""
        begin, end = self._used, self._used + SALT_BYTES
        if end > len(self._drawn):
            # As many as an event needs, then as many as a batch does.
            self._drawn = os.urandom(SALT_BYTES * (_DRAWN_AT_ONCE if self._drawn else _DRAWN_FIRST))
            begin, end = 0, SALT_BYTES
        self._used = end
        return self._drawn[begin:end]


@dataclass(slots=True)
class PersonalDraft:
    """What one entry says about one person, before it is encrypted."""

    subject: str
    """The person, such as `person:ada`."""
    values: dict[str, Held]
    """By JSON pointer."""
    actor: str | None = None
    """The entry's actor, where this part holds it."""
    origin: str | None = None
    """The entry's origin likewise."""


_Found = tuple[str, str, Any, Any, Any]
"""A value's JSON pointer, the name of its field, the object or list that has it, by which key, and the value."""


def split(
    said: dict[str, Any], personal: Marked, columns: Columns, salts: Salts, *, entry_id: str, publisher: str
) -> list[PersonalDraft]:
    """Take the personal values out of an entry, put commitments in their places, and return what was taken.

    What names a person is held with whom it names; the rest with the actor, else with the first who is named, else
    with the address, else with the entry alone. The publisher's address is held with the publisher.
    """
    found = _found(said, personal)
    address = said[PUBLISHER_ADDRESS]
    if not found and address is None:
        return []
    owner = _owner(found, columns, entry_id)
    subjects = [_named(name, value) or owner for _, name, _, _, value in found]
    if address is not None:
        found.append((_ADDRESS_POINTER, PUBLISHER_ADDRESS, said, PUBLISHER_ADDRESS, address))
        subjects.append(f"publisher:{publisher}")
    parts: dict[str, PersonalDraft] = {}
    for subject, (pointer, _, holder, key, value) in zip(subjects, found, strict=True):
        part = parts.get(subject)
        if part is None:
            part = parts[subject] = PersonalDraft(subject, {})
        text = canonical(value)
        salt = salts.take()
        part.values[pointer] = Held(text.decode(), salt.hex())
        holder[key] = {"commitment": commitment(salt, text)}
    said[COMMITTED] = sorted(each[0] for each in found)
    _tell_where(columns, parts.values())
    return list(parts.values())


def _tell_where(columns: Columns, parts: Iterable[PersonalDraft]) -> None:
    """Note the actor and the origin with the parts that hold them."""
    for part in parts:
        if columns.actor_apart is not None and columns.actor_apart.pointer in part.values:
            part.actor = columns.actor_apart.text
        if columns.origin_apart is not None and columns.origin_apart.pointer in part.values:
            part.origin = columns.origin_apart.text


def _found(said: dict[str, Any], personal: Marked) -> list[_Found]:
    found: list[_Found] = []
    for place, name, pointer in personal.plain:
        holder = said[place]
        if type(holder) is dict and (value := holder.get(name)) is not None and not _says_nothing(value):
            found.append((pointer, name, holder, name, value))
    if personal.nested:
        found.extend(_within(said, personal.nested, ""))
    return found


def _says_nothing(value: object) -> bool:
    return type(value) is str and value in REDACTED


def _within(holder: Any, tree: Tree, path: str) -> Iterator[_Found]:
    if type(holder) is dict:
        inner: list[tuple[str | int, str, Tree | None]] = [
            (name, name, below) for name, below in tree.items() if holder.get(name) is not None
        ]
    elif type(holder) is list and EACH in tree:
        inner = [(position, EACH, tree[EACH]) for position, value in enumerate(holder) if value is not None]
    else:
        return
    for key, name, below in inner:
        pointer = f"{path}/{escaped(str(key))}"
        if below is not None:
            yield from _within(holder[key], below, pointer)
        elif not _says_nothing(holder[key]):
            yield pointer, name, holder, key, holder[key]


def _named(name: str, value: object) -> str | None:
    """Return the person whom a field names, or None where it names nobody."""
    if name not in IDENTIFYING or type(value) not in (str, int):
        return None
    person = person_of(str(value))
    return None if person.casefold() in NOBODY else f"person:{person}"


def _owner(found: Sequence[_Found], columns: Columns, entry_id: str) -> str:
    if columns.who is not None and (named := _named("actor", columns.who)) is not None:
        return named
    for _, name, _, _, value in found:
        if (named := _named(name, value)) is not None:
            return named
    for _, name, _, _, value in found:
        if name in ADDRESSES and type(value) is str:
            return f"address:{asked('origin', value)}"
    return f"entry:{entry_id}"
