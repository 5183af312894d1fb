"""An entry as subscribers and readers get it: the wire form of every event, from the sealed bytes."""

from typing import Final

import msgspec
from msgspec import Raw

from instances.journal.opened import Opened, filled, steps_of


class SealedEvent(msgspec.Struct):
    """What an entry's sealed bytes say."""

    id: str
    instance: str
    topic: str
    event_type: str
    timestamp: int
    received: int
    schema_version: int
    publisher: Raw
    data: Raw
    metadata: Raw
    unregistered: bool = False
    personal: list[str] = []

    @property
    def shows_personal(self) -> bool:
        """Whether something that is held apart has its place in the wire form; a publisher's address has none."""
        return any(pointer.startswith(_SHOWN) for pointer in self.personal)


_SHOWN: Final = ("/data/", "/metadata/")
_NULL: Final = b"null"
sealed_event: Final = msgspec.json.Decoder(SealedEvent).decode


def wire_of(
    sealed: SealedEvent,
    opened: Opened | None,
    *,
    stream: str,
    epoch: str | None,
    offset: int | None,
    index: int | None = None,
) -> bytes:
    """Return an entry as JSON on one line, its keys in the order of every event's.

    Offset and epoch are None until it is numbered. `opened` is what `vault.open_parts` gave for it; None: for a reader
    without the right to personal fields.
    """
    data, metadata = bytes(sealed.data), bytes(sealed.metadata)
    if sealed.shows_personal:
        steps = steps_of(sealed.personal)
        data, metadata = (
            filled(data, steps.get("data", {}), opened),
            filled(metadata, steps.get("metadata", {}), opened),
        )
    return (
        b'{"id":"%b","instance":"%b","topic":"%b","stream":"%b","offset":%b,"epoch":%b,%b"event_type":"%b",'
        b'"timestamp":%d,"received":%d,"schema_version":%d,%b"publisher":%b,"data":%b,"metadata":%b}'
        % (
            sealed.id.encode(),
            sealed.instance.encode(),
            sealed.topic.encode(),
            stream.encode(),
            _NULL if offset is None else b"%d" % offset,
            _NULL if epoch is None else b'"%b"' % epoch.encode(),
            b"" if index is None else b'"index":%d,' % index,
            sealed.event_type.encode(),
            sealed.timestamp,
            sealed.received,
            sealed.schema_version,
            b'"unregistered":true,' if sealed.unregistered else b"",
            bytes(sealed.publisher),
            data,
            metadata,
        )
    )
