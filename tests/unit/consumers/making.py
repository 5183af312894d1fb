"""Events for the tests of the hub's parts, of a real event's size."""

from consumers.messages import Event, Run
from instances.batch import Batch, Carried
from instances.spec import FIREHOSE, DeliveryClass

EPOCH = "k3f9"


def event(
    offset: int = 1,
    *,
    stream: str = "s",
    delivery: DeliveryClass = FIREHOSE,
    topic: str = "a:b",
    event_type: str = "tested",
    severity: int = 2,
    size: int = 400,
) -> Event:
    """Return an event whose wire form is JSON of so many bytes."""
    head = b'{"stream":"%b","offset":%d,"data":"' % (stream.encode(), offset)
    return Event(
        stream=stream,
        epoch=EPOCH,
        offset=offset,
        topic=topic,
        event_type=event_type,
        severity=severity,
        delivery=delivery,
        wire=head + b"x" * (size - len(head) - 2) + b'"}',
    )


def run(*events: Event) -> Run:
    return Run(events)


def batch(first: int, count: int = 1, *, epoch: str = EPOCH, stream: str = "s") -> Batch:
    """Return a batch whose events carry their offsets as wire form."""
    return Batch(
        stream,
        epoch,
        first,
        [Carried(f"topic:{offset}", "tested", 2, b"%d" % offset) for offset in range(first, first + count)],
    )
