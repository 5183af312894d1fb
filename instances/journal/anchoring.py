"""The way of checkpoints to the anchors: a thread for each, so that none holds up the sequencer, or another one."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

from django.db import Error, close_old_connections, connections

from instances.journal.anchors import Ahead, Anchor, BadAnchor, NotAnchored, anchors
from instances.journal.append import writing
from instances.journal.memory import Signed
from instances.journal.models import Anchored, Checkpoint
from instances.journal.router import ALIAS

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0
"""After failures the pause grows, from the first to this, until the anchor answers again."""
END_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one anchor does, for the figures."""

    anchor: str
    kept: int
    """Checkpoints since this process began."""
    failures: int
    """In a row, up to now."""
    trouble: str
    """Of the last of them; empty where the last one was kept."""
    kept_ms: int | None
    """When the last one was."""


class Anchoring:
    """Hands each log's newest checkpoint to every anchor.

    One that waits gives way to a newer one of its log, which proves all that it did: so nothing piles up while an
    anchor is out. `clock` counts seconds since 1970.
    """

    def __init__(self, found: Sequence[Anchor] | None = None, *, clock: Callable[[], float] = time.time) -> None:
        if found is None:
            try:
                found = anchors()
            except BadAnchor as error:
                # The system check says so, too, and refuses before this runs where it can.
                logger.error("No checkpoint is kept outside: %s", error)
                found = []
        self._lines = [_Line(anchor, clock) for anchor in found]

    def offer(self, checkpoint: Checkpoint) -> None:
        """Hand a checkpoint to every anchor, and return at once."""
        for line in self._lines:
            line.offer(checkpoint)

    def later_than_known(self) -> dict[str, Signed]:
        """Return, once, the latest checkpoint of each instance that an anchor has and the hub forgot."""
        found: dict[str, Signed] = {}
        for line in self._lines:
            for instance, signed in line.taken_ahead().items():
                if instance not in found or signed.is_after(found[instance]):
                    found[instance] = signed
        return found

    def standings(self) -> list[Standing]:
        """Return how the anchors do."""
        return [line.standing for line in self._lines]

    def close(self) -> None:
        """Let each finish what it is at, for a moment; one that hangs is left behind."""
        for line in self._lines:
            line.stop()
        deadline = time.monotonic() + END_SECONDS
        for line in self._lines:
            line.join(max(deadline - time.monotonic(), 0.0))


class _Line:
    """What waits for one anchor, and the thread that takes it there; the thread begins with the first checkpoint."""

    def __init__(self, anchor: Anchor, clock: Callable[[], float]) -> None:
        self._anchor = anchor
        self._clock = clock
        self._waiting: dict[str, Checkpoint] = {}
        self._ahead: dict[str, Signed] = {}
        self._changed = Condition()
        self._stopped = False
        self._thread: Thread | None = None
        self.standing = Standing(anchor.name, 0, 0, "", None)

    def offer(self, checkpoint: Checkpoint) -> None:
        with self._changed:
            self._waiting[checkpoint.instance] = checkpoint
            if self._thread is None:
                self._thread = Thread(target=self._run, name=f"anchor {self._anchor.name}", daemon=True)
                self._thread.start()
            self._changed.notify()

    def taken_ahead(self) -> dict[str, Signed]:
        with self._changed:
            ahead, self._ahead = self._ahead, {}
        return ahead

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while (checkpoint := self._next()) is not None:
                if self._keep(checkpoint):
                    continue
                with self._changed:
                    # A newer one may have come meanwhile; else this one is tried again.
                    self._waiting.setdefault(checkpoint.instance, checkpoint)
                    self._pause()
        finally:
            connections[ALIAS].close()

    def _next(self) -> Checkpoint | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._waiting)
            if self._stopped:
                return None
            return self._waiting.pop(next(iter(self._waiting)))

    def _pause(self) -> None:
        seconds = min(FIRST_PAUSE_SECONDS * 2 ** min(self.standing.failures - 1, 20), LONGEST_PAUSE_SECONDS)
        self._changed.wait_for(lambda: self._stopped, seconds)

    def _keep(self, checkpoint: Checkpoint) -> bool:
        """Take one there and note that it was kept; False: it is to be tried again."""
        name = self._anchor.name
        close_old_connections()
        try:
            if not Anchored.objects.using(ALIAS).filter(checkpoint_id=checkpoint.pk, anchor=name).exists():
                answer = self._anchor.keep(checkpoint)
                with writing(ALIAS):
                    Anchored.objects.using(ALIAS).get_or_create(
                        checkpoint_id=checkpoint.pk,
                        anchor=name,
                        defaults={"answer": answer, "at_ms": int(self._clock() * 1000)},
                    )
        except (NotAnchored, Error, OSError) as error:
            if isinstance(error, Ahead):
                with self._changed:
                    self._ahead[checkpoint.instance] = error.signed
            self._failed(str(error))
            return False
        except Exception as error:
            logger.exception("The anchor %s failed.", name)
            self._failed(f"{type(error).__name__}: {error}")
            return False
        finally:
            close_old_connections()
        self._kept()
        return True

    def _failed(self, trouble: str) -> None:
        before = self.standing
        if before.trouble != trouble:
            logger.error("A checkpoint is not kept by the anchor %s: %s", self._anchor.name, trouble)
        self.standing = Standing(before.anchor, before.kept, before.failures + 1, trouble, before.kept_ms)

    def _kept(self) -> None:
        before = self.standing
        if before.failures:
            logger.warning("Checkpoints are kept by the anchor %s again.", self._anchor.name)
        self.standing = Standing(before.anchor, before.kept + 1, 0, "", int(self._clock() * 1000))
