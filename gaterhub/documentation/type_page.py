"""The pages in docs/types/: one for each instance, and one that lists them."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from gaterhub.documentation.markdown import code, fenced, table
from gaterhub.pages.recipes import builder_of, curl_of, json_of, shell_of
from instances.catalog import find
from instances.schemas.description import FieldDescription, fields_of, step_sentences
from instances.schemas.registered import RegisteredType, RegisteredVersion, Schema
from instances.schemas.words import Compatibility, EventType, Types

NOTICE: Final = "<!-- Made from the registry by `make types`; what is changed here by hand is lost. -->"

_SITE: Final = "http://127.0.0.1:8000/"

_PROMISES: Final[dict[Compatibility, str]] = {
    Compatibility.BACKWARD: "readers of the newest version read every older event",
    Compatibility.FORWARD: "readers of an older version read the newest events",
    Compatibility.FULL: "readers of any version read the events of every other",
}


def page_of(types: Types, registered: dict[str, RegisteredType], attributes: dict[str, str]) -> str:
    """Return the page of an instance; `attributes` is what its module calls each type."""
    spec = find(types.instance)
    lines = [
        NOTICE,
        "",
        f"# Event types of {spec.name}",
        "",
        f"{spec.title}: {spec.purpose[0].lower()}{spec.purpose[1:]} What a registered type is, and how versions work,",
        "is told in [event-types.md](../event-types.md).",
        "",
        *table(
            ("type", "tells", "topic"),
            ((f"[{code(row.name)}](#{_anchor(row.name)})", row.purpose, code(row.topic)) for row in types),
        ),
        "",
    ]
    for row in types:
        lines += _section(row, registered[row.name], attributes[row.name])
    return "\n".join(lines)


def index_of(catalog: Iterable[Types]) -> str:
    """Return the page that lists every type of every instance."""
    lines = [
        NOTICE,
        "",
        "# Event types",
        "",
        "Every type that the hub knows by itself, by instance. Operators register further ones, and",
        "`GET /api/v1/instances/{instance}/types/` lists all. What a type is, is told in",
        "[event-types.md](../event-types.md).",
        "",
    ]
    for types in catalog:
        spec = find(types.instance)
        lines += [f"## [{spec.name}]({spec.name}.md)", "", f"{spec.title}. {spec.purpose}", ""]
        rows = ((f"[{code(row.name)}]({spec.name}.md#{_anchor(row.name)})", row.title, row.purpose) for row in types)
        lines += [*table(("type", "title", "tells"), rows), ""]
    return "\n".join(lines)


def _section(row: EventType, registered: RegisteredType, attribute: str) -> list[str]:
    newest = registered.versions[registered.newest]
    lines = [f"## {row.name}", "", f"**{row.title}.** {row.purpose}", "", *table(("", ""), _facts(row, newest)), ""]
    lines += _fields("data", newest.data_schema) + _fields("metadata", newest.metadata_schema)
    for version in sorted(registered.versions.values(), key=lambda each: -each.number):
        if version.step is not None:
            lines += _older(version)
    event = asdict(row(**row.example))
    return [
        *lines,
        "An example:",
        "",
        *fenced("json", json_of(_submitted(event))),
        "To publish it:",
        "",
        *fenced("sh", curl_of(row.instance, _submitted(event), _SITE)),
        *fenced("sh", shell_of(row.instance, _submitted(event))),
        *fenced("python", builder_of(row.instance, attribute, row.example)),
    ]


def _submitted(event: dict[str, Any]) -> dict[str, Any]:
    """Return what a publisher writes: the address names the instance."""
    return {key: value for key, value in event.items() if key != "instance"}


def _facts(row: EventType, newest: RegisteredVersion) -> list[tuple[str, str]]:
    fields = [f"{code(f'{place}.{name}')}" for place, name in newest.severity]
    otherwise = f", unless {' or '.join(fields)} says otherwise" if fields else ""
    facts = [
        ("topic", code(row.topic)),
        ("version", str(row.version)),
        ("severity", f"{row.severity}{otherwise}"),
        ("compatibility", f"{row.compatibility}: {_PROMISES[row.compatibility]}"),
    ]
    return facts if row.deprecated is None else [*facts, ("deprecated", row.deprecated)]


def _older(version: RegisteredVersion) -> list[str]:
    assert version.step is not None
    said = step_sentences(version.step) or ("Nothing needs to be changed.",)
    lines = [f"Version {version.number} is read as version {version.number + 1} so:", ""]
    lines += [f"- {each}" for each in said]
    if version.deprecated is not None:
        lines += ["", f"Version {version.number} is deprecated: {version.deprecated}"]
    return [
        *lines,
        "",
        *_fields(f"data in version {version.number}", version.data_schema),
        *_fields(f"metadata in version {version.number}", version.metadata_schema),
    ]


def _fields(place: str, schema: Schema) -> list[str]:
    fields = fields_of(schema)
    if not fields:
        return [f"Nothing is declared of {place}.", ""]
    rows = ((code(each.path), _kind(each), "yes" if each.required else "", _about(each)) for each in fields)
    return [*table((f"field of {place}", "type", "required", "tells"), rows), ""]


def _kind(field: FieldDescription) -> str:
    kind = f"{field.type} of {field.of}" if field.of else field.type
    return kind if field.unit is None else f"{kind}, {field.unit}"


def _about(field: FieldDescription) -> str:
    said = [field.help]
    if field.choices is not None:
        said.append(f"One of {', '.join(map(code, field.choices))}.")
    if field.least is not None and field.most is not None:
        said.append(f"{field.least:g} to {field.most:g}.")
    elif field.least is not None:
        said.append(f"At least {field.least:g}.")
    elif field.most is not None:
        said.append(f"At most {field.most:g}.")
    if field.personal:
        said.append("**Personal.**")
    if field.severity:
        said.append("Says how grave the event is.")
    return " ".join(each for each in said if each)


def _anchor(name: str) -> str:
    """Return what a heading is linked by: letters, digits, `-` and `_` of it, in lower case."""
    return "".join(each for each in name.lower() if each.isalnum() or each in "-_")
