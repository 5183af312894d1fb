"""One record of the spool: what one write kept, sealed, and chained to the record before it.

    magic 4 | number 8 | key id 4 | length 4 | events 4 | written 8 | previous 32 | check 4 | nonce 12 | sealed …

All numbers are big-endian. `previous` is the SHA-256 of the record before, whole, so that each hash stands for all
records up to there. The header is authenticated with what is sealed (AES-256-GCM); `check` is its CRC-32, by which a
header that was damaged is told from one that was never written to its end.
"""

import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from zlib import crc32

from cryptography.exceptions import InvalidTag

from instances.access.sealing import NONCE_BYTES
from instances.journal.spool.keys import SpoolKeys

MAGIC: Final = b"GHS1"
BEGINNING: Final = bytes(32)
"""What stands for the record before the first."""
_HEADER: Final = struct.Struct(">4sQ4sIIQ32s")
_CHECK: Final = struct.Struct(">I")
HEADER_BYTES: Final = _HEADER.size + _CHECK.size
OVERHEAD_BYTES: Final = HEADER_BYTES + NONCE_BYTES + 16
"""What a record takes beside its payload."""
PAYLOAD_MAX_BYTES: Final = 256 * 1024 * 1024
"""Far beyond what one group of publications comes to; a length above it can't be true."""


@dataclass(frozen=True, slots=True)
class Header:
    number: int
    """From 1, without holes."""
    key_id: bytes
    length: int
    """Bytes after the header."""
    events: int
    written_ms: int
    previous: bytes

    @property
    def size(self) -> int:
        """Bytes of the whole record."""
        return HEADER_BYTES + self.length


class NotAuthentic(Exception):
    """A record whose bytes are other than were written."""


def seal(payload: bytes, *, number: int, previous: bytes, events: int, written_ms: int, keys: SpoolKeys) -> bytes:
    """Return the record that holds the payload."""
    # Random nonces are safe for 2^32 records under a key (NIST SP 800-38D section 8.2.2); each costs a sync of a disk.
    nonce = os.urandom(NONCE_BYTES)
    length = NONCE_BYTES + len(payload) + 16
    header = _HEADER.pack(MAGIC, number, keys.sealing_id, length, events, written_ms, previous)
    header += _CHECK.pack(crc32(header))
    return header + nonce + keys.sealing.encrypt(nonce, payload, header)


def chained(record: bytes) -> bytes:
    """Return what the record after it says of it, and of all before it."""
    return sha256(record).digest()


def header_at(data: bytes, offset: int) -> Header | None:
    """Return the header that begins there, or None where none does, or not a whole one."""
    if len(data) - offset < HEADER_BYTES or not data.startswith(MAGIC, offset):
        return None
    packed = data[offset : offset + _HEADER.size]
    if _CHECK.unpack_from(data, offset + _HEADER.size) != (crc32(packed),):
        return None
    _, number, key_id, length, events, written_ms, previous = _HEADER.unpack(packed)
    if not NONCE_BYTES + 16 <= length <= PAYLOAD_MAX_BYTES:
        return None
    return Header(number, key_id, length, events, written_ms, previous)


def opened(record: bytes, header: Header, keys: SpoolKeys) -> bytes:
    """Return the payload. Raises: NotAuthentic; KeyMissing."""
    nonce, sealed = record[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], record[HEADER_BYTES + NONCE_BYTES :]
    try:
        return keys.of(header.key_id).decrypt(nonce, sealed, record[:HEADER_BYTES])
    except InvalidTag:
        raise NotAuthentic from None
