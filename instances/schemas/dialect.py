"""What JSON Schema (2020-12) an operator may register: one that stands by itself, is compared, and costs little."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from instances.error_codes import Refusal
from instances.schemas.fit import BadSchema, Fit
from instances.schemas.json_schema import DIALECT

SCHEMA_MAX_BYTES: Final = 64 * 1024
"""As compact JSON; as long as the longest event."""
SCHEMA_MAX_DEPTH: Final = 32
SCHEMA_MAX_PARTS: Final = 5_000
"""With each `$ref` counted as what it stands for, so that a short schema can't ask for endless work."""
_NAME_CHARACTERS: Final = 128

_ONE: Final = frozenset(
    [
        "additionalProperties",
        "propertyNames",
        "items",
        "contains",
        "not",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
        "unevaluatedItems",
        "contentSchema",
    ]
)
_LIST: Final = frozenset(
    [
        "allOf",
        "anyOf",
        "oneOf",
        "prefixItems",
    ]
)
_NAMED: Final = frozenset(
    [
        "properties",
        "patternProperties",
        "$defs",
        "dependentSchemas",
    ]
)
_PLAIN: Final = frozenset(
    [
        "$schema",
        "$ref",
        "$comment",
        "type",
        "enum",
        "const",
        "multipleOf",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "maxContains",
        "minContains",
        "maxProperties",
        "minProperties",
        "required",
        "dependentRequired",
        "title",
        "description",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
        "examples",
        "format",
        "contentEncoding",
        "contentMediaType",
    ]
)
_WORDS: Final = _ONE | _LIST | _NAMED | _PLAIN
_REFERENCE: Final = "#/$defs/"


class BadDialect(Refusal):
    """A schema that can't be registered."""

    def __init__(self, place: str, wrong: str) -> None:
        super().__init__("bad_schema", f"The {place} schema can't be registered: {wrong}.")


def read_schema(place: str, text: str | bytes) -> dict[str, Any]:
    """Return the schema that a text holds, its length checked before it is read. Raises: BadDialect."""
    if len(text) > 2 * SCHEMA_MAX_BYTES:
        raise BadDialect(place, f"it is over {SCHEMA_MAX_BYTES:,} bytes long")
    try:
        schema = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadDialect(place, f"it is no JSON ({error})") from error
    return check_schema(place, schema)


def check_schema(place: str, schema: object) -> dict[str, Any]:
    """Return the schema, if it may be registered for an event's `data` or `metadata`. Raises: BadDialect."""
    if not isinstance(schema, dict):
        raise BadDialect(place, 'it must be a JSON object, such as {"type": "object", "properties": {}}')
    if _is_deeper(schema, SCHEMA_MAX_DEPTH):
        raise BadDialect(place, f"it nests deeper than {SCHEMA_MAX_DEPTH}")
    size = len(msgspec.json.encode(schema))
    if size > SCHEMA_MAX_BYTES:
        raise BadDialect(place, f"it is {size:,} bytes of compact JSON; at most {SCHEMA_MAX_BYTES:,} are taken")
    if schema.get("$schema", DIALECT) != DIALECT:
        raise BadDialect(place, f"its $schema is {schema['$schema']!r}; only {DIALECT} is taken")
    try:
        Fit(place, schema)
    except BadSchema as error:
        raise BadDialect(place, str(error).rstrip(".")) from error
    for path, part in _parts(place, schema):
        _check_words(place, path, part)
    _Weight(place, schema.get("$defs", {})).of(schema)
    if place == "metadata" and not _is_object(schema):
        raise BadDialect(place, 'metadata is always an object, so its type must be "object"')
    return schema


def _is_object(schema: Mapping[str, Any]) -> bool:
    said = schema.get("type", "object")
    return "object" in ([said] if isinstance(said, str) else said)


def _is_deeper(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _parts(path: str, schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema within a schema, itself first, with where it stands."""
    if isinstance(schema, dict):
        yield path, schema
        for inner, part in _inner(schema):
            yield from _parts(f"{path}.{inner}", part)


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for word, value in schema.items():
        if word in _ONE:
            yield word, value
        elif word in _LIST:
            yield from ((f"{word}[{index}]", part) for index, part in enumerate(value))
        elif word in _NAMED:
            yield from ((f"{word}.{name}", part) for name, part in value.items())


def _check_words(place: str, path: str, schema: Mapping[str, Any]) -> None:
    for word in schema:
        if word not in _WORDS and not word.startswith("x-"):
            near = get_close_matches(word[:50], _WORDS, 1)
            hint = f"probably {near[0]!r} is meant" if near else "a word of your own begins with x-"
            raise BadDialect(place, f"`{path}` has the word {word[:50]!r}, which is not taken; {hint}")
    if path != place and "$schema" in schema:
        raise BadDialect(place, f"`{path}` has a $schema of its own; it stands once, at the top")
    for name in schema.get("properties", {}):
        if not 1 <= len(name) <= _NAME_CHARACTERS or not name.isprintable():
            raise BadDialect(place, f"`{path}` names a field without 1 to {_NAME_CHARACTERS} printable characters")


class _Weight:
    """Counts the schemas that a value is checked against, following references."""

    def __init__(self, place: str, definitions: Mapping[str, Any]) -> None:
        self._place = place
        self._definitions = definitions
        self._known: dict[str, int] = {}
        self._open: list[str] = []

    def of(self, schema: object) -> int:
        if not isinstance(schema, dict):
            return 1
        weight = 1 + sum(self.of(part) for _, part in _inner(schema))
        if "$ref" in schema:
            weight += self._of_reference(schema["$ref"])
        if weight > SCHEMA_MAX_PARTS:
            raise BadDialect(
                self._place, f"it has over {SCHEMA_MAX_PARTS:,} parts, with each $ref counted as what it stands for"
            )
        return weight

    def _of_reference(self, reference: str) -> int:
        name = reference.removeprefix(_REFERENCE)
        if not reference.startswith(_REFERENCE) or name not in self._definitions:
            raise BadDialect(
                self._place, f"its $ref {reference[:80]!r} refers to none of its own definitions, as in '#/$defs/name'"
            )
        if name in self._open:
            raise BadDialect(self._place, f"its definition {name[:80]!r} refers to itself")
        if name not in self._known:
            self._open.append(name)
            self._known[name] = self.of(self._definitions[name])
            self._open.pop()
        return self._known[name]
