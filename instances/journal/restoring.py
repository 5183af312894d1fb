"""Going on with a journal that is older than what was signed of it, because an operator says so."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from instances.journal.append import writing
from instances.journal.consistency import InconsistentTree, check, signed_before
from instances.journal.keys import log_origin
from instances.journal.memory import Memory
from instances.journal.models import JournalHead, SequencerLease
from instances.journal.router import ALIAS
from instances.journal.signer import SEALED, SEQUENCER
from instances.publishing.typed import publish_event
from instances.schemas.audit import journal_restored
from instances.streams.position import new_epoch


class NothingToAccept(Exception):
    """That no log is inconsistent with what was signed of it, so far as this host remembers."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A log that begins where the one before can't go on."""

    instance: str
    log: str
    size: int
    signed_size: int | None
    """Of the log before, when it was last signed; None where this host doesn't know."""
    untold: str | None = None
    """Why the entry that tells of it was not taken; None: it was."""


def accept(
    because: str,
    *,
    actor: str,
    instances: Collection[str] = (),
    memory: Memory | None = None,
    clock: Callable[[], float] = time.time,
) -> list[Accepted]:
    """Let new logs begin with what the journal holds, and tell the log why.

    `instances` are taken whatever is remembered here; by default those whose tree is inconsistent.

    1. The heads are locked, so that nothing is numbered meanwhile.
    2. Each log gets a new generation, by which its name differs from the one that was signed.
    3. Every journaled instance gets a new epoch: positions after the backup must not name other events.
    4. The trouble that was told is taken back, and once all that is committed, an entry tells of each log.

    Raises: NothingToAccept; Forgetful; what the database raises.
    """
    memory = memory or Memory()
    with writing(ALIAS):
        heads = list(JournalHead.objects.using(ALIAS).select_for_update().order_by("instance"))
        sealed = [head for head in heads if head.instance in SEALED]
        chosen = [head for head in sealed if head.instance in instances or (not instances and _is_bad(head, memory))]
        if not chosen:
            raise NothingToAccept(
                "Every journal is consistent with what was signed of it, so far as this host remembers. Run this on "
                "the host whose signer refuses, or name the journal with --instance."
            )
        accepted = [_begin(head, memory) for head in chosen]
        epoch = new_epoch(clock)
        for head in heads:
            head.epoch = epoch
            head.save(using=ALIAS, update_fields=["generation", "epoch"])
        SequencerLease.objects.using(ALIAS).filter(name=SEQUENCER).update(trouble="")
    return [replace(each, untold=_tell(each, because, actor)) for each in accepted]


def _tell(accepted: Accepted, because: str, actor: str) -> str | None:
    result = publish_event(
        journal_restored(
            actor=actor,
            actor_kind="os_user",
            action="accept_restored_journal",
            resource=f"journal/{accepted.instance}",
            log=accepted.log,
            size=accepted.size,
            signed_size=accepted.signed_size,
            reason=because,
            outcome="success",
        )
    )
    return None if result.accepted else str(result.error)


def _is_bad(head: JournalHead, memory: Memory) -> bool:
    try:
        check(head, signed_before(head, memory))
    except InconsistentTree:
        return True
    return False


def _begin(head: JournalHead, memory: Memory) -> Accepted:
    signed = max(signed_before(head, memory), key=lambda each: (each.generation, each.size), default=None)
    head.generation = max(head.generation, signed.generation if signed else 0) + 1
    return Accepted(
        head.instance, log_origin(head.instance, head.generation), head.size, signed.size if signed else None
    )
