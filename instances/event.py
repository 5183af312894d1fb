"""The envelope: what a publisher submits, and the one place where an event takes its form on the wire.

An event stays bytes from the door to the socket. `data` and `metadata` are read once, to be sure that they are JSON
that every reader can read, and then passed on as they came, without the spaces.
"""

import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, Raw, UnsetType

from instances.batch import Carried
from instances.error_codes import Refusal
from instances.groups import stream_of
from instances.schemas.registry import registered
from instances.scrubbing import Clean, scrub
from instances.severity import rank_of
from instances.spec import InstanceSpec, Limits
from instances.topics import check_topic

TIMESTAMP_MAX_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999, where the calendars of most readers end."""
EVENT_TYPE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}")
UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
SET_BY_THE_HUB: Final = frozenset({"stream", "offset", "epoch", "received", "publisher", "index"})

_UNKNOWN_FIELD: Final = re.compile(r"unknown field `(.*)`")
_SCHEMA_VERSION_MAX: Final = 1_000_000
_KNOWN_EVENT_TYPES_MAX: Final = 10_000
_known_event_types: set[str] = set()


class BadEvent(Refusal):
    """An event that the envelope's rules don't allow."""


class Submission(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a publisher may say of an event; `data` and `metadata` are still its own bytes."""

    topic: str
    event_type: str
    instance: str | UnsetType = UNSET
    """Only in a frame of the WebSocket, where no address names the instance."""
    id: str | UnsetType = UNSET
    timestamp: int | UnsetType = UNSET
    schema_version: int | UnsetType = UNSET
    data: Raw | UnsetType = UNSET
    metadata: Raw | UnsetType = UNSET
    signature: str | UnsetType = UNSET
    """Checked, and neither kept nor sent on."""


class Signed(NamedTuple):
    """What has to be remembered of a signed event, so that it isn't taken twice."""

    mac: bytes
    """The first half of its signature, which another has by a chance of 2^-64 at most."""
    until_ms: int
    """When it may be forgotten, because its time is over anyway."""


@dataclass(slots=True)
class Prepared:
    """A checked event that waits for its place in its stream."""

    id: str
    topic: str
    stream: str
    event_type: str
    schema_version: int
    severity: int
    received_ms: int
    head: bytes
    """The wire form up to the stream's name."""
    tail: bytes
    """The wire form from the event's type on."""
    given_id: bytes | None = None
    """The id in 16 bytes, only where its publisher gave it: publishing it again must not make a second event."""
    digest: bytes = b""
    """Of what came with that id, in 16 bytes."""
    scrubbed: int = 0
    """Secrets that were taken out of it."""
    scrubbed_places: tuple[str, ...] = ()
    """Where they stood, such as "data.message"."""
    signature: str | None = None
    """As its publisher gave it."""
    signed: Signed | None = None
    """Once the signature was checked."""

    @property
    def size(self) -> int:
        """Bytes that it takes while it is kept, about."""
        return len(self.head) + len(self.tail) + KEPT_OVERHEAD_BYTES

    def wire(self, epoch: str, offset: int) -> bytes:
        return wire_of(self.head, self.tail, self.stream, epoch, offset)

    def carried(self, epoch: str, offset: int) -> Carried:
        """Return the event as it travels, now that its place is known."""
        return Carried(self.topic, self.event_type, self.severity, self.wire(epoch, offset))


KEPT_OVERHEAD_BYTES: Final = 600
"""What Python takes for a kept event beside its wire form."""


class Repeatable(NamedTuple):
    """A request that may come again: its key, and what it said."""

    key: bytes
    """Whoever sent it, and the key that they gave it."""
    digest: bytes


def digest_of(text: bytes) -> bytes:
    """Return 16 bytes that another text has only by a chance of 2^-64."""
    return blake2b(text, digest_size=16).digest()


def wire_of(head: bytes, tail: bytes, stream: str, epoch: str, offset: int) -> bytes:
    """Return the event as JSON on one line. Names of streams and epochs need no escaping."""
    return b'%b"stream":"%b","offset":%d,"epoch":"%b",%b' % (head, stream.encode(), offset, epoch.encode(), tail)


_decode_submission: Final = msgspec.json.Decoder(Submission).decode
_decode_any: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


def now_ms() -> int:
    """Return milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def new_id(milliseconds: int) -> str:
    """Return a UUID of version 7 (RFC 9562 section 5.7), which sorts by time."""
    return _uuid((milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10)), version=7)


def _uuid(value: int, *, version: int) -> str:
    """Return a UUID (RFC 9562 section 4) of 128 bits, of which six give way to version and variant."""
    value = value & ~(0xF << 76) & ~(0x3 << 62) | version << 76 | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def compact(body: bytes | bytearray | memoryview | str) -> bytes:
    """Return the JSON text without spaces between its tokens. Raises: BadEvent where it is none."""
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    try:
        return msgspec.json.format(bytes(body), indent=-1)
    except msgspec.DecodeError as error:
        raise BadEvent("bad_request", f"The body is no JSON: {error}.") from error
    except RecursionError as error:
        raise BadEvent("bad_request", "The body nests objects and arrays too deep to be read.") from error


def prepare(
    spec: InstanceSpec,
    raw: bytes | Raw,
    *,
    publisher_json: bytes,
    named: str | UnsetType = UNSET,
    repeatable: Repeatable | None = None,
    index: int = 0,
    limits: Limits | None = None,
    clock: Callable[[], int] = now_ms,
) -> Prepared:
    """Check one event and give it its wire form, all but its place in its stream.

    `raw` is compact JSON; `publisher_json` the publisher's name as JSON; `named` the instance that a frame's first
    event names, and that each must name then; `repeatable` the request that it came with at `index`, if that may
    come again; `limits` what holds now, the catalog's where it isn't said; `clock` tells milliseconds since 1970.
    Raises: BadEvent, BadTopic, Misfit, UnknownVersion.
    """
    raw = bytes(raw)
    _check_size(raw, limits or spec.limits)
    submission = _decode(raw)
    if len(_encode(submission)) != len(raw):
        # Lengths agree unless a key is repeated or some text is written with escapes; only then is it worth looking.
        _check_no_repeated_key(raw)
    if submission.instance != named:
        raise BadEvent(
            "bad_request",
            "`instance` is not a key of an event here: the address names the instance."
            if named is UNSET
            else f"All events of a frame go to one instance, {named!r} here; send the others in a frame of their own.",
        )

    topic = check_topic(submission.topic)
    event_type = submission.event_type
    if event_type not in _known_event_types:
        _check_event_type(event_type)
    data = submission.data
    metadata = submission.metadata
    data_json = b"null" if data is UNSET else bytes(data)
    metadata_json = b"{}" if metadata is UNSET else bytes(metadata)
    if metadata_json[:1] != b"{":
        raise BadEvent("bad_request", "`metadata` must be a JSON object, such as {}.")
    version = 1 if submission.schema_version is UNSET else _checked_version(submission.schema_version)
    data_read, metadata_read = _read("data", data_json), _read("metadata", metadata_json)
    known = registered(spec.name, event_type)
    if known is None:
        severity, mark = rank_of(data_read, metadata_read), b'"unregistered":true,'
    else:
        known.check(version, data_read, metadata_read)
        severity, mark = known.rank_of(version, data_read, metadata_read), b""

    secrets = 0
    places: tuple[str, ...] = ()
    if spec.scrubbed:
        data_json, metadata_json, secrets, places = _scrubbed(data_json, metadata_json)

    received = clock()
    given_id, digest = None, b""
    if submission.id is not UNSET:
        event_id = _checked_id(submission.id)
        given_id, digest = UUID(event_id).bytes, digest_of(raw)
    elif repeatable is not None:
        # The same request makes the same ids, so that its second coming is known event by event.
        event_id = _uuid(int.from_bytes(digest_of(b"%b %d" % (repeatable.key, index))), version=8)
        given_id, digest = UUID(event_id).bytes, repeatable.digest
    else:
        event_id = new_id(received)
    timestamp = received if submission.timestamp is UNSET else _checked_timestamp(submission.timestamp)
    return Prepared(
        id=event_id,
        topic=topic,
        stream=stream_of(spec, topic),
        event_type=event_type,
        schema_version=version,
        severity=severity,
        received_ms=received,
        head=f'{{"id":"{event_id}","instance":"{spec.name}","topic":"{topic}",'.encode(),
        tail=b'"event_type":"%b","timestamp":%d,"received":%d,"schema_version":%d,%b"publisher":%b,"data":%b,'
        b'"metadata":%b}'
        % (event_type.encode(), timestamp, received, version, mark, publisher_json, data_json, metadata_json),
        given_id=given_id,
        digest=digest,
        scrubbed=secrets,
        scrubbed_places=places,
        signature=None if submission.signature is UNSET else submission.signature,
    )


def _scrubbed(data: bytes, metadata: bytes) -> tuple[bytes, bytes, int, tuple[str, ...]]:
    """Return both without secrets, how many there were, and where."""
    clean, clean_metadata = scrub(data), scrub(metadata)
    places = (*_places("data", clean), *_places("metadata", clean_metadata))
    return clean.payload, clean_metadata.payload, clean.secrets + clean_metadata.secrets, places


def _places(name: str, clean: Clean) -> tuple[str, ...]:
    return tuple(f"{name}.{place}" if place else name for place in clean.places)


def _check_size(raw: bytes, limits: Limits) -> None:
    if len(raw) > limits.event_bytes:
        raise BadEvent(
            "too_large",
            f"The event is {len(raw):,} bytes of compact JSON; at most {limits.event_bytes:,} are taken.",
        )
    # As many brackets as that are needed to nest so deep; most events have fewer, which spares them the walk.
    if raw.count(b"{") + raw.count(b"[") > limits.depth:
        depth = depth_of(raw)
        if depth > limits.depth:
            raise BadEvent(
                "bad_request", f"The event nests objects and arrays {depth} deep; at most {limits.depth} are taken."
            )


_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')


def depth_of(raw: bytes) -> int:
    """Return how deep a JSON text nests objects and arrays, whatever else is wrong with it."""
    depth = deepest = 0
    for byte in _STRINGS.sub(b"", raw):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _decode(raw: bytes) -> Submission:
    try:
        return _decode_submission(raw)
    except msgspec.ValidationError as error:
        unknown = _UNKNOWN_FIELD.search(str(error))
        if unknown is None:
            raise BadEvent("bad_request", f"The event doesn't fit the envelope: {error}.") from error
        key = unknown[1]
        if key in SET_BY_THE_HUB:
            raise BadEvent("bad_request", f"`{key}` is set by the hub; leave it out.") from error
        raise BadEvent(
            "bad_request",
            f"`{key}` is not a key of an event. The keys are topic, event_type, data, metadata, timestamp, id, "
            "schema_version and signature; what is your own goes into data.",
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadEvent("bad_request", f"The event is no JSON: {error}.") from error


def _check_no_repeated_key(raw: bytes) -> None:
    def envelope_keys(pairs: list[tuple[str, object]]) -> list[str]:
        return [key for key, _ in pairs]

    # The hook sees the innermost object first and the envelope last, so its answer for the envelope is what returns.
    keys: list[str] = json.loads(raw, object_pairs_hook=envelope_keys, parse_int=str, parse_float=str)
    for key in keys:
        if keys.count(key) > 1:
            raise BadEvent("bad_request", f"The key `{key}` stands {keys.count(key)} times in the event, not once.")


def _check_event_type(event_type: str) -> None:
    if EVENT_TYPE.fullmatch(event_type) is None:
        raise BadEvent(
            "bad_request",
            f"The event type {event_type[:80]!r} must be 1 to 128 of A-Z a-z 0-9 _ . - and begin with a letter, "
            "a digit or _, such as registration_success.",
        )
    if len(_known_event_types) >= _KNOWN_EVENT_TYPES_MAX:
        _known_event_types.clear()
    _known_event_types.add(event_type)


# An escaped NUL: JSON allows it, while databases and C programs choke on it. An even number of backslashes before it
# are escaped backslashes, after which "u0000" is plain text.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _read(name: str, payload: bytes) -> object:
    """Return what the JSON says, to be sure that it says something, and says it to every reader."""
    if _NUL.search(payload) is not None:
        raise BadEvent("bad_request", f"`{name}` holds a NUL character (\\u0000), which is not taken.")
    try:
        return _decode_any(payload)
    except (msgspec.DecodeError, ValueError) as error:
        raise BadEvent("bad_request", f"`{name}` is no JSON that every reader can read: {error}.") from error


def _checked_id(text: str) -> str:
    if UUID_TEXT.fullmatch(text) is None:
        raise BadEvent(
            "bad_request",
            f"The id {text[:80]!r} is no UUID, such as 0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e; leave it out and the "
            "hub makes one.",
        )
    return text.lower()


def _checked_timestamp(milliseconds: int) -> int:
    if not 0 <= milliseconds <= TIMESTAMP_MAX_MS:
        raise BadEvent(
            "bad_request",
            f"The timestamp {milliseconds} is out of range: milliseconds since 1970 UTC, 0 to {TIMESTAMP_MAX_MS}.",
        )
    return milliseconds


def _checked_version(version: int) -> int:
    if not 1 <= version <= _SCHEMA_VERSION_MAX:
        raise BadEvent("bad_request", f"The schema_version {version} is out of range: 1 to {_SCHEMA_VERSION_MAX:,}.")
    return version
