"""One connected subscriber: its mailbox, its writer, its subscriptions."""

import asyncio
import itertools
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from consumers.close_codes import SLOW_CONSUMER, CloseCode
from consumers.explorer import steps
from consumers.losses import LOSSES
from consumers.mailbox import Mailbox
from consumers.messages import Control, Gap, Item, Message, Replayed, Run, joined
from consumers.seen.rows import Follow
from consumers.seen.sightings import Sightings
from consumers.witness import Witness
from consumers.writers import Writer
from instances.access.principal import Principal
from instances.explorer.traces import TRACES
from instances.spec import InstanceSpec
from instances.streams import Position
from instances.topics import Pattern

MAX_SUBSCRIPTIONS: Final = 128
ROOM_BYTES: Final = 256 * 1024
"""A quarter of a mailbox: beside a replay there must be room for what is live."""
GRACE_MOST_SECONDS: Final = 0.25
GRACE_REGAINED_SECONDS: Final = 0.025
"""In each second in which nothing waits for it."""

Shared = dict[tuple[Item, ...], Message]
"""Messages made in this turn of the loop, for the next connection with the same items waiting."""

# Unlikely to be met twice over restarts, so that a log line names one connection.
_process: Final = secrets.token_hex(2)
_numbers: Final = itertools.count(1)


@dataclass(slots=True, eq=False)
class Subscription:
    id: str
    spec: InstanceSpec
    pattern: Pattern
    streams: tuple[str, ...]
    personal: bool = True
    """Whether it reads personal fields in the clear."""
    durable: str | None = None
    """The name under which the hub keeps how far it came."""
    begins: dict[str, Position] = field(default_factory=dict)
    """Where the first event for it comes after, by stream: where it left off, or where live began."""
    acknowledged: dict[str, Position] = field(default_factory=dict)
    """How far the client says it has come, by stream."""
    acknowledged_at: float | None = None
    """When it said so last, in seconds of the loop's clock."""

    processing_seconds: float | None = None
    """From the passing of an event to its acknowledgement, as measured last."""
    _probes: dict[str, tuple[Position, float]] = field(default_factory=dict)

    def acknowledge(self, positions: Mapping[str, Position], at: float) -> None:
        """Take note of the client's word, at that time of the loop's clock."""
        self.acknowledged.update(positions)
        self.acknowledged_at = at
        for stream, position in positions.items():
            end, passed_at = self._probes.get(stream, (None, 0.0))
            if end is not None and (end.epoch != position.epoch or position.offset >= end.offset):
                self.processing_seconds = round(at - passed_at, 3)
                del self._probes[stream]

    def probe(self, heads: Mapping[str, Position], now: float) -> None:
        """Measure how long it takes until these ends are acknowledged, where nothing is being measured."""
        for stream, head in heads.items():
            if stream not in self._probes and self.acknowledged.get(stream) != head:
                self._probes[stream] = head, now


@dataclass(frozen=True, slots=True)
class Origin:
    """Who a connection is, and where it is from."""

    principal: Principal
    address: str | None
    agent: str
    """What it calls its program; empty where it says nothing."""
    connected_ms: int
    """Milliseconds since 1970 UTC."""


class Veiled:
    """Stands for a connection in patterns under which it may not read personal fields."""

    __slots__ = ("connection",)

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection


class Connection:
    """Made when a socket opens; the hub knows it from `connected` on. All of it happens on the hub's loop."""

    __slots__ = (
        "__weakref__",
        "awaits_pong_since",
        "connected_at",
        "delivered_events",
        "dirty",
        "events_per_second",
        "gaps_told",
        "gauged_events",
        "grace_seconds",
        "id",
        "mailbox",
        "on_close",
        "on_unsubscribe",
        "open",
        "origin",
        "pinged_at",
        "positions_wait",
        "principal",
        "roomy",
        "sightings",
        "subscriptions",
        "veiled",
        "views",
        "witness",
        "writer",
    )

    def __init__(self, writer: Writer) -> None:
        self.id = f"c_{_process}{next(_numbers):x}"
        self.writer = writer
        self.mailbox = Mailbox()
        self.subscriptions: dict[str, Subscription] = {}
        self.principal = ""
        """The name that its events carry as publisher."""
        self.dirty = False
        """Whether it waits for the flush at the end of this turn of the loop."""
        self.delivered_events = self.gauged_events = 0
        """And how many of them its rate knows of."""
        self.events_per_second = 0.0
        """Over the last second."""
        self.gaps_told = 0
        self.origin: Origin | None = None
        """Who it is and where it is from, once it has said so."""
        self.veiled: Veiled | None = None
        """Made when the first of its subscriptions needs it."""
        self.views: tuple[str, ...] = ()
        """What whoever it is says to be looking at; a name stands there once for each tab."""
        self.witness: Witness | None = None
        """Who writes down what it misses, once it has said who it is."""
        self.sightings: Sightings | None = None
        """Who writes down what it is handed of evidence and alerts, once it has said who it is."""
        self.grace_seconds = GRACE_MOST_SECONDS
        """For how long pumps still wait for it to read what came all at once."""
        self.positions_wait: Control | None = None
        """A positions frame that is still in the mailbox."""
        self.roomy: asyncio.Event | None = None
        """What replays wait for until the client has taken more of them."""
        self.connected_at = self.pinged_at = 0.0
        self.awaits_pong_since: float | None = None
        self.open = True
        self.on_close: Callable[[CloseCode], None] | None = None
        """Called with the code once the hub or the connection itself decides to close."""
        self.on_unsubscribe: Callable[[Subscription, str], None] | None = None
        """Called with the reason when somebody else than the client ends one of its subscriptions."""

    def reader(self, *, personal: bool) -> "Connection | Veiled":
        """Return what its patterns belong to, with the right to read personal fields or without."""
        if personal:
            return self
        if self.veiled is None:
            self.veiled = Veiled(self)
        return self.veiled

    def follows(self, spec: InstanceSpec) -> bool:
        """Tell whether it follows anything of an instance."""
        return any(subscription.spec is spec for subscription in self.subscriptions.values())

    def patterns_of(self, instance: str) -> list[str]:
        """Return the patterns with which it follows an instance."""
        return [each.pattern.text for each in self.subscriptions.values() if each.spec.name == instance]

    def follows_of(self, instance: str) -> list[Follow]:
        """Return with which patterns it follows an instance, and how."""
        return [
            Follow(each.pattern.text, each.durable, each.personal)
            for each in self.subscriptions.values()
            if each.spec.name == instance
        ]

    def changes(self, spec: InstanceSpec) -> None:
        """Belongs before each change of what it follows of an instance, and of how."""
        if self.sightings is not None and spec.delivery.journaled:
            self.sightings.changes(spec.name, itertools.chain(self.mailbox.urgent, self.mailbox.normal))

    def put(self, item: Item, *, urgent: bool = False) -> None:
        """Let the item wait for the next flush; a mailbox full of what must not be dropped ends the connection."""
        if self.open and not self.mailbox.put(item, urgent=urgent):
            if isinstance(item, Run):
                stream = item.events[0].stream
                LOSSES.closed[stream] += 1
                if self.witness is not None:
                    self.witness.closed(stream)
                if TRACES.running:
                    steps.closed(self, item)
            self.close(SLOW_CONSUMER)

    def tell_gap(self, gap: Gap, *, urgent: bool = False) -> None:
        """Let a gap wait for the next flush, and count it."""
        LOSSES.gaps[gap.stream] += 1
        self.put(gap, urgent=urgent)

    def tell(self, value: object, *, urgent: bool = True) -> None:
        """Send a control frame: before what waits already, or in its order."""
        self.put(Control(value), urgent=urgent)
        self.flush({})

    def flush(self, shared: Shared) -> None:
        """Write what waits, as long as the client keeps up."""
        self.dirty = False
        mailbox, writer = self.mailbox, self.writer
        while mailbox and writer.writable:
            items = mailbox.take()
            writer.write(_message(items, shared))
            if TRACES.running:
                steps.delivered(self, items)
            for item in items:
                if type(item) is Run:
                    self.delivered_events += len(item.events)
                    if item.recording is not None and self.sightings is not None:
                        self.sightings.delivered(item)
                # Not before it leaves: a gap that waits may still grow.
                elif type(item) is Gap:
                    self.gaps_told += 1
                    if self.witness is not None:
                        self.witness.gap(item)
                    if self.sightings is not None:
                        self.sightings.gap(item)
                elif type(item) is Replayed and item.source is not None and self.sightings is not None:
                    self.sightings.replayed(item)
        if mailbox.size <= ROOM_BYTES:
            self._make_room()

    def gauge(self, seconds: float) -> None:
        """Take its rate, so long after the last time."""
        if self.delivered_events != self.gauged_events or self.events_per_second:
            self.events_per_second = (self.delivered_events - self.gauged_events) / seconds
            self.gauged_events = self.delivered_events

    def take_conflated(self) -> int:
        """Return how many of its events newer ones replaced since the last call, and have them written down."""
        untold, self.mailbox.untold_conflated = self.mailbox.untold_conflated, None
        if untold is None:
            return 0
        if self.witness is not None:
            for stream, count in untold.items():
                self.witness.conflated(stream, count)
        return untold.total()

    async def room(self) -> None:
        """Wait until no more waits than a replay may add to."""
        while self.open and self.mailbox.size > ROOM_BYTES:
            if self.roomy is None:
                self.roomy = asyncio.Event()
            await self.roomy.wait()

    def _make_room(self) -> None:
        if self.roomy is not None:
            self.roomy.set()
            self.roomy = None

    def became_writable(self) -> None:
        """Go on where a slow client made the flush stop."""
        self.flush({})

    def close(self, code: CloseCode) -> None:
        """Let go of what waits and have the socket closed; only the first reason counts."""
        if self.open:
            self.leave()
            if self.on_close is not None:
                self.on_close(code)

    def leave(self) -> None:
        """Take nothing more in, and let go of what waits: it has nobody to go to."""
        self.open = False
        self.take_conflated()
        self.mailbox.clear()
        self._make_room()


def _message(items: Sequence[Item], shared: Shared) -> Message:
    key = tuple(items)
    message = shared.get(key)
    if message is None:
        message = shared[key] = joined(items)
    return message
