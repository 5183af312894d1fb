"""Personal data, apart: an entry's sealed bytes hold commitments to it, and a part for each person the values.

A commitment is the HMAC-SHA256 of the value's canonical JSON under a random salt of its own. Whoever has value and salt
can show that the entry means that value; without the salt, nobody can find it out by trying values. So an entry says
the same for ever, while what it says of a person can be forgotten.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hmac import digest as hmac_digest
from typing import Any, Final, NamedTuple

import msgspec

from instances.journal.canonical import canonical
from instances.journal.columns import REDACTED, Columns, person_of
from instances.redaction import EACH, Tree

SALT_BYTES: Final = 16
PUBLISHER_ADDRESS: Final = "publisher_address"
COMMITTED: Final = "personal"
"""The key of an entry's sealed bytes that lists, as JSON pointers (RFC 6901), where commitments stand."""

IDENTIFYING: Final = (
    "actor",
    "user_id",
    "subject_id",
    "acts_for",
    "acknowledged_by",
    "resolved_by",
    "escalated_to",
    "recipient",
    "commander",
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
    """The salt of its commitment, in hexadecimal digits."""

    @property
    def commitment(self) -> str:
        """The commitment, 64 hexadecimal digits."""
        return hmac_digest(bytes.fromhex(self.s), self.v.encode(), "sha256").hex()


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


class _Found(NamedTuple):
    pointer: str
    name: str
    holder: Any
    """The object or list that has it."""
    key: Any
    value: Any


def split(
    said: dict[str, Any], personal: Tree, columns: Columns, *, entry_id: str, publisher: str
) -> list[PersonalDraft]:
    """Take the personal values out of an entry, put commitments in their places, and return what was taken.

    What names a person is held with whom it names; the rest with the actor, else with the first who is named, else
    with the address, else with the entry alone. The publisher's address is held with the publisher.
    """
    found = list(_found(said, personal, ""))
    address = said[PUBLISHER_ADDRESS]
    if not found and address is None:
        return []
    owner = _owner(found, columns, entry_id)
    parts: dict[str, PersonalDraft] = {}
    salts = os.urandom(SALT_BYTES * (len(found) + 1)).hex()
    width = 2 * SALT_BYTES
    if address is not None:
        found.append(_Found(f"/{PUBLISHER_ADDRESS}", PUBLISHER_ADDRESS, said, PUBLISHER_ADDRESS, address))
    for position, each in enumerate(found):
        text = canonical(each.value)
        salt = salts[position * width : (position + 1) * width]
        held = Held(text.decode(), salt)
        if each.name == PUBLISHER_ADDRESS and each.holder is said:
            subject = f"publisher:{publisher}"
        else:
            subject = (_named(each) if each.name in IDENTIFYING else None) or owner
        part = parts.get(subject)
        if part is None:
            part = parts[subject] = PersonalDraft(subject, {})
        part.values[each.pointer] = held
        each.holder[each.key] = {"commitment": hmac_digest(bytes.fromhex(salt), text, "sha256").hex()}
        if columns.actor is None and part.actor is None and each.value == columns.who and each.holder is not said:
            part.actor = columns.who
        if columns.origin is None and part.origin is None and each.value == columns.whence and each.holder is not said:
            part.origin = columns.whence
    said[COMMITTED] = sorted(each.pointer for each in found)
    return list(parts.values())


def _found(holder: Any, tree: Tree, path: str) -> Iterator[_Found]:
    if type(holder) is dict:
        for name, inner in tree.items():
            value = holder.get(name)
            if value is not None:
                yield from _within(holder, name, name, value, inner, f"{path}/{_escaped(name)}")
    elif type(holder) is list and EACH in tree:
        for position, value in enumerate(holder):
            if value is not None:
                yield from _within(holder, position, EACH, value, tree[EACH], f"{path}/{position}")


def _within(holder: Any, key: Any, name: str, value: Any, inner: Tree | None, pointer: str) -> Iterator[_Found]:
    if inner is not None:
        yield from _found(value, inner, pointer)
    elif type(value) is not str or value not in REDACTED:
        yield _Found(pointer, name, holder, key, value)


def _escaped(name: str) -> str:
    """Return a key as RFC 6901 section 3 writes it."""
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name


def _named(found: _Found) -> str | None:
    """Return the person whom a field names, or None where it names nobody."""
    if type(found.value) is int:
        return f"person:{found.value}"
    if type(found.value) is not str:
        return None
    person = person_of(found.value)
    return None if not person or person.casefold() in NOBODY else f"person:{person}"


def _owner(found: list[_Found], columns: Columns, entry_id: str) -> str:
    if columns.who is not None:
        person = person_of(columns.who)
        if person.casefold() not in NOBODY:
            return f"person:{person}"
    for each in found:
        if each.name in IDENTIFYING and (named := _named(each)) is not None:
            return named
    for each in found:
        if each.name in ADDRESSES and type(each.value) is str:
            return f"address:{each.value}"
    return f"entry:{entry_id}"
