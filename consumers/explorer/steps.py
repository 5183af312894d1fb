"""What becomes of events on their way out, told to the traces that follow them. Called only while a trace runs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from consumers.messages import Event, Gap, Item, Run
from instances.batch import Batch
from instances.catalog import find
from instances.explorer.steps import wire_envelope
from instances.explorer.traces import TRACES, Trace
from instances.groups import instance_of, streams_of
from instances.spec import InstanceSpec
from instances.topics import Pattern

if TYPE_CHECKING:
    from consumers.connection import Connection
    from consumers.mailbox import Mailbox

ARRIVED: Final = "arrived"
DELIVERED: Final = "delivered"
DROPPED: Final = "dropped"
CONFLATED: Final = "conflated"
CLOSED: Final = "closed"
GAP: Final = "gap"

_connections: "Mapping[str, Connection]" = {}


def watch(connections: "Mapping[str, Connection]") -> None:
    """Know the connections of this process: a mailbox, which has no use for it otherwise, doesn't know whose it is."""
    global _connections
    _connections = connections


def arrived(spec: InstanceSpec, batch: Batch, count: Callable[[str, str], int]) -> None:
    """Events came to this process by the channel layer; `count` says how many connections here receive a topic."""
    for offset, (topic, event_type, _, wire) in enumerate(batch.events, batch.first):
        for trace in _following(spec.name, topic):
            id, publisher = wire_envelope(wire)
            if trace.follows(spec.name, topic, publisher):
                followers = count(spec.name, topic)
                who = "connection follows" if followers == 1 else "connections follow"
                trace.add(
                    ARRIVED,
                    spec.name,
                    topic=topic,
                    event_type=event_type,
                    id=id,
                    publisher=publisher,
                    stream=batch.stream,
                    position=f"{batch.epoch}:{offset}",
                    message=f"{followers:,} {who} it here.",
                )


def delivered(connection: "Connection", items: Iterable[Item]) -> None:
    """Items were handed to the socket of a connection."""
    for item in items:
        if isinstance(item, Run):
            for event in item.events:
                _for_connection(DELIVERED, connection, event)
        elif isinstance(item, Gap):
            _gap(connection, item)


def relieved(mailbox: "Mailbox", before: Sequence[Item], after: Sequence[Item]) -> None:
    """A full mailbox gave up events: those that no gap tells of were replaced by newer ones."""
    connection = next((each for each in _connections.values() if each.mailbox is mailbox), None)
    if connection is None:
        return
    kept = {event for item in after if isinstance(item, Run) for event in item.events}
    gaps = [item for item in after if isinstance(item, Gap)]
    for item in before:
        if isinstance(item, Run):
            for event in item.events:
                if event not in kept and _following(instance_of(event.stream), event.topic):
                    told = any(_tells(gap, event) for gap in gaps)
                    _for_connection(DROPPED if told else CONFLATED, connection, event)


def closed(connection: "Connection", run: Run) -> None:
    """A connection is closed, because it can't take these events."""
    for event in run.events:
        _for_connection(CLOSED, connection, event)


def _following(instance: str, topic: str) -> list[Trace]:
    return [trace for trace in TRACES.running if trace.follows(instance, topic)]


def _for_connection(step: str, connection: "Connection", event: Event) -> None:
    instance = instance_of(event.stream)
    for trace in _following(instance, event.topic):
        id, publisher = wire_envelope(event.wire)
        if trace.follows(instance, event.topic, publisher):
            trace.add_connection(
                step,
                instance,
                (connection.id, connection.principal),
                topic=event.topic,
                event_type=event.event_type,
                id=id,
                publisher=publisher,
                stream=event.stream,
                position=f"{event.epoch}:{event.offset}",
            )


def _gap(connection: "Connection", gap: Gap) -> None:
    """Tell of a gap in a stream that the pattern of a trace touches; whose events are missing nobody can say."""
    instance = instance_of(gap.stream)
    for trace in TRACES.running:
        if (
            trace.traced.publisher is None
            and trace.looks_at(instance)
            and gap.stream in streams_of(find(instance), Pattern(trace.traced.pattern))
        ):
            to = "an unknown end" if gap.last is None else f"{gap.last:,}"
            trace.add(
                GAP,
                instance,
                stream=gap.stream,
                position=gap.following,
                message=f"From {gap.first:,} to {to} ({gap.reason}).",
                connections=[(connection.id, connection.principal)],
            )


def _tells(gap: Gap, event: Event) -> bool:
    same = (gap.stream, gap.epoch) == (event.stream, event.epoch)
    return same and gap.first <= event.offset and (gap.last is None or event.offset <= gap.last)
