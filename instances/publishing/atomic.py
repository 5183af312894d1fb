"""publish_atomic(): evidence in the transaction of the act that it tells of, so that both stand or fall."""

import functools
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from instances.catalog import find
from instances.error_codes import Refusal
from instances.explorer.tally import tally_of
from instances.journal import vault
from instances.journal.append import append
from instances.journal.committers import committed
from instances.journal.router import ALIAS
from instances.publishing.publish import PublishResult, check_event
from instances.streams import IdConflict


class NotAtomic(Refusal):
    """An entry that can't be written in that transaction."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_request", message)


def publish_atomic(
    instance: str,
    topic: str,
    event_type: str,
    *,
    data: Any = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: int | None = None,
    id: str | UUID | None = None,
    schema_version: int = 1,
    publisher: str | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> PublishResult:
    """Write an event of a journaled instance in the transaction that is open on the database `using`.

    It is on record if that transaction commits, and was never there if it doesn't: the result says no more than that
    it was written. Nothing goes to the spool, and there is no receipt: nothing is promised before the commit.
    Raises: Refusal; NotAtomic where no transaction is open, or the journal is in another database; what the database
    raises.
    """
    spec = find(instance)
    if not spec.delivery.journaled:
        raise NotAtomic(
            f"Events of {spec.name} are in no database, so none is written in a transaction; publish_on_commit() "
            "sends one once the transaction commits."
        )
    if using != ALIAS and not (using == DEFAULT_DB_ALIAS and settings.JOURNAL_SHARES_DATABASE):
        raise NotAtomic(
            f"The journal is in another database than {using!r}, so the two can't commit as one. Have both in one: "
            "leave JOURNAL_DATABASE_URL out, or let it name the database of DATABASE_URL, and on SQLite the same file."
        )
    if not connections[using].in_atomic_block:
        raise NotAtomic(
            f"No transaction is open on the database {using!r}: call publish_atomic() inside "
            f"`with transaction.atomic(using={using!r})`, with what it tells of."
        )
    checked = check_event(instance, topic, event_type, data, metadata, timestamp, id, schema_version, publisher)
    assert checked.drafts is not None
    if using != ALIAS and connections[using].vendor != "sqlite":
        # Keys for persons who are new are committed by themselves, or whoever writes of the same person would wait for
        # the end of this transaction. SQLite has one writer at a time, who may as well do it.
        vault.seal_parts(spec.name, checked.drafts, using=ALIAS)
    # A savepoint, so that who catches a conflict may go on in the transaction.
    with transaction.atomic(using=using):
        [answer] = append([checked.drafts], spec, using=using)
    if isinstance(answer, IdConflict):
        raise answer
    transaction.on_commit(committed, using=using)
    if not answer[0].repeated:
        transaction.on_commit(functools.partial(tally_of(spec.name).note_drafts, checked.drafts), using=using)
    return PublishResult(accepted=True, event_id=str(answer[0].id), warnings=checked.warnings, stream=answer[0].stream)
