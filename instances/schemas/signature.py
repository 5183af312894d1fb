"""How an event type is called: its builder's parameters with their Python types, for `help()` and for editors."""

import inspect
import keyword
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from instances.schemas.fields import Field, Kind
from instances.spec import BadRow

_DOCSTRING_COLUMNS: Final = 108
"""What a line of ours holds where a stub indents it, less the quotes that the first line begins with."""

_TYPES: Final[dict[Kind, str]] = {
    Kind.TEXT: "str",
    Kind.INTEGER: "int",
    Kind.NUMBER: "float",
    Kind.BOOLEAN: "bool",
    Kind.TIMESTAMP: "int",
    Kind.OBJECT: "Mapping[str, Any]",
    Kind.ANY: "Any",
}
EXTRA: Final = (("extra", "What data shall hold beside these."), ("metadata", "The same for metadata."))
EXTRA_TYPE: Final = "Mapping[str, Any] | None"


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of a builder: of the topic, of data, or of metadata."""

    name: str
    type: str
    """As Python writes it, without the None that one which isn't required may be too."""
    required: bool
    help: str
    choices: tuple[str, ...]

    @property
    def annotation(self) -> str:
        """The whole type."""
        return self.type if self.required or self.type == "Any" else f"{self.type} | None"


def arguments_of(parameters: Sequence[str], data: Sequence[Field], metadata: Sequence[Field]) -> list[Argument]:
    """Return what the builder takes by name: what it requires first, in the row's order otherwise.

    Raises: BadRow for a name that Python can't be given by name.
    """
    fields = {row.name: row for row in (*data, *metadata)}
    found = [_parameter(name, fields.get(name)) for name in dict.fromkeys(parameters)]
    found += [
        Argument(row.name, type_of(row), row.required, _help(row), row.choices)
        for row in fields.values()
        if row.name not in parameters
    ]
    for each in found:
        if keyword.iskeyword(each.name):
            raise BadRow(f"The field {each.name!r} is a word of Python's own, so no builder could take it by name.")
    return sorted(found, key=lambda each: not each.required)


def type_of(row: Field) -> str:
    """Return the Python type of what a field holds."""
    if row.choices:
        return f"Literal[{', '.join(quoted(each) for each in row.choices)}]"
    if row.kind is not Kind.LIST:
        return _TYPES[row.kind]
    items = Kind.OBJECT if row.fields else row.of or Kind.ANY
    return f"Sequence[{_TYPES.get(items, 'Any')}]"


def quoted(text: str) -> str:
    """Return a Python literal with the quotes that our formatter would take."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def signature_of(arguments: Iterable[Argument], *, returns: object) -> inspect.Signature:
    """Return the signature that `inspect` and `help()` show."""
    by_name = inspect.Parameter.KEYWORD_ONLY
    shown = [
        inspect.Parameter(
            each.name,
            by_name,
            annotation=each.annotation,
            default=inspect.Parameter.empty if each.required else None,
        )
        for each in arguments
    ]
    shown += [inspect.Parameter(name, by_name, annotation=EXTRA_TYPE, default=None) for name, _ in EXTRA]
    return inspect.Signature(shown, return_annotation=returns)


def docstring_of(title: str, purpose: str, topic: str, arguments: Iterable[Argument]) -> str:
    """Return what an editor shows of a builder: what the event tells, its topic, and each field in one sentence."""
    lines = [*_wrapped(f"{title}. {purpose}"), "", *_wrapped(f"Topic: {topic}"), "", "Args:"]
    for name, text in (*((each.name, each.help) for each in arguments), *EXTRA):
        lines += _wrapped(f"{name}: {text}", first="    ", next_ones="        ")
    return "\n".join(lines)


def _wrapped(text: str, *, first: str = "", next_ones: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _DOCSTRING_COLUMNS,
        initial_indent=first,
        subsequent_indent=next_ones,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _parameter(name: str, row: Field | None) -> Argument:
    """Return the argument for a segment of the topic, which a field of the same name may describe."""
    if row is None:
        return Argument(name, "str", True, "A segment of the topic.", ())
    return Argument(name, type_of(row), True, f"{_help(row)} Also a segment of the topic.", row.choices)


def _help(row: Field) -> str:
    if row.kind is Kind.TIMESTAMP:
        return f"{row.help} In milliseconds since 1970 UTC."
    return row.help if row.unit is None else f"{row.help} Unit: {row.unit}."
