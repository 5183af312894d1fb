"""One of the ten, running in this process: its lane, kept alive, and its figures."""

import time
from typing import Any

from instances.broker import Broker, Unavailable
from instances.journal.committer import Committer
from instances.journal.committers import committer_of
from instances.keeper import Keeper
from instances.lane import Lane
from instances.peaks import Peaks
from instances.rates import Rates
from instances.spec import InstanceSpec
from instances.streams import Head


class Instance:
    """Made once for each row of the catalog; starts and stops with the loop it works on."""

    def __init__(self, spec: InstanceSpec) -> None:
        self.spec = spec
        self.lane: Lane | None = None
        self.keeper: Keeper | None = None
        self.committer: Committer | None = None
        """In the place of a lane, where the journal keeps its events."""
        self.refused_events = 0
        self.scrubbed_secrets = 0
        self.heads: dict[str, Head] = {}
        """Where its streams ended when they were last looked at."""
        self.peaks = Peaks()
        """The highest rates of each hour, where the instance is sampled."""
        self._rates = Rates()
        self._total = 0
        self._last: Head | None = None

    @property
    def up(self) -> bool:
        return self.committer is not None or (self.keeper is not None and self.keeper.up)

    @property
    def published_bytes(self) -> int:
        """What this process has broadcast of it since it started; of a journal's instances nothing is counted."""
        return 0 if self.lane is None else self.lane.published_bytes

    def start(self, broker: Broker) -> None:
        """Begin to work on the running loop; a second start changes nothing."""
        if self.spec.delivery.journaled and broker.journal is not None:
            self.committer = committer_of(self.spec)
        elif self.keeper is None:
            lane = self.lane = Lane(self.spec, broker)
            interrupted = Unavailable(f"The instance {self.spec.name} was interrupted; try again.")
            self.keeper = Keeper(f"lane of {self.spec.name}", lane.run, on_end=lambda: lane.abandon(interrupted))

    async def stop(self) -> None:
        """End the work; who still waits for an answer is told that the hub is stopping."""
        keeper, lane = self.keeper, self.lane
        self.forget()
        if keeper is not None:
            await keeper.stop()
        if lane is not None:
            lane.abandon(Unavailable("The hub is stopping."))

    def forget(self) -> None:
        """Let go of a loop that is gone, as after a fork."""
        self.lane = self.keeper = self.committer = None

    def sample(self, at_seconds: float, heads: dict[str, Head], *, asked_seconds: float | None = None) -> None:
        """Take note of where the instance's streams end, and when that was asked for, on the same clock."""
        self.heads = heads
        self._total = sum(head.position.offset for head in heads.values())
        self._rates.add(at_seconds, self._total)
        newest = [head for head in heads.values() if head.received_ms is not None]
        self._last = max(newest, key=_received, default=None)
        self.peaks.add(
            {name: head.position for name, head in heads.items()},
            asked_seconds=at_seconds if asked_seconds is None else asked_seconds,
            told_seconds=at_seconds,
            at_seconds=time.time(),
        )

    @property
    def sampled_at_seconds(self) -> float | None:
        """When the streams were last read, on the clock that `sample` is given; None before."""
        return self._rates.newest_at_seconds

    def history(self, seconds: int) -> list[float | None]:
        """Return events per second of each of the last seconds, oldest first; None where it isn't known."""
        return self._rates.history(seconds)

    def snapshot(self) -> dict[str, Any]:
        """Return figures as plain values: events and events per second, of all processes; failures of this one."""
        taking, last = self.committer or self.lane, self._last
        return {
            "up": self.up,
            "restarts": 0 if self.keeper is None else self.keeper.restarts,
            "total": self._total,
            "rate_1s": round(self._rates.over(1), 2),
            "rate_10s": round(self._rates.over(10), 2),
            "rate_60s": round(self._rates.over(60), 2),
            "refused": self.refused_events,
            "scrubbed": self.scrubbed_secrets,
            "failed": 0 if taking is None else taking.failed_events,
            "waiting": 0 if taking is None else taking.waiting_events,
            "last_event": None
            if last is None
            else {"topic": last.topic, "event_type": last.event_type, "received": last.received_ms},
        }


def _received(head: Head) -> int:
    return head.received_ms or 0
