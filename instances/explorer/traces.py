"""Traces that run in this process: which events they follow, and what became of each.

Whoever lets events pass asks `TRACES.running`, which is empty nearly always, once for each step, and calls
`instances.explorer.steps` or `consumers.explorer.steps` where it isn't.
"""

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

import msgspec

from instances.event import now_ms
from instances.explorer.looking import any_of
from instances.explorer.traced import (
    CONNECTIONS_MAX,
    RECORDS_MAX,
    TRACES_MAX,
    Record,
    TraceAsked,
    Traced,
    TraceTold,
)
from instances.process import process_name

START: Final = "traces.start"
STOP: Final = "traces.stop"
LOOK: Final = "traces.look"
LIST: Final = "traces.list"

ENDED_KEPT: Final = 10
"""Traces that have ended can still be read, as many as this; then the oldest goes."""

encode: Final = msgspec.json.Encoder().encode
_read_traced: Final = msgspec.json.Decoder(Traced).decode
_read_asked: Final = msgspec.json.Decoder(TraceAsked).decode


class Trace:
    """One trace in this process. Any thread may add to it."""

    def __init__(self, traced: Traced, *, records_max: int = RECORDS_MAX, clock: Callable[[], int] = now_ms) -> None:
        self.traced = traced
        self.seen = 0
        self._clock = clock
        self._matches = any_of((traced.pattern,))
        self._may_read = {instance: any_of(patterns) for instance, patterns in traced.within.items()}
        self._lock = threading.Lock()
        self._records: deque[Record] = deque(maxlen=records_max)
        self._open: OrderedDict[tuple[str, str, str], Record] = OrderedDict()
        """The records that more connections may be added to."""

    def looks_at(self, instance: str) -> bool:
        return instance in self._may_read

    def follows(self, instance: str, topic: str, publisher: str | None = None) -> bool:
        """Tell whether it follows an event; a publisher that isn't known yet is passed over."""
        may_read = self._may_read.get(instance)
        if may_read is None or not self._matches(topic) or not may_read(topic):
            return False
        return publisher is None or self.traced.publisher in (None, publisher)

    def add(self, step: str, instance: str, **said: object) -> Record:
        """Take a record in."""
        record = Record(at_ms=self._clock(), process=process_name(), step=step, instance=instance, **said)  # type: ignore[arg-type]  # The fields of Record.
        with self._lock:
            self._records.append(record)
            self.seen += 1
        return record

    def add_connection(self, step: str, instance: str, connection: tuple[str, str], **said: str) -> None:
        """Take in what became of an event for one connection, into the one record of all of them."""
        key = (step, said["stream"], said["position"])
        record = self._open.get(key)
        if record is None:
            record = self._open[key] = self.add(step, instance, connections=[], **said)
            if len(self._open) > RECORDS_MAX:
                self._open.popitem(last=False)
        if len(record.connections) < CONNECTIONS_MAX:
            record.connections.append(connection)
        else:
            record.more_connections += 1

    def told(self, *, running: bool, limit: int) -> TraceTold:
        with self._lock:
            records = list(self._records)[-limit:]
        return TraceTold(traced=self.traced, running=running, records=records, seen=self.seen)


class Traces:
    """Those of this process. Started, stopped and read on its loop."""

    def __init__(self) -> None:
        self.running: tuple[Trace, ...] = ()
        self._ended: OrderedDict[str, Trace] = OrderedDict()
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def start(self, body: bytes) -> bytes | None:
        """Begin a trace, and end it by itself when its time is over."""
        traced = _read_traced(body)
        if len(self.running) >= TRACES_MAX or any(each.traced.id == traced.id for each in self.running):
            return None
        self.running = (*self.running, Trace(traced))
        self._timers[traced.id] = asyncio.get_running_loop().call_later(traced.seconds, self._end, traced.id)
        return b"started"

    def stop(self, body: bytes) -> bytes | None:
        """End a trace before its time."""
        return b"stopped" if self._end(body.decode()) else None

    def look(self, body: bytes) -> bytes | None:
        """Return what this process has of a trace."""
        asked = _read_asked(body)
        for each in self.running:
            if each.traced.id == asked.id:
                return encode(each.told(running=True, limit=asked.limit))
        ended = self._ended.get(asked.id)
        return None if ended is None else encode(ended.told(running=False, limit=asked.limit))

    def list(self, body: bytes) -> bytes:
        """Return the traces that run here, and those that have ended, without their records."""
        running = [each.told(running=True, limit=0) for each in self.running]
        ended = [each.told(running=False, limit=0) for each in self._ended.values()]
        return encode([msgspec.structs.replace(each, records=[]) for each in running + ended])

    def forget(self) -> None:
        """Let go of all, as when the process's loop is gone."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._ended.clear()
        self.running = ()

    def after_fork(self) -> None:
        """Let go of what the parent traced; its timers are its own."""
        self._timers.clear()
        self.forget()

    def _end(self, id: str) -> bool:
        ending = [each for each in self.running if each.traced.id == id]
        if not ending:
            return False
        self.running = tuple(each for each in self.running if each.traced.id != id)
        self._timers.pop(id).cancel()
        self._ended[id] = ending[0]
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        return True


TRACES: Final = Traces()
