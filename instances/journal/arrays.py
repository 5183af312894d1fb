"""PostgreSQL's binary form of an array: a column of many rows, in a fraction of the time that psycopg takes for it."""

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

_HEAD: Final = struct.Struct(">iiIii").pack
_LENGTH: Final = struct.Struct(">i").pack
_NULL: Final = _LENGTH(-1)
_FIRST: Final = 1
"""Of the one dimension, PostgreSQL counts from there."""

# By type: its number (pg_type.oid, which never changes), and how the server's *recv function wants a value.
_TYPES: Final[dict[str, tuple[int, Callable[[Any], bytes]]]] = {
    "bytea": (17, bytes),
    "int8": (20, struct.Struct(">q").pack),
    "int2": (21, struct.Struct(">h").pack),
    "text": (25, str.encode),
    "uuid": (2950, lambda value: value.bytes),
}


class Array(bytes):
    """An array in that form; whoever takes it has to know its type."""

    __slots__ = ()


def array_of(type: str, values: Sequence[Any]) -> Array:
    """Return the values as an array of that type; None is NULL (array_recv in PostgreSQL's arrayfuncs.c)."""
    number, encode = _TYPES[type]
    if not values:
        return Array(struct.pack(">iiI", 0, 0, number))
    parts = [_HEAD(1, int(None in values), number, len(values), _FIRST)]
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            raw = encode(value)
            parts += (_LENGTH(len(raw)), raw)
    return Array(b"".join(parts))
