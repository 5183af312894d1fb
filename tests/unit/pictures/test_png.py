"""Pictures are encoded anew, and look the same."""

import random
import struct
import zlib

import pytest

from tests.pictures.png import SEVEN_BITS, SIGNATURE, smaller

WIDTH, HEIGHT, STEP = 7, 5, 3


def png(lines: list[bytes], *, depth: int = 8) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, len(lines), depth, 2, 0, 0, 0)
    made = SIGNATURE
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 1)), (b"IEND", b"")):
        made += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return made


def filtered(lines: list[bytes], number: int) -> list[bytes]:
    """Write lines as differences, by the formulas of the PNG specification, section 9.2."""
    coded = []
    for place, line in enumerate(lines):
        above = lines[place - 1] if place else bytes(len(line))
        row = bytearray([number])
        for at, value in enumerate(line):
            a = line[at - STEP] if at >= STEP else 0
            b = above[at]
            c = above[at - STEP] if at >= STEP else 0
            p = a + b - c
            pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
            paeth = a if pa <= pb and pa <= pc else b if pb <= pc else c
            row.append((value - (0, a, b, (a + b) // 2, paeth)[number]) & 0xFF)
        coded.append(bytes(row))
    return coded


def pixels_of(picture: bytes) -> bytes:
    at = picture.index(b"IDAT")
    (length,) = struct.unpack_from(">I", picture, at - 4)
    return zlib.decompress(picture[at + 4 : at + 4 + length])


class TestSmaller:
    @pytest.mark.parametrize("number", range(5))
    def test_reads_every_filter_and_keeps_seven_bits(self, number: int) -> None:
        chance = random.Random(number)
        lines = [chance.randbytes(WIDTH * STEP) for _ in range(HEIGHT)]

        made = smaller(png(filtered(lines, number)))

        assert pixels_of(made) == b"".join(b"\0" + line.translate(SEVEN_BITS) for line in lines)

    def test_leaves_black_and_white_as_they_are(self) -> None:
        lines = [b"\0" + bytes(STEP) + b"\xff" * STEP * (WIDTH - 1)]

        assert pixels_of(smaller(png(lines))) == lines[0]

    def test_refuses_what_it_cannot_read(self) -> None:
        with pytest.raises(ValueError, match="eight bits"):
            smaller(png([bytes(1 + WIDTH * STEP * 2)], depth=16))
