"""An event, written for whoever wants to publish such a one: for curl, a shell, and Python."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

Event = Mapping[str, Any]
"""With topic, event_type, schema_version, data and metadata."""

_ONE_LINE_CHARACTERS: Final = 60
"""A Python value longer than this is written over several lines."""


def json_of(event: Event) -> str:
    """Return the event as somebody would write it by hand."""
    return json.dumps(_sparing(event), ensure_ascii=False, indent=2)


def curl_of(instance: str, event: Event, site: str) -> str:
    """Return the curl command that publishes it; `site` ends in a slash."""
    return " \\\n  ".join(
        (
            f"curl {shlex.quote(f'{site}api/v1/instances/{instance}/events/')}",
            '-H "Authorization: Bearer $GATERHUB_TOKEN"',
            "-H 'Content-Type: application/json'",
            f"-d {shlex.quote(json.dumps(_sparing(event), ensure_ascii=False))}",
        )
    )


def shell_of(instance: str, event: Event) -> str:
    """Return the management command that publishes it."""
    words = [f"python manage.py publish {instance} {shlex.quote(event['topic'])} {shlex.quote(event['event_type'])}"]
    said = _sparing(event)
    for name, option in (("data", "--data"), ("metadata", "--metadata")):
        if name in said:
            words.append(f"{option} {shlex.quote(json.dumps(said[name], ensure_ascii=False))}")
    if "schema_version" in said:
        words.append(f"--schema-version {said['schema_version']}")
    return " \\\n  ".join(words)


def builder_of(instance: str, name: str, arguments: Mapping[str, Any]) -> str:
    """Return the Python that makes and publishes it with the catalog's builder of that name."""
    return "\n".join(
        (
            "from instances.publishing import publish_event",
            f"from instances.schemas import {instance}",
            "",
            f"event = {instance}.{name}(",
            *_arguments(arguments),
            ")",
            "result = publish_event(event)",
        )
    )


def publish_of(instance: str, event: Event) -> str:
    """Return the Python that publishes it where there is no builder."""
    said = _sparing(event)
    named: dict[str, Any] = {key: said[key] for key in ("data", "metadata", "schema_version") if key in said}
    words: Sequence[object] = (instance, event["topic"], event["event_type"])
    return "\n".join(
        (
            "from instances.publishing import publish",
            "",
            "result = publish(",
            *(f"    {_literal(word)}," for word in words),
            *_arguments(named),
            ")",
        )
    )


def _sparing(event: Event) -> dict[str, Any]:
    """Return the event without what would be said by leaving it out."""
    unsaid: dict[str, Any] = {"schema_version": 1, "data": None, "metadata": {}}
    return {key: value for key, value in event.items() if key not in unsaid or value != unsaid[key]}


def _arguments(named: Mapping[str, Any]) -> list[str]:
    return [f"    {name}={_literal(value)}," for name, value in named.items()]


def _literal(value: object, indent: str = "    ") -> str:
    """Return the value as Python; a text as JSON writes it, which Python reads the same."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Mapping():
            inner = [f"{_literal(key)}: {_literal(each, indent + '    ')}" for key, each in value.items()]
            return _held("{", inner, "}", indent)
        case list() | tuple():
            return _held("[", [_literal(each, indent + "    ") for each in value], "]", indent)
        case _:
            return repr(value)


def _held(opening: str, inner: Sequence[str], closing: str, indent: str) -> str:
    line = f"{opening}{', '.join(inner)}{closing}"
    if len(line) <= _ONE_LINE_CHARACTERS:
        return line
    rows = "".join(f"{indent}    {each},\n" for each in inner)
    return f"{opening}\n{rows}{indent}{closing}"
