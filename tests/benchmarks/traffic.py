"""The three ways events are sent: one in flight, saturated, paced; and the accounting they share."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from time import perf_counter

from picows import WSMsgType

from tests.benchmarks.clients import Client, RunFailed
from tests.benchmarks.dialects import SizedEvents
from tests.benchmarks.ledger import Feed

# No delivery for this long, with some owed, means that events were lost. A textbook server with 1,000
# subscribers needs about 0.3 s for one event; the slowest machine gets a hundred times that.
STALL_SECONDS = 30.0
TICK_SECONDS = 0.001


class Traffic:
    """Publishes in turn to many topics, and counts what arrives against what is owed.

    Topic i belongs to feed i modulo the number of feeds; every feed has the same number of followers.
    """

    def __init__(
        self, publisher: Client, topics: Sequence[str], feeds: Sequence[Feed], followers_per_feed: int
    ) -> None:
        self.publisher = publisher
        self.feeds = feeds
        self.fanout = followers_per_feed
        self.writers = [SizedEvents(publisher.dialect, topic) for topic in topics]
        self.sent = 0
        self.delivered = 0
        # The number of deliveries at which a sender wants to be woken.
        self.wake_at = 0
        self.sender: Sender | None = None

    def arrived(self, events: int) -> None:
        """Count deliveries, and wake the sender if it waits for that many."""
        self.delivered += events
        if self.sender is not None and self.delivered >= self.wake_at:
            self.sender.wake()

    def publish(self, due_times: Sequence[float]) -> None:
        """Send one message with an event for each time, which says when that event was to be sent."""
        events = []
        for due in due_times:
            topic = self.sent % len(self.writers)
            feed = self.feeds[topic % len(self.feeds)]
            events.append(self.writers[topic].write(len(feed.intended_at)))
            feed.intended_at.append(due)
            self.sent += 1
        assert self.publisher.transport is not None
        self.publisher.transport.send(WSMsgType.TEXT, self.publisher.dialect.publishing(events))

    @property
    def owed(self) -> int:
        """Count the deliveries that all events sent so far must lead to."""
        return self.sent * self.fanout

    async def run(self, sender: "Sender", failure: asyncio.Future[None]) -> float:
        """Let a sender publish until it has had enough and all is delivered, and return the seconds it took.

        Raises:
            RunFailed: an event went wrong, or nothing arrived any more.
        """
        began_at = perf_counter()
        self.sender = sender
        sender.begin()
        watch = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait([sender.done, watch, failure], return_when=asyncio.FIRST_COMPLETED)
            for stopped in (failure, watch):
                if stopped.done():
                    stopped.result()
            return perf_counter() - began_at
        finally:
            self.sender = None
            watch.cancel()
            if sender.timer is not None:
                sender.timer.cancel()

    async def _watch(self) -> None:
        seen, since = self.delivered, perf_counter()
        while True:
            await asyncio.sleep(0.5)
            if self.delivered != seen:
                seen, since = self.delivered, perf_counter()
            elif perf_counter() - since > STALL_SECONDS:
                raise RunFailed(f"{self.owed - self.delivered} of {self.owed} deliveries never came")


class Sender(ABC):
    """Decides when to publish; stops after so many events or seconds, whichever comes first."""

    def __init__(self, traffic: Traffic, *, max_events: int, seconds: float) -> None:
        self.traffic = traffic
        self.seconds = seconds
        self.last_event = traffic.sent + max_events
        self.began_at = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self) -> None:
        """Start the clock and publish the first."""
        self.began_at = perf_counter()
        self.wake()

    def wake(self) -> None:
        """Go on: publish more, or finish when enough was sent and all has arrived."""
        if self.traffic.sent >= self.last_event or perf_counter() - self.began_at >= self.seconds:
            self.finish()
        else:
            self.publish_more()

    def finish(self) -> None:
        """Send no more, and be done once all that is owed has arrived."""
        self.traffic.wake_at = self.traffic.owed
        if self.traffic.delivered >= self.traffic.owed and not self.done.done():
            self.done.set_result(None)

    @abstractmethod
    def publish_more(self) -> None:
        """Publish what is due now, and say at which number of deliveries to go on."""


class OneInFlight(Sender):
    """Publishes the next event when every follower has the last one."""

    def publish_more(self) -> None:
        self.traffic.publish([perf_counter()])
        self.traffic.wake_at = self.traffic.owed


class Saturated(Sender):
    """Keeps so many events under way that the server always has a backlog."""

    def __init__(self, traffic: Traffic, *, max_events: int, seconds: float, window: int, batch: int) -> None:
        super().__init__(traffic, max_events=max_events, seconds=seconds)
        self.window = window
        self.batch = batch

    def publish_more(self) -> None:
        traffic = self.traffic
        room = self.window * traffic.fanout
        while traffic.owed - traffic.delivered + self.batch * traffic.fanout <= room:
            traffic.publish([perf_counter()] * self.batch)
        traffic.wake_at = traffic.owed + self.batch * traffic.fanout - room


class Paced(Sender):
    """Publishes so many events a second by the clock, whatever the server does.

    An event that is sent late keeps its intended time, so a stall is charged to every event it delayed
    (coordinated omission, as Gil Tene's wrk2 has it).
    """

    def __init__(self, traffic: Traffic, *, max_events: int, seconds: float, rate: float) -> None:
        super().__init__(traffic, max_events=max_events, seconds=seconds)
        self.rate = rate
        self.paced = 0
        self.lateness: list[float] = []

    def publish_more(self) -> None:
        now = perf_counter()
        due_events = int((now - self.began_at) * self.rate) + 1
        while self.paced < due_events:
            due = self.began_at + self.paced / self.rate
            self.traffic.publish([due])
            self.lateness.append(now - due)
            self.paced += 1
        # The clock wakes this sender, deliveries do not.
        self.traffic.wake_at = 2**62
        wait_seconds = max(TICK_SECONDS, self._seconds_to_next())
        self.timer = asyncio.get_running_loop().call_later(wait_seconds, self.wake)

    def _seconds_to_next(self) -> float:
        return self.began_at + self.paced / self.rate - perf_counter()
