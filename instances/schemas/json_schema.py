"""Fields as JSON Schema (2020-12), the one language that events are checked and compared in.

Units, personal fields and those that carry severity are annotations of our own, which validators pass over.
"""

from collections.abc import Sequence
from typing import Any, Final

from instances.schemas.words import Field, Kind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
UNIT: Final = "x-unit"
PERSONAL: Final = "x-personal"
SEVERITY: Final = "x-severity"

_TYPES: Final[dict[Kind, str]] = {
    Kind.TEXT: "string",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.TIMESTAMP: "integer",
    Kind.LIST: "array",
    Kind.OBJECT: "object",
}
TIMESTAMP_UNIT: Final = "ms since 1970 UTC"


def schema_of(fields: Sequence[Field]) -> dict[str, Any]:
    """Return what `data` or `metadata` with these fields must be; other keys are anybody's.

    Where no field is required, null will do: an event may say nothing but that it happened.
    """
    schema = _object(fields)
    if "required" not in schema:
        schema["type"] = ["object", "null"]
    return {"$schema": DIALECT, **schema}


def _object(fields: Sequence[Field]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": {each.name: _property(each) for each in fields}}
    required = [each.name for each in fields if each.required]
    if required:
        schema["required"] = required
    return schema


def _property(row: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"description": row.help}
    if row.kind is not Kind.ANY:
        name = _TYPES[row.kind]
        schema["type"] = name if row.required else [name, "null"]
    if row.choices:
        schema["enum"] = list(row.choices) if row.required else [*row.choices, None]
    if row.kind is Kind.TIMESTAMP:
        schema |= {"minimum": 0, UNIT: TIMESTAMP_UNIT}
    schema |= _within(row)
    said = {
        "minimum": row.least,
        "maximum": row.most,
        UNIT: row.unit,
        PERSONAL: row.personal or None,
        SEVERITY: row.severity or None,
    }
    return schema | {word: value for word, value in said.items() if value is not None}


def _within(row: Field) -> dict[str, Any]:
    """Return what the schema says of the things that a list or an object holds."""
    if row.kind is Kind.OBJECT and row.fields:
        inner = _object(row.fields)
        return {key: inner[key] for key in ("properties", "required") if key in inner}
    if row.kind is Kind.LIST and row.fields:
        return {"items": _object(row.fields)}
    if row.kind is Kind.LIST and row.of is not None and row.of is not Kind.ANY:
        return {"items": {"type": _TYPES[row.of]}}
    return {}
