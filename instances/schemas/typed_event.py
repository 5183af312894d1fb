"""An event made from its type, with a topic that nobody had to spell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from instances.topics import SEPARATOR, BadTopic, check_topic, quoted


@dataclass(frozen=True, slots=True)
class TypedEvent:
    """What `publish_event` takes."""

    instance: str
    topic: str
    event_type: str
    schema_version: int
    data: Mapping[str, Any]
    metadata: Mapping[str, Any]


def build(
    *,
    instance: str,
    event_type: str,
    version: int,
    template: str,
    parameters: Sequence[str],
    data: Sequence[tuple[str, bool]],
    metadata: Sequence[tuple[str, bool]],
    given: Mapping[str, Any],
    extra: Mapping[str, Any] | None,
    more_metadata: Mapping[str, Any] | None,
) -> TypedEvent:
    """Put what is given by name where it belongs; `data` and `metadata` are (name, whether required).

    Raises: TypeError for a name that is unknown or missing; BadTopic for a parameter that can't be a segment.
    """
    required = set(parameters) | {name for name, is_required in (*data, *metadata) if is_required}
    known = [*parameters, *(name for name, _ in (*data, *metadata))]
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else f" It has {', '.join(dict.fromkeys(known)) or 'none'}."
            raise TypeError(f"{instance}.{event_type} has no field {name!r}.{hint}")
    missing = [name for name in known if name in required and given.get(name) is None]
    if missing:
        raise TypeError(f"{instance}.{event_type} needs {', '.join(dict.fromkeys(missing))}.")
    return TypedEvent(
        instance=instance,
        topic=check_topic(_topic(template, parameters, given)),
        event_type=event_type,
        schema_version=version,
        data={name: given[name] for name, _ in data if given.get(name) is not None} | dict(extra or {}),
        metadata={name: given[name] for name, _ in metadata if given.get(name) is not None} | dict(more_metadata or {}),
    )


def _topic(template: str, parameters: Sequence[str], given: Mapping[str, Any]) -> str:
    """Return the topic. Raises: BadTopic for a value that would be several segments, and so another topic."""
    segments = template.split(SEPARATOR)
    values = {f"{{{name}}}": str(given[name]) for name in parameters}
    for place, value in values.items():
        if SEPARATOR in value:
            raise BadTopic(f"{place} in {template} is one segment, and {quoted(value)} has a {SEPARATOR!r}.")
    return SEPARATOR.join(values.get(segment, segment) for segment in segments)
