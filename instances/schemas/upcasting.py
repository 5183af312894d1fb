"""Reading an event of an old version as the newest, by the steps that its type declares."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from instances.schemas.compatibility import Computed
from instances.schemas.fit import Fit
from instances.schemas.words import Step

_NUMBERS: Final = ("integer", "number")
_TRANSLATED: Final = ("string", "integer", "boolean")
_INTEGER_MAX: Final = 2**63
"""Beyond it JSON is written with floats, for the sake of readers."""
_ASSERTS_OF_PARTS: Final = frozenset(("$schema", "$defs", "type", "properties", "required", "additionalProperties"))
"""The words of an object's schema that a step can follow."""
_ALL_TYPES: Final = ("null", "boolean", "object", "array", "number", "integer", "string")


def raised(data: Any, steps: Sequence[Step]) -> Any:
    """Return the data as the version after the last step has it; what it was stays as it is.

    Null is an object with nothing in it, which a default can fill.
    """
    for step in steps:
        if data is None and any("." not in path for path in step.default):
            data = {}
        if isinstance(data, dict):
            data = copy.deepcopy(data)
            _take(step, data)
    return data


def _take(step: Step, data: dict[str, Any]) -> None:
    for path, name in step.rename.items():
        holder, last = _holder(data, path)
        if holder is not None and last in holder:
            holder[name] = holder.pop(last)
    for path, factor in step.scale.items():
        holder, last = _holder(data, path)
        if holder is not None and _is_number(holder.get(last)):
            holder[last] = _product(holder[last], factor)
    for path, words in step.translate.items():
        holder, last = _holder(data, path)
        if holder is not None and isinstance(holder.get(last), str | int):
            holder[last] = copy.deepcopy(words.get(_word(holder[last]), holder[last]))
    for path, value in step.default.items():
        holder, last = _holder(data, path)
        if holder is not None and holder.get(last) is None:
            holder[last] = copy.deepcopy(value)
    for path in step.remove:
        holder, last = _holder(data, path)
        if holder is not None:
            holder.pop(last, None)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _product(number: float, factor: float) -> float:
    """Multiply what is written, so that 0.29 s are 290 ms; a product that no float can hold leaves the number."""
    product = Fraction(repr(number)) * Fraction(repr(factor))
    if product.denominator == 1 and abs(product) < _INTEGER_MAX:
        return product.numerator
    try:
        return float(product)
    except OverflowError:
        return number


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holder(data: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    """Return the object that holds the path's last segment, or None where there is none."""
    *outer, last = path.split(".")
    holder: Any = data
    for name in outer:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return (holder if isinstance(holder, dict) else None), last


def raised_schema(schema: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """Return what the data of an old version fits once the step is taken, for comparing it with the next version."""
    result = copy.deepcopy(dict(schema))
    for path, name in step.rename.items():
        holder, last = _touched(result, path)
        if holder is not None and last in holder.get("properties", {}):
            holder["properties"] = {
                name if each == last else each: value for each, value in holder["properties"].items()
            }
            holder["required"] = [name if each == last else each for each in holder.get("required", [])]
    for path in step.scale:
        _replace(result, path, _scaled)
    for path, words in step.translate.items():
        _replace(result, path, _translated, words)
    _fill_nulls(result, step)
    for path in step.default:
        holder, last = _touched(result, path)
        if holder is not None:
            properties = holder.setdefault("properties", {})
            # Whether the default itself is taken is told by `impossible`.
            properties[last] = _without_null(properties.get(last, Computed(type=[])))
            holder["required"] = list(dict.fromkeys([*holder.get("required", []), last]))
    for path in step.remove:
        holder, last = _touched(result, path)
        if holder is not None:
            holder.get("properties", {}).pop(last, None)
            holder["required"] = [each for each in holder.get("required", []) if each != last]
    return result


def impossible(schema: Mapping[str, Any], step: Step, target: Mapping[str, Any]) -> list[str]:
    """Return what the step can't do between these two versions, as sentences without a full stop."""
    found = []
    for path, name in step.rename.items():
        holder, last = _schema_holder(schema, path)
        properties = {} if holder is None else holder.get("properties", {})
        if last not in properties:
            found.append(f"the step renames `{path}`, which the version before doesn't have")
        elif name in properties or "." in name:
            found.append(f"the step renames `{path}` to `{name}`, which is taken or no name")
        schema = raised_schema(schema, Step(rename={path: name}))
    for word, paths in (("scales", step.scale), ("translates", step.translate), ("removes", step.remove)):
        for path in paths:
            holder, last = _schema_holder(schema, path)
            if holder is None or last not in holder.get("properties", {}):
                found.append(f"the step {word} `{path}`, which the version before doesn't have")
    found += [
        f"the step puts null into `{path}`, which is no value" for path in step.default if step.default[path] is None
    ]
    for path, value in _made(step):
        holder, last = _schema_holder(target, path)
        if path in step.remove or holder is None:
            continue
        place = holder.get("properties", {}).get(last, True)
        if place is False or (
            isinstance(place, dict) and "$ref" not in str(place) and not Fit("", place).is_fit(value)
        ):
            found.append(f"the step puts {value!r} into `{path}`, which the new version doesn't take")
    return found


def _takes(schema: Any, value: object) -> bool:
    """Tell whether the value fits, as far as the schema can be asked by itself."""
    return schema is not False and (schema is True or "$ref" in str(schema) or Fit("", schema).is_fit(value))


def _made(step: Step) -> Iterator[tuple[str, Any]]:
    yield from step.default.items()
    for path, words in step.translate.items():
        yield from ((path, value) for value in words.values())


def _replace(schema: dict[str, Any], path: str, change: Any, *more: Any) -> None:
    holder, last = _touched(schema, path)
    if holder is not None and isinstance(holder.get("properties", {}).get(last), dict):
        holder["properties"][last] = change(holder["properties"][last], *more)


def _types(schema: Mapping[str, Any]) -> list[str]:
    said = schema.get("type", _ALL_TYPES)
    return [said] if isinstance(said, str) else list(said)


def _scaled(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a scaled value. For the number the next version's own word is taken."""
    return Computed(type=[name for name in _types(schema) if name not in _NUMBERS])


def _translated(schema: dict[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    if "enum" in schema:
        return {
            "enum": [words.get(_word(each), each) if isinstance(each, str | int) else each for each in schema["enum"]]
        }
    return Computed(type=[name for name in _types(schema) if name not in _TRANSLATED])


def _fill_nulls(schema: dict[str, Any], step: Step) -> None:
    """Say what becomes of null: an object that has the defaults and nothing else."""
    if "null" not in _types(schema) or not any("." not in path for path in step.default):
        return
    schema.pop("required", None)
    if "type" in schema:
        schema["type"] = [name for name in dict.fromkeys(["object", *_types(schema)]) if name != "null"]


def _without_null(schema: Any) -> Any:
    if isinstance(schema, bool):
        return schema
    if isinstance(schema, Computed):
        return Computed(type=[name for name in schema["type"] if name != "null"])
    without = dict(schema)
    if isinstance(schema.get("type"), list):
        without["type"] = [name for name in schema["type"] if name != "null"]
        if not without["type"]:
            # It was never anything but null, so it is what the step puts there.
            return Computed(type=[])
    if "enum" in schema:
        without["enum"] = [each for each in schema["enum"] if each is not None]
    return without


def _schema_holder(schema: Mapping[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    *outer, last = path.split(".")
    holder: Any = schema
    for name in outer:
        holder = holder.get("properties", {}).get(name) if isinstance(holder, dict) else None
    return (holder if isinstance(holder, dict) else None), last


def _touched(schema: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    """Return the holder, having all the objects around the value say only what still holds once it is another."""
    names = path.split(".")[:-1]
    for depth in range(len(names) + 1):
        around, _ = _schema_holder(schema, ".".join([*names[:depth], ""]))
        if around is not None:
            for word in around.keys() - _ASSERTS_OF_PARTS:
                del around[word]
    return _schema_holder(schema, path)
