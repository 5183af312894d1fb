"""What readers without the right to personal fields get: the event with `"[redacted]"` in their places.

Which fields are personal is said by the registered event types. An event is encoded at most once more for all such
readers together; what isn't personal stays the bytes that it was.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import Raw

from instances.schemas.json_schema import PERSONAL
from instances.schemas.registered import RegisteredType
from instances.schemas.registry import registered

REDACTED: Final = b'"[redacted]"'

Tree = Mapping[str, "Tree | None"]
"""The personal fields under an object's keys: None where the whole value is; `*` for each item of a list."""

EACH: Final = "*"
_NULL: Final = b"null"

_decode_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list: Final = msgspec.json.Decoder(list[Raw]).decode
_encode: Final = msgspec.json.Encoder().encode


def hides(instance: str, event_type: str) -> bool:
    """Tell whether events of that type, by the instance's own name, may have personal fields."""
    known = registered(instance, event_type)
    return known is not None and bool(personal_fields(known))


def redacted(instance: str, event_type: str, wire: bytes) -> bytes:
    """Return an event's wire form with its personal fields redacted."""
    known = registered(instance, event_type)
    return wire if known is None else _without(wire, personal_fields(known))


# There are some hundred types, which change only when an operator changes one: then it is another object.
@lru_cache(maxsize=2_000)
def personal_fields(known: RegisteredType) -> Tree:
    """Return the type's personal fields, under `data` and `metadata`.

    A field counts as personal if any version of the type marks it: which version's event it is can't be forged.
    """
    tree: dict[str, Tree | None] = {}
    for version in known.versions.values():
        for place, schema in (("data", version.data_schema), ("metadata", version.metadata_schema)):
            found = _personal_in(schema)
            if found:
                tree[place] = _merged(tree.get(place, {}), found)
    return tree


def _personal_in(schema: Any) -> dict[str, Tree | None]:
    found: dict[str, Tree | None] = {}
    if not isinstance(schema, Mapping):
        return found
    for name, each in schema.get("properties", {}).items():
        if not isinstance(each, Mapping):
            continue
        if each.get(PERSONAL) is True:
            found[name] = None
        elif inner := _personal_in(each):
            found[name] = inner
    items = schema.get("items")
    if isinstance(items, Mapping):
        if items.get(PERSONAL) is True:
            found[EACH] = None
        elif inner := _personal_in(items):
            found[EACH] = inner
    return found


def _merged(one: Tree | None, other: Tree | None) -> Tree | None:
    """Return what either says; the whole value outweighs a part of it."""
    if one is None or other is None:
        return None
    return {
        name: _merged(one[name], other[name]) if name in one and name in other else (one.get(name) or other.get(name))
        for name in {**one, **other}
    }


def _without(text: bytes, tree: Tree) -> bytes:
    """Return the JSON without what the tree names."""
    if not tree:
        return text
    if text[:1] == b"[":
        if EACH not in tree:
            return text
        return _encode([Raw(_redact(bytes(each), tree[EACH])) for each in _decode_list(text)])
    if text[:1] != b"{":
        return text
    held = _decode_object(text)
    for name, inner in tree.items():
        value = held.get(name)
        if value is not None:
            held[name] = Raw(_redact(bytes(value), inner))
    # Written anew even where nothing was there to redact: of a key that stood twice only the last is known here.
    return _encode(held)


def _redact(value: bytes, inner: Tree | None) -> bytes:
    if inner is not None:
        return _without(value, inner)
    return value if value == _NULL else REDACTED
