"""The way into the journal: checked events, inserted and committed in one transaction."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from instances.journal import vault
from instances.journal.draft import Draft
from instances.journal.models import PersonalPart, entry_model
from instances.journal.router import ALIAS
from instances.journal.rows import Column, Table, insert
from instances.spec import InstanceSpec
from instances.streams import IdConflict

RACES_MAX: Final = 5
"""How often a group is tried again because another process was quicker with one of its ids."""

_ENTRY: Final = (
    Column("id", "uuid"),
    Column("stream", "text"),
    Column("body", "bytea"),
    Column("leaf_hash", "bytea"),
    Column("digest", "bytea"),
    Column("topic", "text"),
    Column("event_type", "text"),
    Column("actor", "text"),
    Column("action", "text"),
    Column("resource", "text"),
    Column("outcome", "text"),
    Column("origin", "text"),
    Column("severity", "int2"),
    Column("occurred_ms", "int8"),
    Column("received_ms", "int8"),
    Column("publisher", "text"),
    Column("correlation_id", "text"),
)
_PART: Final = Table(
    PersonalPart._meta.db_table,
    (
        Column("instance", "text"),
        Column("entry_id", "uuid"),
        Column("subject_id", "int8"),
        Column("sealed", "bytea"),
        Column("actor_blind", "bytea"),
        Column("origin_blind", "bytea"),
    ),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on record of one event, from its commit on."""

    id: UUID
    stream: str
    received_ms: int
    leaf_hash: bytes
    repeated: bool = False
    """Whether it was there before, under the same id and from the same body."""


# One process has one SQLite file open in several threads: in a queue of their own they wait no longer than they must,
# while SQLite has them sleep and try again.
_one_at_a_time: Final = threading.RLock()


@contextmanager
def writing(using: str = ALIAS) -> Iterator[BaseDatabaseWrapper]:
    """Open a transaction of the journal's database in this thread, alone in this process where that helps."""
    connection = connections[using]
    alone = connection.vendor == "sqlite" and not connection.in_atomic_block
    with _one_at_a_time if alone else nullcontext(), transaction.atomic(using=using):
        yield connection


def append(
    publications: Sequence[Sequence[Draft]], spec: InstanceSpec, *, using: str = ALIAS
) -> list[list[Kept] | IdConflict]:
    """Insert entries and commit them, or, in a transaction of the caller's, leave that to it.

    A publication is taken whole or not at all. An event whose id is on record with the same body as submitted gets
    its first answer; with another body its publication is a conflict. Raises what the database raises.
    """
    # Before the transaction: whoever writes about a person who is new must not wait for the rest of it.
    parts = _parts([draft for drafts in publications for draft in drafts], spec, using)
    for attempt in range(RACES_MAX):
        try:
            with _at_once(using) as connection:
                return _append(connection, publications, parts, spec, certain=attempt > 0)
        except IntegrityError:
            # Whoever was quicker committed an id between our look and our insert. Anything else fails again.
            if attempt == RACES_MAX - 1:
                raise
    raise AssertionError("The last attempt returns or raises.")


def _at_once(using: str) -> AbstractContextManager[BaseDatabaseWrapper]:
    """Open a transaction where the insert isn't one by itself, or is to be undone apart from its caller's work."""
    connection = connections[using]
    whole = connection.vendor == "postgresql" and not connection.in_atomic_block
    return nullcontext(connection) if whole else writing(using)


def _append(
    connection: BaseDatabaseWrapper,
    publications: Sequence[Sequence[Draft]],
    parts: "_Parts",
    spec: InstanceSpec,
    *,
    certain: bool,
) -> list[list[Kept] | IdConflict]:
    """Insert what is not on record yet; unless `certain`, ids that the hub made itself are taken to be new."""
    asked = [draft for drafts in publications for draft in drafts if certain or draft.digest is not None]
    known = _known(connection, asked, spec)
    answers: list[list[Kept] | IdConflict] = []
    new: list[Draft] = []
    for drafts in publications:
        answer, fresh = _sorted(drafts, known)
        answers.append(answer)
        new += fresh
        known |= {draft.id: (_kept(draft, repeated=True), draft.digest) for draft in fresh}
    if new:
        entries = Table(entry_model(spec)._meta.db_table, _ENTRY), [_row(draft) for draft in new]
        insert(connection, entries, (_PART, [part for draft in new for part in parts[id(draft)]]))
    return answers


_Parts = dict[int, list[vault.SealedPart]]
"""By the identity of the draft that they are of: two drafts may have one id."""


def _parts(drafts: Sequence[Draft], spec: InstanceSpec, using: str) -> _Parts:
    sealed = iter(vault.seal_parts(spec.name, drafts, using=using))
    return {id(draft): [next(sealed) for _ in draft.parts] for draft in drafts}


_Known = dict[UUID, tuple[Kept, bytes | None]]


def _known(connection: BaseDatabaseWrapper, drafts: Sequence[Draft], spec: InstanceSpec) -> _Known:
    """Return what is on record under ids that their publishers gave."""
    if not drafts:
        return {}
    found = (
        entry_model(spec)
        ._base_manager.using(connection.alias)
        .filter(id__in=[draft.id for draft in drafts])
        .values_list("id", "stream", "received_ms", "leaf_hash", "digest")
    )
    return {
        id: (Kept(id, stream, received_ms, bytes(leaf_hash), repeated=True), None if digest is None else bytes(digest))
        for id, stream, received_ms, leaf_hash, digest in found
    }


def _sorted(drafts: Sequence[Draft], known: _Known) -> tuple[list[Kept] | IdConflict, list[Draft]]:
    """Return the answer for one publication, and those of its events that are not on record yet."""
    answer: list[Kept] = []
    fresh: dict[UUID, Draft] = {}
    for index, draft in enumerate(drafts):
        found = known.get(draft.id)
        if found is None and (twin := fresh.get(draft.id)) is not None:
            found = _kept(twin, repeated=True), twin.digest
        if found is None:
            fresh[draft.id] = draft
            answer.append(_kept(draft))
        elif _is_the_same(draft, *found):
            answer.append(found[0])
        else:
            return IdConflict(index=index, id=str(draft.id)), []
    return answer, list(fresh.values())


def _is_the_same(draft: Draft, kept: Kept, digest: bytes | None) -> bool:
    """Tell whether what is on record is what is submitted, or, coming from a spool, the very same entry."""
    return (draft.digest is not None and draft.digest == digest) or draft.leaf_hash == kept.leaf_hash


def _kept(draft: Draft, *, repeated: bool = False) -> Kept:
    return Kept(draft.id, draft.stream, draft.received_ms, draft.leaf_hash, repeated)


def _row(draft: Draft) -> tuple[Any, ...]:
    return (
        draft.id,
        draft.stream,
        draft.body,
        draft.leaf_hash,
        draft.digest,
        draft.topic,
        draft.event_type,
        draft.actor,
        draft.action,
        draft.resource,
        draft.outcome,
        draft.origin,
        draft.severity,
        draft.occurred_ms,
        draft.received_ms,
        draft.publisher,
        draft.correlation_id,
    )
