"""A step between two versions as JSON, the form that operators declare and the database keeps."""

from typing import Any

import msgspec

from instances.error_codes import Refusal
from instances.schemas.words import Step


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    rename: dict[str, str] = {}
    scale: dict[str, int | float] = {}
    translate: dict[str, dict[str, Any]] = {}
    default: dict[str, Any] = {}
    remove: list[str] = []


def read_step(value: object) -> Step:
    """Return the step that decoded JSON declares. Raises: Refusal."""
    try:
        words = msgspec.convert(value, _Words)
    except msgspec.ValidationError as error:
        raise Refusal(
            "bad_schema",
            f"The step can't be read: {error}. It is an object with any of rename, scale, translate, default and "
            'remove, such as {"rename": {"sum": "total"}, "default": {"currency": "EUR"}}.',
        ) from error
    return Step(
        rename=words.rename,
        scale=words.scale,
        translate=words.translate,
        default=words.default,
        remove=tuple(words.remove),
    )


def step_as_json(step: Step) -> dict[str, Any]:
    """Return the step with all of its words."""
    return {
        "rename": dict(step.rename),
        "remove": list(step.remove),
        "default": dict(step.default),
        "scale": dict(step.scale),
        "translate": {path: dict(words) for path, words in step.translate.items()},
    }
