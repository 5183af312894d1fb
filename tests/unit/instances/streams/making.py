"""Events for the tests of streams, and a clock that is moved by hand."""

from collections import defaultdict

from instances.event import Prepared, digest_of, new_id
from instances.streams import Keep, Placed, Position, Streams

KEEP = Keep(events=1_000, seconds=3_600)
KEEPS: defaultdict[str, Keep] = defaultdict(lambda: KEEP)


class Clock:
    """Seconds since 1970, moved on by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def event(
    stream: str = "s",
    *,
    topic: str = "a:b",
    received_ms: int = 1_700_000_000_000,
    given_id: bytes | None = None,
    says: str = "",
) -> Prepared:
    return Prepared(
        id=new_id(received_ms),
        topic=topic,
        stream=stream,
        event_type="tested",
        schema_version=1,
        severity=2,
        received_ms=received_ms,
        head=b'{"says":"%b",' % says.encode(),
        tail=b'"data":null}',
        given_id=given_id,
        digest=digest_of(says.encode()) if given_id else b"",
    )


def events(count: int, stream: str = "s") -> list[Prepared]:
    return [event(stream) for _ in range(count)]


def events_at(clock: Clock, count: int, stream: str = "s") -> list[Prepared]:
    """Return events that are taken now."""
    return [event(stream, received_ms=round(clock.now * 1000)) for _ in range(count)]


async def place(streams: Streams, *publications: list[Prepared], keep: Keep = KEEP) -> list[list[Position]]:
    answers = await streams.append("health", publications, defaultdict(lambda: keep))
    placed = [answer for answer in answers if isinstance(answer, Placed)]
    assert len(placed) == len(answers)
    return [answer.positions for answer in placed]


def offsets(positions: list[Position]) -> list[int]:
    return [position.offset for position in positions]
