"""A sealed log as readers ask about it: how it stands, its checkpoints, and its entries one by one."""

from collections.abc import Sequence
from dataclasses import dataclass

from instances.access.rights import Rights, Verb
from instances.journal import notes, vault
from instances.journal.keys import log_origin, signing_key
from instances.journal.merkle import Frontier
from instances.journal.models import Checkpoint, JournalHead, SequencerLease, entry_model
from instances.journal.rotation import known_keys
from instances.journal.router import ALIAS
from instances.journal.signer import SEQUENCER
from instances.journal.wire import sealed_event, wire_of
from instances.spec import InstanceSpec


@dataclass(frozen=True, slots=True)
class Log:
    """How a log stands."""

    head: JournalHead
    origin: str
    root: bytes
    keys: tuple[str, ...]
    """Verifier keys, the one that signs now first."""
    note: str | None
    """The last checkpoint; None before the first."""
    trouble: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry: what is sealed, and the event as its reader may see it."""

    body: bytes
    leaf_hash: bytes
    wire: bytes


def present(spec: InstanceSpec) -> Log:
    """Return how the instance's log stands now. Raises: NoKey; what the database raises."""
    head = JournalHead.objects.using(ALIAS).get(instance=spec.name)
    last = Checkpoint.objects.using(ALIAS).filter(instance=spec.name, generation=head.generation)
    lease = SequencerLease.objects.using(ALIAS).filter(name=SEQUENCER).first()
    return Log(
        head=head,
        origin=log_origin(spec.name, head.generation),
        root=Frontier.from_bytes(head.size, bytes(head.frontier)).root,
        keys=verifier_keys(spec, head.generation),
        note=last.order_by("-size", "-id").values_list("note", flat=True).first(),
        trouble="" if lease is None else lease.trouble,
    )


def verifier_keys(spec: InstanceSpec, generation: int) -> tuple[str, ...]:
    """Return the log's public keys, the one that signs now first. Raises: NoKey; what the database raises."""
    origin = log_origin(spec.name, generation)
    publics = known_keys(signing_key().public)
    return tuple(str(notes.VerifierKey(origin, notes.ED25519, public)) for public in publics)


def checkpoints(
    spec: InstanceSpec, *, newest_first: bool, after: int | None, limit: int
) -> tuple[Sequence[Checkpoint], int | None]:
    """Return a page of the log's checkpoints, and where to go on; None: there is no more now."""
    rows = Checkpoint.objects.using(ALIAS).filter(instance=spec.name)
    if after is not None:
        rows = rows.filter(id__lt=after) if newest_first else rows.filter(id__gt=after)
    page = list(rows.order_by("-id" if newest_first else "id").prefetch_related("anchored")[: limit + 1])
    return page[:limit], page[limit - 1].pk if len(page) > limit else None


def entry(spec: InstanceSpec, index: int, rights: Rights) -> Sealed | None:
    """Return the entry at that place, if whoever has these rights may query it; its personal values, too."""
    found = entry_model(spec)._base_manager.using(ALIAS).filter(index=index).first()
    if found is None or not rights.allows(Verb.QUERY, spec.name, found.topic):
        return None
    opened = None
    if rights.reads_personal(Verb.QUERY, spec.name, found.topic):
        opened = vault.open_parts(spec.name, [found.id], using=ALIAS).get(found.id)
    epoch = JournalHead.objects.using(ALIAS).values_list("epoch", flat=True).get(instance=spec.name)
    body = bytes(found.body)
    wire = wire_of(sealed_event(body), opened, stream=found.stream, epoch=epoch, offset=found.offset or 0, index=index)
    return Sealed(body, bytes(found.leaf_hash), wire)
