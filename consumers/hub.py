"""The hub of a process: finds the subscribers of each event and puts the same bytes into their mailboxes."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

from django.conf import settings

from consumers import notices
from consumers.acknowledging import check_acknowledged
from consumers.breath import Breath
from consumers.connection import Connection, Shared, Subscription
from consumers.cursor import Hole
from consumers.draining import drain
from consumers.explorer import steps
from consumers.figures import Exchange, ProcessFigures, instance_figures
from consumers.heartbeat import PING_SECONDS, ping, probe
from consumers.history import History
from consumers.lag import slowest
from consumers.messages import Event, Gap, runs_of
from consumers.positions import Positions
from consumers.presence.index import Index
from consumers.pump import Pump
from consumers.reconfigured import Reconfigured, left_at, tell_new
from consumers.resuming import Replay, Subscribed
from consumers.seen.recordings import Recordings
from consumers.standing import Standing
from consumers.targets import NOBODY, Reader, Targets, targets_of
from consumers.trie import Matcher
from instances.batch import Batch
from instances.broker import Broker, Unavailable
from instances.catalog import INSTANCES
from instances.ending import end
from instances.explorer.traces import TRACES
from instances.groups import may_carry, streams_of
from instances.process import process_name
from instances.redaction import hides
from instances.schemas import usage
from instances.spec import InstanceSpec
from instances.streams import Position
from instances.supervisor import instances
from instances.topics import Pattern

logger = logging.getLogger(__name__)

TICK_SECONDS: Final = 1.0
NOTHING: Final[Mapping[str, Position]] = {}


class Hub:
    """One for each process, on the loop that serves its sockets. It knows no database."""

    def __init__(
        self, broker: Broker, *, chance: random.Random | None = None, recordings: Recordings | None = None
    ) -> None:
        self._chance = chance or random.Random()
        self.connections: dict[str, Connection] = {}
        self.recordings = recordings or Recordings()
        self.draining = False
        """Whether the process is about to end, and takes nobody new."""
        self._loop = asyncio.get_running_loop()
        self._matchers: dict[str, Matcher[Reader, Targets]] = {spec.name: Matcher(targets_of) for spec in INSTANCES}
        self._followers: dict[str, Counter[Connection]] = {}
        """Of each stream, the connections with a pattern that it may match."""
        self._positions = Positions()
        self._dirty: list[Connection] = []
        self._subscribers: Counter[str] = Counter()
        """Of each instance, the connections that follow anything of it."""
        self._breaths = {spec.name: Breath() for spec in INSTANCES}
        self.history = History(broker)
        self.pumps = {
            spec.name: Pump(
                spec,
                broker,
                history=self.history,
                deliver=self._deliver,
                tell=self._tell_hole,
                breathe=self._breaths[spec.name].draw,
            )
            for spec in INSTANCES
        }
        self._ticker = asyncio.create_task(self._tick(), name="hub ticker")
        self._broker = broker
        self.turns = broker.turns
        self._started_ms = round(time.time() * 1000)
        self.exchange = Exchange(broker, self.figures)
        self.exchange.start()
        self.changes = Reconfigured(self, self._extend)
        self.presence = Index(self.turns)
        self.standing = Standing()
        self.standing.start()

    # --- connections ---------------------------------------------------------------------------------------------

    def attach(self, connection: Connection) -> None:
        """Take in a connection that has said who it is."""
        connection.connected_at = self._loop.time()
        # Those who connect together, as after a restart, are not all pinged in one turn of the loop.
        connection.pinged_at = connection.connected_at - self._chance.uniform(0, PING_SECONDS)
        self.connections[connection.id] = connection

    def detach(self, connection: Connection) -> None:
        """Forget a connection; a second time changes nothing."""
        if self.connections.pop(connection.id, None) is not None:
            for subscription in list(connection.subscriptions.values()):
                self.unsubscribe(connection, subscription)
            self.presence.leave(connection)

    async def subscribe(
        self,
        connection: Connection,
        *,
        id: str,
        spec: InstanceSpec,
        pattern: Pattern,
        since: Mapping[str, Position] = NOTHING,
        personal: bool = True,
        durable: str | None = None,
    ) -> Subscribed:
        """Have the connection follow the pattern, after replaying what came since those positions. Raises: Unavailable.

        `personal` says whether it may read personal fields.

        1. Make sure that the streams of the pattern arrive here.
        2. Replay what the connection missed of those that it comes back to.
        3. In the turn in which the replay meets their ends, let live begin.
        """
        await self.changes.follow(spec, naming=[each for each in since if may_carry(spec, pattern, each)])
        streams = streams_of(spec, pattern)
        pump, at = self.pumps[spec.name], left_at(spec, streams, since)
        await pump.follow(streams)
        tell_new(connection, id, spec, at, since)
        replay = Replay(
            connection=connection,
            sub=id,
            pattern=pattern,
            urgent=spec.delivery.urgent,
            personal=personal,
            cursors={stream: pump.cursors[stream] for stream in streams},
            history=self.history,
            heal=pump.heal,
            at=at,
            recording=self.recordings.of(spec),
            durable=durable,
        )
        try:
            await replay.catch_up()
            if connection.id not in self.connections:
                raise Unavailable("The connection is closed.")
            live = replay.finish()
        except BaseException:
            pump.unfollow(streams)
            raise
        finally:
            replay.let_go()
        if not connection.follows(spec):
            self._subscribers[spec.name] += 1
        begins = {stream: since.get(stream, at) for stream, at in live.items()}
        subscription = Subscription(id, spec, pattern, streams, personal, durable, begins)
        connection.changes(spec)
        connection.subscriptions[id] = subscription
        self._matchers[spec.name].add(pattern, connection.reader(personal=personal))
        self._take_up(connection, subscription, streams)
        self._catch_up(connection, subscription)
        notices.subscription_opened.send_robust(sender=Hub, **notices.told_of(connection, subscription))
        usage.note_subscribed(spec.name, connection.principal, pattern.text)
        return Subscribed(subscription, live, replay.replayed, replay.recovered)

    def _take_up(self, connection: Connection, subscription: Subscription, streams: tuple[str, ...]) -> None:
        """Count the connection among the followers of the streams, which the pump follows."""
        cursors = self.pumps[subscription.spec.name].cursors
        for stream in streams:
            if stream not in self._followers:
                self._followers[stream] = Counter()
                self._positions.begin(stream, cursors[stream].head)
            self._followers[stream][connection] += 1

    def _catch_up(self, connection: Connection, subscription: Subscription) -> None:
        """Have a subscription that was being made while its routes changed follow what others follow by now."""
        pump, now = self.pumps[subscription.spec.name], streams_of(subscription.spec, subscription.pattern)
        if new := tuple(each for each in now if each not in subscription.streams and each in pump.cursors):
            pump.want(new)
            self._extend(connection, subscription, new)

    def _extend(self, connection: Connection, subscription: Subscription, streams: tuple[str, ...]) -> None:
        """Have a subscription follow further streams, and tell it where each begins."""
        subscription.streams += streams
        self._take_up(connection, subscription, streams)
        spec = subscription.spec
        told = {each: str(self.head_of(spec, each)) for each in streams}
        connection.tell({"extended": {"sub": subscription.id, "streams": told}}, urgent=spec.delivery.urgent)

    def acknowledge(
        self, connection: Connection, subscription: Subscription, positions: Mapping[str, Position]
    ) -> None:
        """Take note of how far a client has worked off its subscription. Raises: Refusal."""
        current = check_acknowledged(subscription, positions, self.pumps[subscription.spec.name].cursors)
        subscription.acknowledge(positions, self._loop.time())
        recording = self.recordings.of(subscription.spec)
        if recording is not None and connection.sightings is not None:
            connection.sightings.acknowledged(subscription, current, recording)

    def unsubscribe(self, connection: Connection, subscription: Subscription) -> None:
        connection.changes(subscription.spec)
        del connection.subscriptions[subscription.id]
        if not connection.follows(subscription.spec):
            self._subscribers[subscription.spec.name] -= 1
        self._matchers[subscription.spec.name].remove(
            subscription.pattern, connection.reader(personal=subscription.personal)
        )
        for stream in subscription.streams:
            followers = self._followers[stream]
            followers[connection] -= 1
            if not followers[connection]:
                del followers[connection]
            if not followers:
                del self._followers[stream]
        self.pumps[subscription.spec.name].unfollow(subscription.streams)
        notices.subscription_closed.send_robust(sender=Hub, **notices.told_of(connection, subscription))
        usage.note_unsubscribed(subscription.spec.name, connection.principal, subscription.pattern.text)

    def show_personal(self, connection: Connection, subscription: Subscription, personal: bool) -> None:
        """Have the subscription read personal fields from the next event on, or no more."""
        connection.changes(subscription.spec)
        matcher = self._matchers[subscription.spec.name]
        matcher.remove(subscription.pattern, connection.reader(personal=subscription.personal))
        subscription.personal = personal
        matcher.add(subscription.pattern, connection.reader(personal=personal))

    # --- events --------------------------------------------------------------------------------------------------

    def _deliver(self, spec: InstanceSpec, batch: Batch) -> None:
        """Put a batch into the mailboxes: events for the same subscribers as one run that all of them share."""
        match = self._matchers[spec.name].match
        if TRACES.running:
            steps.arrived(spec, batch, self.count_followers)
        epoch, stream, delivery = batch.epoch, batch.stream, self.changes.delivery[spec.name]
        waiting: list[Event] = []
        waiting_for = NOBODY
        for offset, (topic, event_type, severity, wire) in enumerate(batch.events, batch.first):
            targets = match(topic)
            # The matcher gives the very same targets for the same subscribers.
            if targets is not waiting_for:
                self._put(spec, waiting, waiting_for)
                waiting, waiting_for = [], targets
            if targets is not NOBODY:
                waiting.append(
                    Event(
                        stream=stream,
                        epoch=epoch,
                        offset=offset,
                        topic=topic,
                        event_type=event_type,
                        severity=severity,
                        delivery=delivery,
                        wire=wire,
                    )
                )
        self._put(spec, waiting, waiting_for)
        self._positions.went(stream, waiting_for.everybody)

    def _put(self, spec: InstanceSpec, events: list[Event], targets: Targets) -> None:
        if not events:
            return
        if not targets.veiled:
            self._hand(spec, events, targets.full)
            return
        # A run has few types, and most have nothing personal.
        hidden = {each for each in {event.event_type for event in events} if hides(spec.name, each)}
        if not hidden:
            self._hand(spec, events, targets.everybody)
            return
        self._hand(spec, events, targets.full)
        veiled = [event.veiled() if event.event_type in hidden else event for event in events]
        self._hand(spec, veiled, targets.veiled)

    def _hand(self, spec: InstanceSpec, events: list[Event], targets: tuple[Connection, ...]) -> None:
        """Put the events, in runs that all share, into their mailboxes."""
        if not targets:
            return
        urgent = spec.delivery.urgent
        press, recording = self._breaths[spec.name].press, self.recordings.of(spec)
        for run in runs_of(events):
            run.recording = recording
            for connection in targets:
                connection.put(run, urgent=urgent)
                press(connection)
                if not connection.dirty:
                    self._soil(connection)

    def _soil(self, connection: Connection) -> None:
        """Have the connection flushed at the end of this turn, together with all that arrives in it."""
        if not self._dirty:
            self._loop.call_soon(self._flush)
        connection.dirty = True
        self._dirty.append(connection)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        shared: Shared = {}
        for connection in dirty:
            connection.flush(shared)

    def _tell_hole(self, spec: InstanceSpec, hole: Hole) -> None:
        """Tell every follower of the stream what is missing in it."""
        logger.warning("A gap in %s from %s:%s (%s).", hole.stream, hole.epoch, hole.first, hole.reason)
        gap = Gap(
            stream=hole.stream,
            epoch=hole.epoch,
            first=hole.first,
            last=hole.last,
            following=str(hole.following),
            lost=None,
            reason=hole.reason,
        )
        # A copy: a full mailbox ends its connection, which follows nothing then.
        for connection in list(self._followers.get(hole.stream, ())):
            connection.tell_gap(gap, urgent=spec.delivery.urgent)
            if not connection.dirty:
                self._soil(connection)

    # --- time ----------------------------------------------------------------------------------------------------

    async def _tick(self) -> None:
        before = self._loop.time()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                now = self._loop.time()
                for connection in self.connections.values():
                    connection.gauge(now - before)
                before = now
                for name, pump in self.pumps.items():
                    pump.beat(instances()[name].heads)
                self._positions.tell(self.pumps.values(), self._followers, self.connections.values())
                self.changes.look()
                self.recordings.look()
                ping(self.connections.values(), now)
                probe(self.connections.values(), self.pumps, now)
            except Exception:
                # One bad second must not end the pings of all that follow.
                logger.exception("The hub's tick failed.")

    # --- the whole -----------------------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Take nobody new, and send everybody elsewhere."""
        self.draining = True
        await drain(self.connections.values(), self._chance)

    async def stop(self) -> None:
        self.recordings.end()
        await self.exchange.stop()
        await self.standing.stop()
        await self.changes.stop()
        await end(self._ticker)
        await asyncio.gather(*(pump.stop() for pump in self.pumps.values()))

    def now(self) -> float:
        """Return the time on the clock by which connections are measured, in seconds."""
        return self._loop.time()

    def head_of(self, spec: InstanceSpec, stream: str) -> Position:
        """Return where a stream that is followed here ends."""
        return self.pumps[spec.name].cursors[stream].head

    def count_followers(self, instance: str, topic: str) -> int:
        """Return how many connections here receive a topic."""
        return len(self._matchers[instance].match(topic).everybody)

    def figures(self) -> ProcessFigures:
        """Return what this process tells all others of itself."""
        now = self._loop.time()
        return ProcessFigures(
            name=process_name(),
            version=settings.GATERHUB_VERSION,
            started_ms=self._started_ms,
            connections=len(self.connections),
            queued_bytes=sum(connection.mailbox.size for connection in self.connections.values()),
            breaker=self._broker.breaker.state.value,
            instances=instance_figures(
                follows={name: pump.keeper.up for name, pump in self.pumps.items()}, subscribers=self._subscribers
            ),
            healed=sum(pump.healed_events for pump in self.pumps.values()),
            pump_age_seconds=max(
                (round(now - pump.heard_at, 1) for pump in self.pumps.values() if pump.heard_at is not None),
                default=None,
            ),
            slowest=slowest(self.connections.values(), now),
        )
