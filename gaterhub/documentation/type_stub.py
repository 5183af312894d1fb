"""The stub beside each module of event types, from which editors and mypy know what a builder takes."""

from typing import Final

from instances.schemas.signature import EXTRA, EXTRA_TYPE, Argument, arguments_of, docstring_of, quoted
from instances.schemas.words import EventType, Types

_LINE_COLUMNS: Final = 120
_QUOTES: Final = '"""'


def stub_of(types: Types, attributes: dict[str, str]) -> str:
    """Return the stub of an instance's module; `attributes` is what the module calls each type."""
    made = [_builder(row, attributes[row.name]) for row in types]
    body = [line for aliases, builder in made for line in (*aliases, *builder)]
    text = "\n".join(body)
    from_abc = [name for name in ("Mapping", "Sequence") if f"{name}[" in text]
    from_typing = [name for name in ("Any", "Final", "Literal", "TypeAlias") if name == "Final" or _uses(text, name)]
    lines = [
        f"{_QUOTES}The builders of `{types.instance}`: made from its rows by `make types`, never by hand.{_QUOTES}",
        "",
        *([f"from collections.abc import {', '.join(from_abc)}"] if from_abc else []),
        f"from typing import {', '.join(from_typing)}",
        "",
        *(["from instances.schemas.typed_event import TypedEvent"] if made else []),
        f"from instances.schemas.words import {'EventType, ' if made else ''}Types",
        "",
        "TYPES: Final[Types]",
        *(["", *body] if body else []),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _uses(text: str, name: str) -> bool:
    return any(f"{before}{name}{after}" in text for before in " [" for after in "[,] =")


def _builder(row: EventType, attribute: str) -> tuple[list[str], list[str]]:
    """Return the aliases that the builder needs, and its lines.

    Each row is still an event type, so that it can be handed on as one; only how it is called is its own.
    """
    arguments = arguments_of(row.parameters, row.data, row.metadata)
    aliases: list[str] = []
    parameters = []
    for each in arguments:
        line = _parameter(each, each.annotation)
        if len(line) > _LINE_COLUMNS:
            name = f"_{attribute}_{each.name}"
            aliases += [f"{name}: TypeAlias = Literal[", *(f"    {quoted(choice)}," for choice in each.choices), "]"]
            line = _parameter(each, name if each.required else f"{name} | None")
        parameters.append(line)
    parameters += [f"        {name}: {EXTRA_TYPE} = None," for name, _ in EXTRA]
    docstring = _escaped(docstring_of(row.title, row.purpose, row.topic, arguments)).splitlines()
    class_name = "_" + "".join(part.capitalize() for part in attribute.split("_"))
    return ([*aliases, ""] if aliases else []), [
        f"class {class_name}(EventType):",
        "    def __call__(  # type: ignore[override]",
        "        self,",
        "        *,",
        *parameters,
        "    ) -> TypedEvent:",
        f"        {_QUOTES}{docstring[0]}",
        *(f"        {line}" if line else "" for line in docstring[1:]),
        f"        {_QUOTES}",
        "",
        f"{attribute}: Final[{class_name}]",
        "",
    ]


def _parameter(argument: Argument, annotation: str) -> str:
    return f"        {argument.name}: {annotation}{'' if argument.required else ' = None'},"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
