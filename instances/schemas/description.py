"""The fields of an event type as people read them: one flat list from a JSON Schema, whoever wrote it.

Pages, API and documentation show the catalog's types and operators' ones alike, so all of them start here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from instances.schemas.json_schema import PERSONAL, SEVERITY, TIMESTAMP_UNIT, UNIT
from instances.schemas.words import Step

Schema = Mapping[str, Any]

_DEEPEST: Final = 6
"""Of fields inside fields. A schema may refer to itself, and nobody reads a table deeper than that."""

_NAMES: Final = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "object": "object",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDescription:
    """One field, also one inside another: `address.city`, `instances[].name`."""

    path: str
    type: str
    """text, integer, number, boolean, timestamp, enum, list, object, or any."""
    of: str | None
    """What a list holds, in the same words; None where that isn't said."""
    help: str
    required: bool
    """Within its object, which may itself be absent."""
    unit: str | None
    choices: tuple[Any, ...] | None
    """The only values it may hold; None: any."""
    least: float | None
    most: float | None
    personal: bool
    severity: bool

    def as_dict(self) -> dict[str, Any]:
        """Return it as the API writes it."""
        return asdict(self)


def fields_of(schema: Schema) -> tuple[FieldDescription, ...]:
    """Return the fields of what an object schema describes, each before the fields that it holds."""
    return tuple(_fields(schema, schema, "", _DEEPEST))


def _fields(schema: Schema, root: Schema, prefix: str, depth: int) -> Iterator[FieldDescription]:
    if depth == 0:
        return
    required = schema.get("required", ())
    for name, said in schema.get("properties", {}).items():
        each = _resolved(said, root)
        items = _resolved(each.get("items"), root)
        path = f"{prefix}{name}"
        kind = _type(each)
        yield FieldDescription(
            path=path,
            type=kind,
            of=_type(items) if kind == "list" and items else None,
            help=each.get("description", ""),
            required=name in required,
            unit=None if kind == "timestamp" else each.get(UNIT),
            choices=_choices(each),
            least=None if kind == "timestamp" else each.get("minimum"),
            most=each.get("maximum"),
            personal=each.get(PERSONAL) is True,
            severity=each.get(SEVERITY) is True,
        )
        if kind == "object":
            yield from _fields(each, root, f"{path}.", depth - 1)
        elif kind == "list":
            yield from _fields(items, root, f"{path}[].", depth - 1)


def _type(schema: Schema) -> str:
    choices = _choices(schema)
    if choices is not None and all(isinstance(each, str) for each in choices):
        return "enum"
    said = schema.get("type", ())
    types = [each for each in ((said,) if isinstance(said, str) else said) if each != "null"]
    if len(types) != 1:
        return "any"
    if schema.get(UNIT) == TIMESTAMP_UNIT:
        return "timestamp"
    return _NAMES.get(types[0], "any")


def _choices(schema: Schema) -> tuple[Any, ...] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else tuple(each for each in values if each is not None)


def _resolved(schema: Any, root: Schema) -> Schema:
    """Return the schema, or what it refers to within its root; one that says nothing is empty."""
    if not isinstance(schema, dict):
        return {}
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    target: Any = root
    for part in reference[2:].split("/"):
        target = target.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
    # What stands beside a reference, such as a description, is said of this place. A reference to a reference is
    # not followed: the field is shown as holding any value, which is less than the schema says and never wrong.
    return (
        {**target, **{word: value for word, value in schema.items() if word != "$ref"}}
        if isinstance(target, dict)
        else {}
    )


def step_sentences(step: Step) -> tuple[str, ...]:
    """Return what reading a version as the next one does, in the order in which it is done."""
    found = [f"`{path}` becomes `{name}`." for path, name in step.rename.items()]
    found += [f"`{path}` is multiplied by {factor:g}." for path, factor in step.scale.items()]
    for path, words in step.translate.items():
        said = ", ".join(f"{_shown(old)} becomes {_shown(new)}" for old, new in words.items())
        found.append(f"In `{path}`, {said}.")
    found += [f"`{path}` is {_shown(value)} where there is none." for path, value in step.default.items()]
    found += [f"`{path}` is left out." for path in step.remove]
    return tuple(found)


def _shown(value: object) -> str:
    if value == "":
        return "an empty text"
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"
