"""The signer: a checkpoint of each sealed log while it grows, and an hourly one while it doesn't."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from django.db import Error

from instances.catalog import INSTANCES
from instances.journal import consistency, notes
from instances.journal.anchoring import Anchoring
from instances.journal.append import writing
from instances.journal.keys import NoKey, log_origin, old_keys, signing_key
from instances.journal.memory import Forgetful, Memory, Signed
from instances.journal.merkle import Frontier
from instances.journal.models import Checkpoint, JournalHead, SequencerLease
from instances.journal.rotation import Announcer
from instances.journal.router import ALIAS

logger = logging.getLogger(__name__)

GROWING_SECONDS: Final = 10.0
"""After so long a log that grew gets a checkpoint: what is not yet under one could be taken back unnoticed."""
GROWN_ENTRIES: Final = 1_000
"""After so many it gets one at once."""
RESTING_SECONDS: Final = 3_600.0
"""So often a log that doesn't grow says that it is still the same."""
LOOK_SECONDS: Final = 0.1
"""At 5,000 entries a second a log grows by half of GROWN_ENTRIES meanwhile."""
REFUSED_SECONDS: Final = 10.0
"""So often what can't be signed is looked at again."""
SEQUENCER: Final = "sequencer"
"""The row of SequencerLease that says what is the matter, for /readyz."""

SEALED: Final = tuple(spec.name for spec in INSTANCES if spec.delivery.sealed)


class Offering(Protocol):
    """Takes checkpoints to the anchors, without making the signer wait: Anchoring."""

    def offer(self, checkpoint: Checkpoint) -> None: ...

    def later_than_known(self) -> dict[str, Signed]: ...

    def close(self) -> None: ...


class Signer:
    """What the sequencer's leader does between two steps; all calls belong to its thread.

    `clock` counts seconds since 1970.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        memory: Memory | None = None,
        anchoring: Offering | None = None,
        announcer: Announcer | None = None,
        instances: Sequence[str] = SEALED,
    ) -> None:
        self._clock = clock
        self._memory = memory or Memory()
        self._anchoring = anchoring or Anchoring()
        self._announcer = announcer or Announcer(clock=clock)
        self._instances = instances
        self._looked_at = float("-inf")
        self._last: dict[str, Signed] = {}
        self._refused: dict[str, tuple[float, int, str]] = {}
        self._told: tuple[str, float] = "", float("-inf")

    @property
    def troubles(self) -> dict[str, str]:
        """Why which instances' logs can't be signed, now."""
        return {instance: why for instance, (_, _, why) in self._refused.items()}

    def tick(self) -> None:
        """Sign what is due. Never raises: what is the matter is logged, and told in the sequencer's row.

        For each log:
        1. Its head is read. Where too little has changed since its last checkpoint, that is all.
        2. Its tree is held against what was signed before, here, in the database and by an anchor.
        3. Size and root are remembered outside of the database, before a signature over them exists.
        4. The checkpoint is signed, stored, and handed to the anchors.
        """
        now = self._clock()
        if 0 <= now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        try:
            self._recall(self._anchoring.later_than_known())
            for head in JournalHead.objects.using(ALIAS).filter(instance__in=self._instances):
                self._attend_to(head, now)
            self._tell("\n".join(self.troubles.values()), now)
        except Error as error:
            logger.warning("The signer can't work on the journal: %s", error)

    def close(self) -> None:
        """Let the anchors finish what they are at, for a moment."""
        self._anchoring.close()

    def _attend_to(self, head: JournalHead, now: float) -> None:
        refused = self._refused.get(head.instance)
        if refused is not None and refused[1] == head.generation and 0 <= now - refused[0] < REFUSED_SECONDS:
            return
        try:
            first = head.instance not in self._last
            if first or refused is not None or self._is_due(head, now):
                self._look_at(head, now, first=first)
        except (consistency.InconsistentTree, Forgetful, NoKey) as error:
            if refused is None or refused[2] != str(error):
                logger.critical("%s", error)
            self._refused[head.instance] = now, head.generation, str(error)
        else:
            if self._refused.pop(head.instance, None) is not None:
                logger.warning("Checkpoints of %s are signed again.", head.instance)

    def _is_due(self, head: JournalHead, now: float) -> bool:
        last = self._last[head.instance]
        if head.size == last.size == 0:
            return False
        if last.generation != head.generation or head.size < last.size:
            return True
        grown, waited = head.size - last.size, now - last.signed_ms / 1000
        if grown >= GROWN_ENTRIES:
            return True
        # A clock that was set back tells nothing about how long it was.
        return waited < 0 or waited >= (GROWING_SECONDS if grown else RESTING_SECONDS)

    def _look_at(self, head: JournalHead, now: float, *, first: bool) -> None:
        known = consistency.signed_before(head, self._memory)
        consistency.check(head, known)
        of_this = [signed for signed in known if signed.generation == head.generation]
        last = max(of_this, key=lambda signed: (signed.size, signed.signed_ms), default=None)
        # A log that never had an entry has nothing to be held against.
        self._last[head.instance] = last or Signed(head.generation, 0, b"", 0)
        if first:
            self._offer_again(head)
        if head.size and (last is None or self._is_due(head, now)):
            self._sign(head, now)

    def _sign(self, head: JournalHead, now: float) -> None:
        key, old = signing_key(), old_keys()
        if not self._announcer.is_settled(key, old):
            return
        origin = log_origin(head.instance, head.generation)
        root = Frontier.from_bytes(head.size, bytes(head.frontier)).root
        signed = Signed(head.generation, head.size, root, int(now * 1000))
        text = notes.checkpoint_text(origin, signed.size, root, [f"time={consistency.moment(signed.signed_ms)}"])
        self._memory.keep(head.instance, signed)
        with writing(ALIAS):
            checkpoint = Checkpoint.objects.using(ALIAS).create(
                instance=head.instance,
                generation=signed.generation,
                size=signed.size,
                root=root,
                note=notes.sign(text, origin, key, *old),
                signed_ms=signed.signed_ms,
            )
        self._last[head.instance] = signed
        self._anchoring.offer(checkpoint)

    def _offer_again(self, head: JournalHead) -> None:
        """Hand over the newest checkpoint, which may have been signed just before the leader ended."""
        rows = Checkpoint.objects.using(ALIAS).filter(instance=head.instance, generation=head.generation)
        if (newest := rows.order_by("-size", "-id").first()) is not None:
            self._anchoring.offer(newest)

    def _recall(self, later: dict[str, Signed]) -> None:
        """Remember what an anchor has of this hub that the hub itself has forgotten, such as in a restored machine."""
        for instance, signed in later.items():
            try:
                self._memory.keep(instance, signed)
            except Forgetful as error:
                logger.error("%s", error)
            self._last.pop(instance, None)

    def _tell(self, trouble: str, now: float) -> None:
        told, at = self._told
        # Said again now and then, because another leader may have said something else meanwhile.
        if told == trouble and 0 <= now - at < REFUSED_SECONDS:
            return
        # On SQLite the lease is renewed in the same row: no other column of it is touched.
        with writing(ALIAS):
            told_somebody = SequencerLease.objects.using(ALIAS).filter(name=SEQUENCER).update(trouble=trouble)
        if told_somebody:
            self._told = trouble, now
