"""Whether a schema may take another's place, as schema registries ask it.

Compared is what a schema asserts. Objects are open: a key that a schema doesn't name is anybody's, so that a new
optional field is an addition and breaks nothing. What can't be compared (`anyOf`, `$ref`, …) must stay as it is.

The law: where `narrowed(old, new)` finds nothing, every value that fits `old`, and uses no name that only `new`
knows, fits `new`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from instances.schemas.fit import Fit
from instances.schemas.json_schema import UNIT
from instances.schemas.words import Compatibility

Schema = Mapping[str, Any]


class Computed(dict[str, Any]):
    """The schema of a value that a step makes. Only the types that the step leaves alone are compared."""


_ANNOTATIONS: Final = frozenset(
    [
        "$schema",
        "$id",
        "$comment",
        "$anchor",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "format",
    ]
)
_COMPARED: Final = frozenset(("type", "properties", "required", "enum", "items", "additionalProperties", "$defs", UNIT))
_LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ALL_TYPES: Final = frozenset(("null", "boolean", "object", "array", "number", "integer", "string"))
_APPLICATORS: Final = ("$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
_DEPENDENT: Final[dict[str, tuple[str, ...]]] = {
    "additionalProperties": ("patternProperties",),
    "items": ("prefixItems",),
    "contains": ("minContains", "maxContains"),
    "then": ("if",),
    "else": ("if",),
    "unevaluatedProperties": ("properties", "patternProperties", "additionalProperties", *_APPLICATORS),
    "unevaluatedItems": ("items", "prefixItems", "contains", *_APPLICATORS),
}
"""What a word of JSON Schema says depends on these beside it, so that they must be the same for it to be compared."""


def changes_in_place(old: Schema, new: Schema, mode: Compatibility, place: str = "") -> list[str]:
    """Return why the changed schema needs a version of its own, as sentences without a full stop; none: it doesn't.

    Whoever publishes the version goes on as before, so in every mode what fitted must still fit.
    """
    in_place = Compatibility.BACKWARD if mode is Compatibility.BACKWARD else Compatibility.FULL
    return list(dict.fromkeys([*removed(old, new, _path(place)), *broken(old, new, in_place, place)]))


def broken(old: Schema, new: Schema, mode: Compatibility, place: str = "") -> list[str]:
    """Return what readers that the mode speaks for could no longer read; the place is `data` or `metadata`."""
    found = []
    if mode in (Compatibility.BACKWARD, Compatibility.FULL):
        found += [f"{why}, so events published before would no longer fit" for why in narrowed(old, new, _path(place))]
    if mode in (Compatibility.FORWARD, Compatibility.FULL):
        found += [f"{why}, so readers of what was before could not read it" for why in narrowed(new, old, _path(place))]
    return list(dict.fromkeys(found))


def _path(place: str) -> str:
    return f"{place}." if place else ""


def removed(old: Schema | bool, new: Schema | bool, path: str = "") -> list[str]:
    """Return the fields that are gone."""
    if isinstance(old, bool) or isinstance(new, bool):
        return []
    found = []
    after = new.get("properties", {})
    for name, schema in old.get("properties", {}).items():
        if name not in after:
            found.append(f"`{path}{name}` is removed")
        else:
            found += removed(schema, after[name], f"{path}{name}.")
    if "items" in old and "items" in new:
        found += removed(old["items"], new["items"], f"{path.removesuffix('.')}[].")
    return found


def narrowed(wide: Schema | bool, narrow: Schema | bool, path: str = "") -> list[str]:
    """Return why something that fits `wide` may not fit `narrow`, or may mean something else there."""
    if narrow is False:
        return [] if wide is False else [f"{_at(path)} is allowed in one and not in the other"]
    if wide is False:
        return []
    wide, narrow = ({} if each is True else each for each in (wide, narrow))
    if isinstance(narrow, Computed):
        return []
    if isinstance(wide, Computed):
        return _narrowed_types(frozenset(wide.get("type", ())), _types(narrow), path)
    if wide.get(UNIT) == narrow.get(UNIT) and _is_finite_and_fits(wide, narrow):
        return []
    found = _narrowed_types(_types(wide), _types(narrow), path)
    before = set(wide.get("required", ()))
    found += [f"`{path}{name}` is required in one only" for name in narrow.get("required", ()) if name not in before]
    found += _narrowed_values(wide, narrow, path)
    found += _narrowed_words(wide, narrow, path)
    found += _narrowed_properties(wide, narrow, path)
    if "items" in narrow:
        found += narrowed(wide.get("items", {}), narrow["items"], f"{path.removesuffix('.')}[].")
    return found


def _is_finite_and_fits(wide: Schema, narrow: Schema) -> bool:
    """Tell whether the few values that `wide` names all fit, as far as `narrow` can be asked by itself."""
    if "$ref" in str(narrow):
        return False
    values = wide["enum"] if "enum" in wide else [wide["const"]] if "const" in wide else None
    if values is None:
        return False
    fit = Fit("value", narrow)
    return all(fit.is_fit(value) for value in values)


def _narrowed_types(types: frozenset[str], allowed: frozenset[str], path: str) -> list[str]:
    right = " or ".join(sorted(allowed)) or "nothing"
    return [f"{_at(path)} may be {name} in one and only {right} in the other" for name in sorted(types - allowed)]


def _narrowed_values(wide: Schema, narrow: Schema, path: str) -> list[str]:
    found = []
    if wide.get(UNIT) != narrow.get(UNIT):
        one, other = (f"the unit {each[UNIT]}" if UNIT in each else "no unit" for each in (wide, narrow))
        found.append(f"{_at(path)} has {one} in one and {other} in the other")
    if "enum" in narrow:
        taken = {_text(each) for each in narrow["enum"]}
        lost = [each for each in wide["enum"] if _text(each) not in taken] if "enum" in wide else None
        if lost is None or lost:
            what = "anything" if lost is None else ", ".join(map(_text, lost))
            found.append(f"{_at(path)} may be {what} in one and not in the other")
    for word in _LOWER_BOUNDS:
        # A length or a count is 0 at least, whether that is said or not.
        bound = wide.get(word) if word in ("minimum", "exclusiveMinimum") else wide.get(word, 0)
        if word in narrow and (bound is None or narrow[word] > bound):
            found.append(_bound(path, word, narrow[word], wide.get(word)))
    found += [
        _bound(path, word, narrow[word], wide.get(word))
        for word in _UPPER_BOUNDS
        if word in narrow and (word not in wide or narrow[word] < wide[word])
    ]
    return found


def _bound(path: str, word: str, one: float, other: float | None) -> str:
    return f"{_at(path)} has the {word} {one} in one and {'none' if other is None else other} in the other"


def _narrowed_words(wide: Schema, narrow: Schema, path: str) -> list[str]:
    """Compare what can only be the same or another."""
    known = _ANNOTATIONS | _COMPARED | set(_LOWER_BOUNDS) | set(_UPPER_BOUNDS)
    found = [
        word
        for word in narrow
        if word not in known
        and not word.startswith("x-")
        and (word not in wide or _text(wide[word]) != _text(narrow[word]))
    ]
    for word, others in _DEPENDENT.items():
        if word in narrow and not _is_anything(narrow[word]):
            found += [other for other in others if _text(wide.get(other)) != _text(narrow.get(other))]
    # A definition that is new is referred to by nothing that was there before.
    before, after = wide.get("$defs", {}), narrow.get("$defs", {})
    found += [f"$defs/{name}" for name in after if name in before and _text(before[name]) != _text(after[name])]
    return [f"{_at(path)} has another `{word}`, which can't be shown to be compatible" for word in dict.fromkeys(found)]


def _narrowed_properties(wide: Schema, narrow: Schema, path: str) -> list[str]:
    found = []
    properties, others = wide.get("properties", {}), narrow.get("properties", {})
    rest, other_rest = wide.get("additionalProperties", True), narrow.get("additionalProperties", True)
    for name, schema in others.items():
        if name in properties:
            found += narrowed(properties[name], schema, f"{path}{name}.")
        elif not _is_anything(rest):
            # Here the schema does say something of keys that it doesn't name.
            found += narrowed(rest, schema, f"{path}{name}.")
    if _is_anything(other_rest):
        return found
    for name, schema in properties.items():
        if name not in others:
            found += (
                [f"`{path}{name}` is known to one and refused by the other"]
                if other_rest is False
                else narrowed(schema, other_rest, f"{path}{name}.")
            )
    if narrowed(rest, other_rest):
        found.append(f"{_at(path)} takes other fields in one and not in the other")
    return found


def _is_anything(schema: Schema | bool) -> bool:
    return schema is True or schema == {}


def _types(schema: Schema) -> frozenset[str]:
    said = schema.get("type")
    types = _ALL_TYPES if said is None else frozenset([said] if isinstance(said, str) else said)
    # Whatever takes numbers takes integers.
    return types | {"integer"} if "number" in types else types


def _text(value: object) -> str:
    """Return the value so that only the same JSON is the same: to Python, true is 1."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _at(path: str) -> str:
    return f"`{path.removesuffix('.')}`" if path else "the whole"
