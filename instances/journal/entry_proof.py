"""What shows that an entry is in the log as it was sealed: the way to a checkpoint, and from there to the newest."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from instances.journal import tiles
from instances.journal.keys import NoKey
from instances.journal.logs import verifier_keys
from instances.journal.models import Checkpoint, JournalHead, entry_model
from instances.journal.query import answered
from instances.journal.router import ALIAS
from instances.spec import InstanceSpec


@dataclass(frozen=True, slots=True)
class EntryProof:
    """A proof that somebody checks who trusts nothing but a key of the log."""

    index: int
    leaf_hash: bytes
    inclusion: Sequence[bytes]
    """From the leaf to the checkpoint's root (RFC 6962 section 2.1.1)."""
    checkpoint: Checkpoint
    """The first that covers the entry."""
    consistency: Sequence[bytes]
    """From that checkpoint to the newest (section 2.1.2)."""
    newest: Checkpoint
    keys: Sequence[str]
    """Verifier keys, the one that signs now first; none where this host has no key."""


def entry_proof(spec: InstanceSpec, index: int) -> EntryProof | None:
    """Return the proof, or None: no checkpoint covers the entry yet.

    Blocks, for a bounded time. Raises: query.Unavailable; tiles.MissingLeaf where the journal lacks entries.
    """
    return answered(partial(_prove, spec, index))


def _prove(spec: InstanceSpec, index: int) -> EntryProof | None:
    head = JournalHead.objects.using(ALIAS).get(instance=spec.name)
    signed = Checkpoint.objects.using(ALIAS).filter(
        instance=spec.name, generation=head.generation, size__gt=index, size__lte=head.size
    )
    checkpoint, newest = signed.order_by("size", "id").first(), signed.order_by("-size", "-id").first()
    if checkpoint is None or newest is None:
        return None
    try:
        keys = verifier_keys(spec, head.generation)
    except NoKey:
        keys = ()
    return EntryProof(
        index=index,
        leaf_hash=tiles.subtree_root(entry_model(spec), index, index + 1),
        inclusion=tiles.inclusion(spec.name, index, checkpoint.size),
        checkpoint=checkpoint,
        consistency=tiles.consistency(spec.name, checkpoint.size, newest.size),
        newest=newest,
        keys=keys,
    )
