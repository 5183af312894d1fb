"""Where personal values are kept: encrypted under a key of the person they are about.

Each person has a row with a key, which the hub's encryption key wraps. A person's name is nowhere in the clear: it is
found again by an HMAC under the blind key, a secret of the journal's own. Without the person's key nothing about them
can be read any more, in any copy of the journal, while all entries stay as they are.
"""

import base64
import logging
import os
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache, partial
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final, Literal, NamedTuple
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections, transaction
from django.views.decorators.debug import sensitive_variables

from instances.access.sealing import KEY_BYTES, NONCE_BYTES, CannotOpen, Keyring, keyring
from instances.journal.columns import asked
from instances.journal.draft import Draft
from instances.journal.models import JournalSecret, PersonalPart, SubjectKey
from instances.journal.opened import TAMPERED, UNREADABLE, Opened
from instances.journal.personal import Held
from instances.journal.rows import Column, select

logger = logging.getLogger(__name__)

BLIND_BYTES: Final = 16
MARK_BYTES: Final = 4
_TEXT_AT: Final = MARK_BYTES + NONCE_BYTES
BLIND_KEY: Final = "blind index key"
"""The name of its row among the journal's secrets."""
_REMEMBERED_KEYS: Final = 10_000
_ROWS_A_QUERY: Final = 5_000
"""Names in one question; SQLite takes 32,766 at most."""

_decode_values: Final = msgspec.json.Decoder(dict[str, Held]).decode
_encode: Final = msgspec.json.Encoder().encode


class SealedPart(NamedTuple):
    """The columns of a PersonalPart that are known before its entry has an index, in the order of COLUMNS."""

    instance: str
    entry_id: UUID
    subject_id: int
    sealed: bytes
    actor_blind: bytes | None
    origin_blind: bytes | None


COLUMNS: Final = SealedPart._fields
_BLIND: Final = Column("blind", "bytea")


class _Key(NamedTuple):
    mark: bytes
    """The beginning of its hash, by which it is seen that a part was sealed with another, which was erased since."""
    cipher: AESGCM


class _Subject(NamedTuple):
    number: int
    key: _Key


def seal_parts(instance: str, drafts: Sequence[Draft], *, using: str) -> list[SealedPart]:
    """Encrypt what the drafts hold of persons, in at most four queries for all of them.

    Best called before a transaction begins: a key for a person who is new is committed at once then, and nobody who
    writes about the same person waits for the rest of that transaction. Raises: CannotOpen, where the hub hasn't the
    key that the journal's were wrapped with, and what the database raises.
    """
    names = {part.subject for draft in drafts for part in draft.parts}
    if not names:
        return []
    key = blind_key(using)
    blinds = {name: _mac(key, "subject", name) for name in names}
    subjects = _subjects(sorted(blinds.values()), using)
    sealed = []
    for draft in drafts:
        for part in draft.parts:
            blind = blinds[part.subject]
            number, (mark, cipher) = subjects[blind]
            nonce = os.urandom(NONCE_BYTES)
            place = _place_of_part(instance, draft.id, blind)
            sealed.append(
                SealedPart(
                    instance,
                    draft.id,
                    number,
                    mark + nonce + cipher.encrypt(nonce, _encode(part.values), place),
                    None if part.actor is None else _mac(key, "actor", asked("actor", part.actor)),
                    None if part.origin is None else _mac(key, "origin", asked("origin", part.origin)),
                )
            )
    return sealed


def open_parts(instance: str, entry_ids: Iterable[UUID], *, using: str) -> dict[UUID, Opened]:
    """Return what is known of the entries' personal values, by entry, in one query; nothing that is wrong raises."""
    opened = {entry_id: Opened() for entry_id in entry_ids}
    ids = list(opened)
    for start in range(0, len(ids), _ROWS_A_QUERY):
        rows = (
            PersonalPart.objects.using(using)
            .filter(instance=instance, entry_id__in=ids[start : start + _ROWS_A_QUERY], sealed__isnull=False)
            .exclude(subject__wrapped="")
            .values_list("entry_id", "sealed", "subject__blind", "subject__wrapped")
        )
        for entry_id, sealed, blind, wrapped in rows:
            # Never None here, which the query's types can't tell.
            _open(instance, entry_id, bytes(sealed or b""), bytes(blind), wrapped, opened[entry_id])
    return opened


def _open(instance: str, entry_id: UUID, sealed: bytes, blind: bytes, wrapped: str, into: Opened) -> None:
    try:
        mark, cipher = _opened_key(wrapped, blind)
        if sealed[:MARK_BYTES] != mark:
            return
        nonce, text = sealed[MARK_BYTES:_TEXT_AT], sealed[_TEXT_AT:]
        into.values |= _decode_values(cipher.decrypt(nonce, text, _place_of_part(instance, entry_id, blind)))
    except CannotOpen as error:
        logger.error("What %s %s says of a person can't be opened: %s", instance, entry_id, error)
        into.absent = UNREADABLE
    except (InvalidTag, ValueError):
        logger.error("What %s %s says of a person was changed, or its key was.", instance, entry_id)
        into.absent = TAMPERED


def blind(kind: Literal["actor", "origin"], value: str, *, using: str) -> bytes:
    """Return what an actor or an origin that is held apart is found by, where it is exactly that one.

    Raises: CannotOpen.
    """
    return _mac(blind_key(using), kind, asked(kind, value))


def blind_of_subject(subject: str, *, using: str) -> bytes:
    """Return what the key of a person is found by, such as `person:ada`. Raises: CannotOpen."""
    return _mac(blind_key(using), "subject", subject)


# Most events are of the same few persons and addresses.
@lru_cache(maxsize=_REMEMBERED_KEYS)
def _mac(key: bytes, kind: str, text: str) -> bytes:
    return hmac_digest(key, f"{kind}\0{text}".encode(), "sha256")[:BLIND_BYTES]


def _place_of_part(instance: str, entry_id: UUID, blind: bytes) -> bytes:
    return b"journal part\0%b\0%b%b" % (instance.encode(), entry_id.bytes, blind)


def place_of_subject(blind: bytes) -> str:
    """Return the place that a person's wrapped key is sealed for."""
    return f"journal subject {blind.hex()}"


def place_of_secret(name: str) -> str:
    """Return the place that a secret of the journal's is sealed for."""
    return f"journal secret {name}"


_blind_keys: dict[tuple[str, ...], bytes] = {}
"""By the database they are of."""


@sensitive_variables("key")
def blind_key(using: str) -> bytes:
    """Return the key of the blind indexes, made when it is first needed. Raises: CannotOpen."""
    said = connections[using].settings_dict
    database = tuple(str(said[name]) for name in ("ENGINE", "HOST", "PORT", "NAME"))
    key = _blind_keys.get(database)
    if key is None:
        secrets = JournalSecret.objects.using(using).filter(name=BLIND_KEY).values_list("sealed", flat=True)
        sealed = secrets.first()
        if sealed is None:
            fresh = keyring().seal(_text(os.urandom(KEY_BYTES)), place=place_of_secret(BLIND_KEY))
            # Of those who make one at once, one wins, and all take that.
            JournalSecret.objects.using(using).bulk_create(
                [JournalSecret(name=BLIND_KEY, sealed=fresh)], ignore_conflicts=True
            )
            sealed = secrets.get()
        key = base64.b64decode(keyring().open(sealed, place=place_of_secret(BLIND_KEY)))
        # A transaction that is rolled back takes the row with it.
        transaction.on_commit(partial(_blind_keys.__setitem__, database, key), using=using)
    return key


def _subjects(blinds: Collection[bytes], using: str) -> dict[bytes, _Subject]:
    """Return the persons' keys, with new ones for those who have none."""
    found = _found(blinds, using)
    missing = [blind for blind in blinds if blind not in found]
    if missing:
        keys = keyring()
        # In the order of the blinds, so that no two wait for each other.
        SubjectKey.objects.using(using).bulk_create(
            [SubjectKey(blind=blind, wrapped=_fresh(keys, blind)) for blind in missing], ignore_conflicts=True
        )
        found |= _found(missing, using)
    return found


def _found(blinds: Collection[bytes], using: str) -> dict[bytes, _Subject]:
    wanted = list(blinds)
    found = {}
    for start in range(0, len(wanted), _ROWS_A_QUERY):
        some = wanted[start : start + _ROWS_A_QUERY]
        rows = select(connections[using], SubjectKey._meta.db_table, ("id", "blind", "wrapped"), _BLIND, some)
        for number, raw, wrapped in rows:
            blind = bytes(raw)
            found[blind] = _Subject(number, _opened_key(wrapped or _revived(number, blind, using), blind))
    return found


def _revived(number: int, blind: bytes, using: str) -> str:
    """Give a person whose key was erased another, since there is something new to be kept about them."""
    rows = SubjectKey.objects.using(using).filter(pk=number)
    rows.filter(wrapped="").update(wrapped=_fresh(keyring(), blind))
    return rows.values_list("wrapped", flat=True).get()


def _fresh(keys: Keyring, blind: bytes) -> str:
    return keys.seal(_text(os.urandom(KEY_BYTES)), place=place_of_subject(blind))


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


# By the wrapped key itself: a key that was replaced or erased, or another database's, is never taken for this one.
@lru_cache(maxsize=_REMEMBERED_KEYS)
def _opened_key(wrapped: str, blind: bytes) -> _Key:
    """Raises: CannotOpen."""
    key = base64.b64decode(keyring().open(wrapped, place=place_of_subject(blind)))
    return _Key(sha256(b"journal subject key:" + key).digest()[:MARK_BYTES], AESGCM(key))


def forget_keys() -> None:
    """Let go of all keys that are remembered, and of what was made with them."""
    _opened_key.cache_clear()
    _mac.cache_clear()
    _blind_keys.clear()


os.register_at_fork(after_in_child=forget_keys)
