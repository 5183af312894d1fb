"""How a client speaks to each server under test: ours, and the textbook one.

Both publish over a WebSocket and both publish events whose JSON is exactly EVENT_BYTES long. Neither side is
offered permessage-deflate.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from tests.benchmarks.ledger import FIRST_SEQUENCE

EVENT_BYTES = 200
EVENT_TYPE = "bench"


class Kind(Enum):
    """What a line from a server is to a client."""

    EVENT = auto()
    REPLY = auto()
    PING = auto()
    NOTHING = auto()
    GAP = auto()
    REFUSAL = auto()


class Dialect(Protocol):
    """One server's way of speaking."""

    follow_path: str
    publish_path: str
    headers: dict[str, str]
    pong: bytes

    def greeting(self) -> list[bytes]:
        """List the frames a connection sends before all others; each is answered by one reply."""

    def following(self, pattern: str, topics: Sequence[str]) -> bytes:
        """Write the frame that follows these topics, all that the pattern matches; one reply answers it."""

    def event(self, topic: str, sequence: int) -> bytes:
        """Write one event of EVENT_BYTES bytes."""

    def publishing(self, events: Sequence[bytes]) -> bytes:
        """Write the frame that publishes these events."""

    def kind(self, line: bytes) -> Kind:
        """Tell what a line is."""


def sized_event(head: dict[str, str], sequence: int) -> bytes:
    """Write an event with its sequence number in its data, filled up to EVENT_BYTES bytes."""
    event = {**head, "event_type": EVENT_TYPE, "data": {"n": FIRST_SEQUENCE + sequence, "pad": ""}}
    bare = json.dumps(event, separators=(",", ":"))
    padding = "x" * (EVENT_BYTES - len(bare))
    return (bare[:-3] + padding + bare[-3:]).encode()


class SizedEvents:
    """Writes events of one topic quickly: all but the sequence number is made once."""

    def __init__(self, dialect: Dialect, topic: str) -> None:
        number = str(FIRST_SEQUENCE).encode()
        self._head, self._tail = dialect.event(topic, 0).split(number)

    def write(self, sequence: int) -> bytes:
        """Write the event with this sequence number."""
        return b"%b%d%b" % (self._head, FIRST_SEQUENCE + sequence, self._tail)


@dataclass
class GaterhubDialect:
    """The contract's WebSocket protocol, gaterhub.v1+json."""

    token: str
    instance: str
    follow_path: str = "/ws/v1/"
    publish_path: str = "/ws/v1/"
    pong: bytes = b'{"pong":{}}'

    def __post_init__(self) -> None:
        self.headers = {"Sec-WebSocket-Protocol": "gaterhub.v1+json"}

    def greeting(self) -> list[bytes]:
        return [json.dumps({"id": 1, "connect": {"token": self.token}}).encode()]

    def following(self, pattern: str, topics: Sequence[str]) -> bytes:
        return json.dumps({"id": 2, "subscribe": {"instance": self.instance, "pattern": pattern}}).encode()

    def event(self, topic: str, sequence: int) -> bytes:
        return sized_event({"instance": self.instance, "topic": topic}, sequence)

    def publishing(self, events: Sequence[bytes]) -> bytes:
        if len(events) == 1:
            return b'{"id":3,"publish":%b}' % events[0]
        return b'{"id":3,"publish":[%b]}' % b",".join(events)

    def kind(self, line: bytes) -> Kind:
        if line.startswith(b'{"event"'):
            return Kind.EVENT
        if line.startswith(b'{"ping"'):
            return Kind.PING
        if line.startswith(b'{"positions"'):
            return Kind.NOTHING
        if line.startswith(b'{"gap"'):
            return Kind.GAP
        if line.startswith(b'{"id"') and b'"error"' not in line[:40]:
            return Kind.REPLY
        return Kind.REFUSAL


@dataclass
class TextbookDialect:
    """The baseline's protocol: JSON in, the event itself out, and no answer to a publish."""

    follow_path: str = "/follow/"
    publish_path: str = "/publish/"
    pong: bytes = b""

    def __post_init__(self) -> None:
        self.headers: dict[str, str] = {}

    def greeting(self) -> list[bytes]:
        return []

    def following(self, pattern: str, topics: Sequence[str]) -> bytes:
        return json.dumps({"follow": list(topics)}).encode()

    def event(self, topic: str, sequence: int) -> bytes:
        return sized_event({"topic": topic}, sequence)

    def publishing(self, events: Sequence[bytes]) -> bytes:
        return b'{"events":[%b]}' % b",".join(events)

    def kind(self, line: bytes) -> Kind:
        return Kind.REPLY if line.startswith(b'{"following"') else Kind.EVENT


def dialect_named(name: str, *, token: str, instance: str) -> Dialect:
    """Make the dialect of a server under test.

    Raises:
        KeyError: no server speaks it.
    """
    ours = GaterhubDialect(token, instance)
    dialects: dict[str, Dialect] = {"gaterhub": ours, "textbook": TextbookDialect()}
    return dialects[name]
