"""Commits what is published to a journaled instance: in groups, in time, and to a spool where the database is out."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError

from instances.access.sealing import CannotOpen
from instances.broker import Unavailable
from instances.error_codes import Refusal
from instances.explorer import steps
from instances.explorer.tally import tally_of
from instances.explorer.traces import TRACES
from instances.journal.append import Kept, append
from instances.journal.database_thread import DatabaseHung, DatabaseThread
from instances.journal.draft import Draft
from instances.lane import MAX_WAITING_EVENTS, LaneFull
from instances.spec import InstanceSpec
from instances.streams import IdConflict

logger = logging.getLogger(__name__)

MAX_GROUP_EVENTS: Final = 1_000
"""In one transaction: what waited while the one before was committed."""
DATABASE_SECONDS: Final = 2.0
"""For one transaction; then the events go to the spool, and whether it was committed will be known at their replay."""
GATHER_SHARE: Final = 0.25
"""Of what the last commit took: how long a group waits at most for those who were told by it, and are about to publish
again. Without it half of them always just miss the group, and the disk syncs twice as often."""
GATHER_SECONDS: Final = 0.01
"""At most."""
TRY_AGAIN_SECONDS: Final = 1.0
"""How long after a failure the database is asked again."""


class NowhereKept(Unavailable):
    """Events that could be kept nowhere."""


class Fallback(Protocol):
    """Where events go while the database is out."""

    def waits(self, spec: InstanceSpec) -> bool:
        """Tell whether something is to be brought on record; asked before each group, so it must cost nothing."""

    def keep(self, spec: InstanceSpec, drafts: Sequence[Draft]) -> None:
        """Keep them for certain. Raises: NowhereKept."""

    def replay(self, spec: InstanceSpec, append: Callable[[Sequence[Sequence[Draft]]], Sequence[object]]) -> None:
        """Bring on record what was kept, or a part of it, by `append`. Raises what that raises."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of a publication: on record, or spooled until the database is back."""

    kept: list[Kept]
    spooled: bool = False


@dataclass(slots=True, eq=False)
class Appending:
    """Drafts that are accepted together, and whom to tell."""

    drafts: Sequence[Draft]
    answer: "Future[Committed]"


class Committer:
    """One for each journaled instance of a process. `put` may be called from any thread."""

    def __init__(
        self,
        spec: InstanceSpec,
        fallback: Fallback,
        *,
        on_commit: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spec = spec
        self.waiting_events = 0
        self.failed_events = 0
        self.published_events = 0
        self.published_bytes = 0
        self._fallback = fallback
        self._on_commit = on_commit
        self._clock = clock
        self._waiting: deque[Appending] = deque()
        self._changed = threading.Condition()
        self._enough = 1
        """Publications to be woken for."""
        self._publishing = 0
        """Publications that were answered by the last commit, or waited meanwhile: so many publish at once."""
        self._took_seconds = 0.0
        """The last commit."""
        self._thread: threading.Thread | None = None
        self._database = DatabaseThread(f"journal of {spec.name}")
        self._stopping = False
        self._out_since: float | None = None
        self._asked_at = 0.0

    @property
    def out(self) -> bool:
        """Whether the database is out, as far as the last commit told."""
        return self._out_since is not None

    def put(self, appending: Appending) -> None:
        """Take the drafts into the queue. Raises: LaneFull, Unavailable."""
        count = len(appending.drafts)
        with self._changed:
            if self._stopping:
                raise Unavailable("The hub is stopping.")
            if self.waiting_events + count > MAX_WAITING_EVENTS:
                raise LaneFull(instance=self.spec.name, waiting_events=self.waiting_events)
            self.waiting_events += count
            self._waiting.append(appending)
            self._start()
            if len(self._waiting) >= self._enough or self.waiting_events >= MAX_GROUP_EVENTS:
                self._changed.notify()

    def wake(self) -> None:
        """Have it look after what was spooled, by itself or by a process that is no more."""
        with self._changed:
            if not self._stopping:
                self._start()
                self._changed.notify()

    def stop(self, *, within_seconds: float = DATABASE_SECONDS * 2) -> None:
        """Commit or spool what waits, and end."""
        with self._changed:
            self._stopping = True
            thread = self._thread
            self._changed.notify()
        if thread is not None:
            thread.join(within_seconds)
        self._database.leave_behind()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name=f"committer of {self.spec.name}", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._waiting and not self._stopping:
                    self._changed.wait(TRY_AGAIN_SECONDS if self._behind else None)
                self._gather()
                group = self._next_group()
                if not group and self._stopping:
                    return
            began_at = time.monotonic()
            try:
                self._do(group)
            except Exception as error:
                # A thread that ended would leave everybody waiting.
                logger.exception("What was published to %s could not be committed.", self.spec.name)
                self._refuse(group, Unavailable(f"The journal failed ({type(error).__name__}); the log has more."))
            self._took_seconds = time.monotonic() - began_at
            self._publishing = len(group) + len(self._waiting)

    def _gather(self) -> None:
        """Let the group become as large as the last one with those who wait since, or a moment pass."""
        if not self._waiting or self._stopping:
            return
        self._enough = self._publishing
        self._changed.wait_for(
            lambda: len(self._waiting) >= self._enough or self.waiting_events >= MAX_GROUP_EVENTS or self._stopping,
            min(self._took_seconds * GATHER_SHARE, GATHER_SECONDS),
        )
        self._enough = 1

    @property
    def _behind(self) -> bool:
        return self.out or self._fallback.waits(self.spec)

    def _next_group(self) -> list[Appending]:
        group: list[Appending] = []
        count = 0
        while self._waiting and (not group or count + len(self._waiting[0].drafts) <= MAX_GROUP_EVENTS):
            appending = self._waiting.popleft()
            count += len(appending.drafts)
            group.append(appending)
        self.waiting_events -= count
        return group

    def _do(self, group: list[Appending]) -> None:
        """Commit a group, or spool it while the database is out or has older events to take first.

        1. Whatever was spooled comes first, so that order holds.
        2. What can't be committed is spooled.
        3. Whoever can't be served by either is told.
        """
        if self._behind and self._clock() - self._asked_at >= (TRY_AGAIN_SECONDS if self.out else 0):
            self._catch_up()
        if group and not self._behind and self._commit(group):
            return
        if group:
            self._spool(group)

    def _catch_up(self) -> None:
        """Bring on record what was spooled, a piece at a time, so that those who publish meanwhile wait for no more."""
        self._asked_at = self._clock()
        try:
            self._fallback.replay(self.spec, self._replay)
        except (DatabaseHung, DatabaseError, InterfaceError, CannotOpen) as error:
            self._failed(error)
        else:
            if self.out:
                logger.warning("The journal's database is back; %s is on record again.", self.spec.name)
            self._out_since = None

    def _replay(self, publications: Sequence[Sequence[Draft]]) -> list[list[Kept] | IdConflict]:
        answers = self._append(publications)
        self._on_commit()
        return answers

    def _append(self, publications: Sequence[Sequence[Draft]]) -> list[list[Kept] | IdConflict]:
        return self._database.do(lambda: append(publications, self.spec), timeout_seconds=DATABASE_SECONDS)

    def _commit(self, group: list[Appending]) -> bool:
        """Commit the group and tell everybody; False where the database is out."""
        try:
            answers = self._append([appending.drafts for appending in group])
        except (DatabaseHung, OperationalError, InterfaceError, ProgrammingError, CannotOpen) as error:
            # The last two: its tables are not migrated yet; the key of what is held apart is not the one it was.
            self._failed(error)
            return False
        except Exception as error:
            # Something is wrong with one of them, which the others must not suffer for.
            if len(group) > 1:
                for appending in group:
                    if not self._commit([appending]):
                        self._spool([appending])
                return True
            logger.exception("A publication to %s is not taken by the database.", self.spec.name)
            self._refuse(group, Unavailable(f"The journal's database does not take it: {type(error).__name__}."))
            return True
        self._on_commit()
        for appending, answer in zip(group, answers, strict=True):
            if isinstance(answer, IdConflict):
                self._refuse([appending], answer)
            else:
                self._tell(appending, Committed(answer))
        return True

    def _spool(self, group: list[Appending]) -> None:
        """Spool the group and tell everybody."""
        drafts = [draft for appending in group for draft in appending.drafts]
        try:
            self._fallback.keep(self.spec, drafts)
        except NowhereKept as error:
            self._refuse(group, error)
            return
        for appending in group:
            kept = [Kept(each.id, each.stream, each.received_ms, each.leaf_hash) for each in appending.drafts]
            self._tell(appending, Committed(kept, spooled=True))

    def _failed(self, error: Exception) -> None:
        self._asked_at = self._clock()
        if self._out_since is None:
            self._out_since = self._clock()
            logger.error("The journal's database is out, so %s goes to the spool: %s", self.spec.name, error)

    def _tell(self, appending: Appending, committed: Committed) -> None:
        self.published_events += sum(not each.repeated for each in committed.kept)
        self.published_bytes += sum(len(draft.body) for draft in appending.drafts)
        tally_of(self.spec.name).note_drafts(
            [draft for draft, kept in zip(appending.drafts, committed.kept, strict=True) if not kept.repeated]
        )
        if TRACES.running:
            for draft, kept in zip(appending.drafts, committed.kept, strict=True):
                became = steps.SPOOLED if committed.spooled else steps.REPEATED if kept.repeated else steps.COMMITTED
                steps.committed(self.spec, (draft,), draft.publisher, became)
        with suppress(InvalidStateError):  # Whoever asked has run out of patience.
            appending.answer.set_result(committed)

    def _refuse(self, group: list[Appending], refusal: Refusal) -> None:
        for appending in group:
            self.failed_events += len(appending.drafts)
            if TRACES.running and appending.drafts:
                steps.turned_away(self.spec, appending.drafts, appending.drafts[0].publisher, refusal)
            with suppress(InvalidStateError):
                appending.answer.set_exception(refusal)
