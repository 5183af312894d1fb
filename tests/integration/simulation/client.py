"""A client as docs/websocket.md wants it: keeps positions of what it was told, and comes back with them."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

from consumers.connection import Connection
from consumers.messages import Message
from consumers.resuming import read_since
from instances.broker import Unavailable
from instances.error_codes import Refusal
from instances.spec import InstanceSpec
from instances.topics import Pattern
from tests.integration.simulation.process import Process
from tests.integration.simulation.record import Broken, Record, gap_of
from tests.integration.simulation.streams import Place, Published, place_of

BUFFER_BYTES: Final = 4_096
"""Of the server's and the kernel's end of a socket."""
MAILBOX_BYTES: Final = 24 * 1024

Frame = dict[str, Any]


class Wire:
    """A socket: the hub writes into it, the client reads from it; either may let go of it."""

    def __init__(self) -> None:
        self.messages: deque[bytes] = deque()
        self.arrived = asyncio.Event()
        self.closed = False
        self._bytes = 0

    @property
    def writable(self) -> bool:
        return self._bytes < BUFFER_BYTES and not self.closed

    def write(self, message: Message) -> None:
        self.messages.append(message.payload)
        self._bytes += len(message.payload)
        self.arrived.set()

    def ponged(self) -> None:
        """What is outstanding is known without a pong."""

    def abort(self) -> None:
        self.closed = True
        self.arrived.set()

    def read(self) -> bytes:
        payload = self.messages.popleft()
        self._bytes -= len(payload)
        return payload


class Session:
    """One connection of a client: what `consumers/sockets.py` does on the hub's side, and what came of it."""

    def __init__(self, process: Process, records: Sequence[Record], published: Mapping[str, Sequence[Published]]):
        self.process = process
        self.wire = Wire()
        self.connection = Connection(self.wire)
        self.connection.mailbox.max_bytes = MAILBOX_BYTES
        self.failure: Exception | None = None
        self.conflated_told = 0
        self._records = records
        self._published = published
        self._since: dict[str, dict[str, str]] = {}
        self._confirmed: dict[str, Record] = {}
        self._asked: dict[str, Record] = {}
        self._live: dict[str, Place] = {}
        self._replayed: dict[tuple[str, str], Place] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.connection.on_close = lambda code: self._closed()
        process.hub.attach(self.connection)

    def _closed(self) -> None:
        self.process.hub.detach(self.connection)
        self.wire.abort()

    def leave(self) -> None:
        """Let the hub's side know that the client is gone."""
        for task in self._tasks:
            task.cancel()
        self.process.context.run(self.process.hub.detach, self.connection)
        self.connection.leave()
        self.wire.abort()

    @property
    def settled(self) -> bool:
        return len(self._confirmed) == len(self._records) and not self.wire.messages

    # --- the hub's side ------------------------------------------------------------------------------------------

    def subscribe(self, record: Record) -> asyncio.Task[None]:
        sub = f"s{len(self._asked) + 1}"
        self._asked[sub] = record
        self._since[sub] = dict(record.positions)
        task = asyncio.create_task(self._begin(sub, record.spec, record.pattern), context=self.process.context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _begin(self, sub: str, spec: InstanceSpec, pattern: Pattern) -> None:
        since = read_since(self._since[sub])
        try:
            begun = await self.process.hub.subscribe(self.connection, id=sub, spec=spec, pattern=pattern, since=since)
        except Unavailable:
            self.connection.tell({"error": {"sub": sub}})
            return
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001  The client would hear `internal`.
            self.failure = error
            self.wire.arrived.set()
            return
        streams = {stream: str(position) for stream, position in begun.streams.items()}
        self.connection.tell(
            {"subscribed": {"sub": sub, "streams": streams, "recovered": begun.recovered, "replayed": begun.replayed}},
            urgent=spec.delivery.urgent,
        )

    # --- the client's side ---------------------------------------------------------------------------------------

    def take(self) -> None:
        """Read one message. Raises: Broken."""
        for line in self.wire.read().split(b"\n"):
            frame: Frame = json.loads(line)
            for verb, said in frame.items():
                if verb in _HEARD:
                    _HEARD[verb](self, frame, said)
        if self.wire.writable:
            self.connection.became_writable()

    def _event(self, frame: Frame, event: Frame) -> None:
        stream, position = event["stream"], f"{event['epoch']}:{event['offset']}"
        place = place_of(position)
        if "sub" in frame:
            sub, record = frame["sub"], self._asked[frame["sub"]]
            if sub in self._confirmed:
                raise Broken(f"{stream} {place} was replayed after `subscribed`.")
            if not record.pattern.matches(event["topic"]):
                raise Broken(f"{stream} {place} was replayed to {record.pattern.text}.")
            before = self._replayed.get((sub, stream), place_of(self._since[sub][stream]))
            if before >= place:
                raise Broken(f"{stream} {place} was replayed after {before}.")
            self._replayed[sub, stream] = place
            record.positions[stream] = position
            record.delivered[stream].add(place)
            return
        if self._live.get(stream, Place(0, 0)) >= place:
            raise Broken(f"{stream} {place} came live after {self._live[stream]}.")
        self._live[stream] = place
        for record in self._confirmed.values():
            matches = record.spec.name == event["instance"] and record.pattern.matches(event["topic"])
            if matches:
                # A stream that is new may be told of only after its first events.
                record.delivered[stream].add(place)
                record.positions.setdefault(stream, position)
            # It shows how far all of the connection's patterns are served. A process that lags behind the one before
            # may say again what is known.
            if stream in record.positions and place > place_of(record.positions[stream]):
                record.positions[stream] = position

    def _gap(self, frame: Frame, told: Frame) -> None:
        gap, stream = gap_of(told), told["stream"]
        # Of a replay it names the subscription; what is missing from live is missing to all.
        missing = [self._asked[frame["sub"]]] if "sub" in frame else list(self._confirmed.values())
        for record in missing:
            at = record.positions.get(stream)
            if at is not None:
                record.gaps[stream].append(gap)
                if gap.following > place_of(at):
                    record.positions[stream] = told["next"]

    def _subscribed(self, frame: Frame, told: Frame) -> None:
        sub = told["sub"]
        record = self._asked[sub]
        for stream, position in told["streams"].items():
            record.begins.setdefault(stream, place_of(position))
            record.positions[stream] = position
        if told["recovered"]:
            record.check_recovered(self._since[sub], told["streams"], self._published)
        self._confirmed[sub] = record

    def _extended(self, frame: Frame, told: Frame) -> None:
        record = self._asked[told["sub"]]
        if "of" in told:
            # It comes back to these as well, and what they hold is replayed.
            assert told["of"] in self._since[told["sub"]]
            self._since[told["sub"]].update(told["streams"])
        for stream, position in told["streams"].items():
            record.begins[stream] = min(place_of(position), record.begins.get(stream, place_of(position)))
            record.positions.setdefault(stream, position)

    def _positions(self, frame: Frame, told: Frame) -> None:
        self.conflated_told += frame.get("conflated", 0)
        for stream, position in told.items():
            for record in self._confirmed.values():
                if stream not in record.positions:
                    continue
                if place_of(position) < place_of(record.positions[stream]):
                    raise Broken(f"{stream}: the position {position} was told after {record.positions[stream]}.")
                record.positions[stream] = position

    def _ping(self, frame: Frame, told: Frame) -> None:
        self.connection.awaits_pong_since = None

    def _error(self, frame: Frame, told: Frame) -> None:
        """Try again with the next connection."""
        self.wire.abort()


_HEARD: Final = {
    "event": Session._event,
    "gap": Session._gap,
    "subscribed": Session._subscribed,
    "extended": Session._extended,
    "positions": Session._positions,
    "ping": Session._ping,
    "error": Session._error,
}


class Client:
    """Connects, reads as quickly as it can or will, and comes back on any process."""

    def __init__(self, name: str, chance: random.Random, records: Sequence[Record], at_once: bool) -> None:
        self.name = name
        self.records = records
        self.pace_seconds = 0.0
        """Between two messages; infinite for one that is stuck."""
        self.sessions: list[Session] = []
        self.session: Session | None = None
        self.hurry = asyncio.Event()
        self._chance = chance
        self._at_once = at_once
        """Whether it sends all `subscribe`s without waiting for answers."""

    async def live(self, processes: list[Process], published: Mapping[str, Sequence[Published]]) -> None:
        """Connect again and again until cancelled. Raises: Broken."""
        while True:
            up = [process for process in processes if process.up]
            if up:
                session = self.session = Session(self._chance.choice(up), self.records, published)
                self.sessions.append(session)
                try:
                    await self._use(session)
                finally:
                    self.session = None
                    self._part(session)
            await asyncio.sleep(self._chance.random() * 0.5)

    def _part(self, session: Session) -> None:
        """Go; the hub may not learn of it for a while."""
        later = self._chance.choice((0.0, 0.0, 0.05, 8.0))
        asyncio.get_running_loop().call_later(later, session.leave)

    async def _use(self, session: Session) -> None:
        asking = asyncio.create_task(self._ask(session))
        try:
            while True:
                while session.wire.messages:
                    await self._wait()
                    if session.wire.messages:
                        session.take()
                if session.failure is not None:
                    raise session.failure
                if session.wire.closed:
                    return
                session.wire.arrived.clear()
                await session.wire.arrived.wait()
        finally:
            asking.cancel()

    async def _wait(self) -> None:
        if self.pace_seconds:
            self.hurry.clear()
            timeout = None if self.pace_seconds == float("inf") else self.pace_seconds
            try:
                async with asyncio.timeout(timeout):
                    await self.hurry.wait()
            except TimeoutError:
                return

    async def _ask(self, session: Session) -> None:
        for record in self.records:
            asked = session.subscribe(record)
            if not self._at_once:
                await asyncio.wait({asked})

    def disconnect(self) -> None:
        """Drop the connection with all that was on its way."""
        if self.session is not None:
            self.session.wire.messages.clear()
            self.session.wire.abort()
            self.hurry.set()
