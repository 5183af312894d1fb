"""What becomes of events on their way in, told to the traces that follow them. Called only while a trace runs."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from msgspec import UNSET, Raw, UnsetType

from instances.catalog import find
from instances.error_codes import CODES, Refusal
from instances.explorer.traces import TRACES
from instances.redaction import hides
from instances.spec import InstanceSpec
from instances.topics import BadTopic, check_topic

if TYPE_CHECKING:
    from uuid import UUID

    from instances.event import Prepared
    from instances.journal.numbering import Step
    from instances.streams import Placed, Position

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
STORED: Final = "stored"
REPEATED: Final = "repeated"
COMMITTED: Final = "committed"
SPOOLED: Final = "spooled"
NUMBERED: Final = "numbered"
BROADCAST: Final = "broadcast"
NOT_BROADCAST: Final = "not_broadcast"

BODY_MAX_BYTES: Final = 4 * 1024 * 1024
WITHHELD: Final = "Its publisher was told what was wrong with it; a trace shows nothing of the data."


class Passing(Protocol):
    """An event on its way, whichever form it has."""

    @property
    def id(self) -> "str | UUID": ...
    @property
    def topic(self) -> str: ...
    @property
    def event_type(self) -> str: ...


class _Envelope(msgspec.Struct):
    """What a trace reads of an event that was refused, as far as it is text."""

    topic: object = ""
    event_type: object = ""
    id: object = ""


class _Batch(msgspec.Struct):
    events: list[Raw]


class _Wire(msgspec.Struct):
    id: str
    publisher: str = ""


_decode_one: Final = msgspec.json.Decoder(_Envelope).decode
_decode_array: Final = msgspec.json.Decoder(list[Raw]).decode
_decode_batch: Final = msgspec.json.Decoder(_Batch).decode
_decode_wire: Final = msgspec.json.Decoder(_Wire).decode


def wire_envelope(wire: bytes) -> tuple[str, str]:
    """Return id and publisher of an event in its wire form, or as the journal keeps it."""
    try:
        read = _decode_wire(wire)
    except msgspec.DecodeError:
        # A publisher who is a person may stand there as a commitment.
        return "", ""
    return read.id, read.publisher


def accepted(spec: InstanceSpec, events: "Sequence[Prepared]", publisher: str, door: str) -> None:
    """An event was checked, and may be published."""
    _each(ACCEPTED, spec, events, publisher, message=door)


def refused(spec: InstanceSpec, body: bytes, publisher: str, refusal: Refusal) -> None:
    """What was submitted is refused at the door; its topics are read again, as far as they can be."""
    listening = [each for each in TRACES.running if each.looks_at(spec.name)]
    if not listening:
        return
    errors = {error["index"]: error for error in getattr(refusal, "errors", ())}
    for index, event in enumerate(_envelopes(body)):
        topic, event_type = _checked(event.topic), event.event_type if isinstance(event.event_type, str) else ""
        if errors and index not in errors:
            code, message = refusal.code, "Refused with its batch, of which another event was bad."
        else:
            found = errors.get(index, {"code": refusal.code, "message": refusal.message})
            code, message = found["code"], _why(spec, event_type, found["code"], found["message"])
        for trace in listening:
            if topic is None:
                # Only a publisher's trace can know that this is one of its events.
                follows = trace.traced.publisher == publisher
            else:
                follows = trace.follows(spec.name, topic, publisher)
            if follows:
                trace.add(
                    REFUSED,
                    spec.name,
                    topic=topic,
                    event_type=event_type[:128] if event_type.isprintable() else "",
                    id=event.id[:36] if isinstance(event.id, str) and event.id.isprintable() and event.id else None,
                    publisher=publisher,
                    code=code,
                    message=message,
                )


def turned_away(spec: InstanceSpec, events: Iterable[Passing], publisher: str, refusal: Refusal) -> None:
    """Events that were accepted are refused after all: too many wait, or they could not be kept."""
    for event in events:
        message = _why(spec, event.event_type, refusal.code, refusal.message)
        _each(REFUSED, spec, (event,), publisher, code=refusal.code, message=message)


def stored(spec: InstanceSpec, events: "Sequence[Prepared]", publisher: str, placed: "Placed") -> None:
    """The history has the events, at these positions."""
    for index, (event, position) in enumerate(zip(events, placed.positions, strict=True)):
        step = REPEATED if index in placed.repeated else STORED
        _each(step, spec, (event,), publisher, stream=event.stream, position=str(position))


def committed(spec: InstanceSpec, events: Iterable[Passing], publisher: str, step: str) -> None:
    """Evidence or alerts are on record, or in the spool; they have no offset yet."""
    _each(step, spec, events, publisher)


def numbered(spec: InstanceSpec, step: "Step") -> None:
    """Entries have their offsets."""
    for entry in step.entries:
        if any(trace.follows(spec.name, entry.topic) for trace in TRACES.running):
            _, publisher = wire_envelope(entry.body)
            _each(NUMBERED, spec, (entry,), publisher, stream=entry.stream, position=f"{step.epoch}:{entry.offset}")


def broadcast(
    spec: InstanceSpec, placed: "Sequence[tuple[Prepared, Position]]", refusal: Refusal | None = None
) -> None:
    """A run of a stream left for all processes, or did not."""
    for event, position in placed:
        if any(trace.follows(spec.name, event.topic) for trace in TRACES.running):
            _, publisher = wire_envelope(event.wire(position.epoch, position.offset))
            said = {"stream": event.stream, "position": str(position)}
            if refusal is None:
                _each(BROADCAST, spec, (event,), publisher, **said)
            else:
                _each(NOT_BROADCAST, spec, (event,), publisher, code=refusal.code, message=refusal.message, **said)


def _each(step: str, spec: InstanceSpec, events: Iterable[Passing], publisher: str, **said: str) -> None:
    for event in events:
        for trace in TRACES.running:
            if trace.follows(spec.name, event.topic, publisher):
                trace.add(
                    step,
                    spec.name,
                    topic=event.topic,
                    event_type=event.event_type,
                    id=str(event.id),
                    publisher=publisher,
                    **said,
                )


def _why(spec: InstanceSpec, event_type: str, code: str, message: str) -> str:
    """Return why an event was refused, without words that may hold something personal out of it."""
    quotes = code in ("bad_schema", "bad_request")
    if quotes and (spec.delivery.journaled or hides(find(spec.name).name, event_type)):
        return f"{CODES[code].title}. {WITHHELD}"
    return message


def _envelopes(body: bytes) -> list[_Envelope]:
    """Return what can be read of a body; one empty envelope where nothing can."""
    if len(body) > BODY_MAX_BYTES:
        return [_Envelope()]
    try:
        start = bytes(body[:64]).lstrip()
        if start.startswith(b"["):
            return [_envelope(raw) for raw in _decode_array(body)] or [_Envelope()]
        one = _decode_one(body)
        if one.topic == "" and b'"events"' in body:
            return [_envelope(raw) for raw in _decode_batch(body).events] or [_Envelope()]
        return [one]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [_Envelope()]


def _envelope(raw: Raw) -> _Envelope:
    try:
        return _decode_one(raw)
    except msgspec.DecodeError:
        return _Envelope()


def _checked(topic: object) -> str | None:
    try:
        return check_topic(topic)  # type: ignore[arg-type]  # It says itself that a topic is text.
    except BadTopic:
        return None


def door_of(named: str | UnsetType, *, by: bool) -> str:
    """Return by which door an event came, in a word."""
    if named is not UNSET:
        return "by WebSocket"
    return "by HTTP" if by else "by Python"
