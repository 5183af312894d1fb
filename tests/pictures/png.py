"""PNG files made small enough for a repository, with the standard library alone.

A browser writes each line as differences to its neighbours, which suits photographs. Pages are the same colours again
and again, so whole bytes compress better; and nobody sees the last bits of the smooth edges of letters and curves.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
BYTES_PER_PIXEL: Final = {2: 3, 6: 4}
"""By colour type: RGB, and RGB with alpha, at eight bits each."""
SEVEN_BITS: Final = bytes(value & 0xFE | value >> 7 for value in range(256))
"""Seven bits of each channel are kept; black stays black, and white white."""


def smaller(picture: bytes) -> bytes:
    """Encode a browser's PNG anew. Raises: ValueError for any other form of PNG."""
    chunks = list(_chunks(picture))
    header = chunks[0][1]
    width, _, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or interlaced or colour not in BYTES_PER_PIXEL:
        raise ValueError("Only RGB of eight bits, not interlaced, is read.")
    pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    lines = _lines(pixels, width * BYTES_PER_PIXEL[colour], BYTES_PER_PIXEL[colour])
    packed = zlib.compress(b"".join(b"\0" + line.translate(SEVEN_BITS) for line in lines), 9)
    kept = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in kept
    )


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        yield picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        at += 12 + length


def _lines(pixels: bytes, size: int, step: int) -> Iterator[bytes]:
    """Yield each line's own bytes, from differences to the byte before, above and above before (PNG, section 9)."""
    above = bytes(size)
    for start in range(0, len(pixels), size + 1):
        filtered = pixels[start]
        line = bytearray(pixels[start + 1 : start + 1 + size])
        for at in range(size) if filtered else ():
            before, corner = (line[at - step], above[at - step]) if at >= step else (0, 0)
            line[at] = line[at] + _predicted(filtered, before, above[at], corner) & 0xFF
        above = bytes(line)
        yield above


def _predicted(filtered: int, before: int, above: int, corner: int) -> int:
    if filtered == 1:
        return before
    if filtered == 2:
        return above
    if filtered == 3:
        return (before + above) // 2
    # Paeth: whichever is nearest to before + above - corner, in this order.
    return min((before, above, corner), key=lambda value: abs(before + above - corner - value))
