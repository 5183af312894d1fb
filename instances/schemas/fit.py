"""Whether an event fits its schema, and if not, a sentence for whoever has to mend it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import jsonschema_rs

_SHOWN_CHARACTERS: Final = 60
_SHOWN_MISFITS: Final = 3
_SENTENCE_CHARACTERS: Final = 300
"""The validator's own words quote the value, which may be a whole event."""


class BadSchema(ValueError):
    """What should be a JSON Schema and is none."""


class Fit:
    """A compiled schema of an event's `data` or `metadata`, whichever `place` names."""

    def __init__(self, place: str, schema: Mapping[str, Any]) -> None:
        try:
            # A reference to elsewhere is never fetched: what an operator registers must stand by itself.
            self._validator = jsonschema_rs.Draft202012Validator(
                dict(schema),
                retriever=_refuse,
                # Linear in the text's length: no pattern of an operator's can hold up publishing.
                pattern_options=jsonschema_rs.RegexOptions(),
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise BadSchema(_cut(str(error).partition("\n")[0], _SENTENCE_CHARACTERS)) from error
        self._place = place
        self.is_fit: Callable[[object], bool] = self._validator.is_valid
        """Takes the decoded JSON; well under a microsecond."""

    def misfits(self, value: object) -> list[str]:
        """Return a sentence for each of the first things that are wrong, each with what would be right."""
        found = []
        for error in self._validator.iter_errors(value):
            found.append(_cut(_sentence(self._place, error), _SENTENCE_CHARACTERS))
            if len(found) == _SHOWN_MISFITS:
                break
        return found


def _refuse(address: str) -> Any:
    raise ValueError(f"the schema refers to {address}, and only references within it are followed")


def _sentence(place: str, error: jsonschema_rs.ValidationError) -> str:
    path = place + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
    kind = error.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        return f"`{path}.{kind.property}` is missing"
    wrong = f"`{path}` is {_shown(error.instance)}"
    for cls, right in _RIGHT.items():
        if isinstance(kind, cls):
            return f"{wrong}; {right(kind)}"
    return f"`{path}`: {error.message}"


def _types(kind: Any) -> str:
    return f"it must be {' or '.join(str(name) for name in kind.types)}"


_RIGHT: Final[dict[type, Callable[[Any], str]]] = {
    jsonschema_rs.ValidationErrorKind.Type: _types,
    jsonschema_rs.ValidationErrorKind.Enum: lambda kind: (
        f"it must be one of {', '.join(_shown(each) for each in kind.options)}"
    ),
    jsonschema_rs.ValidationErrorKind.Minimum: lambda kind: f"it must be at least {kind.limit}",
    jsonschema_rs.ValidationErrorKind.Maximum: lambda kind: f"it must be at most {kind.limit}",
}


def _shown(value: object) -> str:
    return _cut(json.dumps(value, ensure_ascii=False), _SHOWN_CHARACTERS)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
