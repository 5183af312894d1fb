"""An event as it could be, made from its type: for people who copy it."""

from collections.abc import Mapping
from typing import Any, Final

from instances.catalog import find
from instances.schemas.json_schema import TIMESTAMP_UNIT, UNIT
from instances.schemas.registered import RegisteredType
from instances.schemas.typed_event import TypedEvent

_DEEPEST: Final = 6
_OF_TYPE: Final[dict[str, Any]] = {"string": "text", "boolean": True, "null": None}
_TIMESTAMP_MS: Final = 1_672_531_200_000


def sample_event(known: RegisteredType, version: int) -> TypedEvent:
    """Return the type's own example where it has one of that version, else one made from the schemas.

    What only a pattern or a condition says is not seen; `examples` in an operator's schema are.
    """
    if known.row is not None and version == known.newest:
        return known.row(**known.row.example)
    row = known.versions[version]
    topic = known.topic or find(known.instance).example.topic
    for name in known.parameters:
        topic = topic.replace(f"{{{name}}}", name, 1)
    metadata = sample_of(row.metadata_schema)
    return TypedEvent(
        instance=known.instance,
        topic=topic,
        event_type=known.name,
        schema_version=version,
        data=sample_of(row.data_schema),
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def sample_of(schema: Mapping[str, Any]) -> Any:
    """Return a value like those that fit the schema."""
    return _value(schema, schema, _DEEPEST)


def _value(schema: Any, root: Mapping[str, Any], depth: int) -> Any:
    if not isinstance(schema, dict) or depth == 0:
        return None
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name:
        schema = {**root.get("$defs", {}).get(name, {}), **schema}
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    for word in ("default", "const"):
        if word in schema:
            return schema[word]
    said = schema.get("type", "object" if "properties" in schema else "string")
    kind = said if isinstance(said, str) else next((each for each in said if each != "null"), "null")
    if kind == "object":
        return {name: _value(each, root, depth - 1) for name, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [_value(schema["items"], root, depth - 1)] if isinstance(schema.get("items"), dict) else []
    if kind in ("integer", "number"):
        return _TIMESTAMP_MS if schema.get(UNIT) == TIMESTAMP_UNIT else schema.get("minimum", 1)
    return _OF_TYPE[kind]
