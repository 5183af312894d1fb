"""What has been promised of the catalog's types, and whether the rows still keep it.

`registered.json` is that promise: each version's schemas, without the sentences for people. Publishers and readers
were built for it, so it only ever grows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from instances.schemas.compatibility import changes_in_place
from instances.schemas.following import breaks_between
from instances.schemas.registered import RegisteredType, RegisteredVersion
from instances.schemas.steps import step_as_json
from instances.schemas.words import Compatibility

Released = Mapping[str, Mapping[str, Any]]
"""By instance and event type."""

FILE: Final = Path(__file__).with_name("registered.json")
PLACES: Final = ("data", "metadata")

_SAID_TO_PEOPLE: Final = frozenset({"$schema", "description"})
_EXPANDED_DEPTH: Final = 7
"""In the file each field stands on a line of its own, so that a change of it is a line in a review."""

_KEPT: Final[dict[Compatibility, frozenset[Compatibility]]] = {
    Compatibility.BACKWARD: frozenset({Compatibility.BACKWARD, Compatibility.FULL}),
    Compatibility.FORWARD: frozenset({Compatibility.FORWARD, Compatibility.FULL}),
    Compatibility.FULL: frozenset({Compatibility.FULL}),
}
"""By the promise that was made: the ones that keep it."""

_NEW_VERSION: Final = (
    "Put the row back as it was released, and make this change in a new version: the released fields go into "
    "`earlier=(…, Version(data=…, step=Step(…)))`, the changed ones stay in the row."
)
_PUT_BACK: Final = "Put it back; what should no longer be used is marked with `deprecated=`."
_NEW_TYPE: Final = "Put it back; an event that means something else is a new type."
_OTHER_STEP: Final = (
    "Change the step, or the newest version, so that an event of the older one fits once the step is taken."
)


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """One change of a row that somebody who relies on it would notice."""

    event_type: str
    """With its instance, and with the version where it is about one."""
    why: str
    instead: str
    """What to do."""

    def __str__(self) -> str:
        return f"{self.event_type}: {self.why}. {self.instead}"


def read_released(path: Path = FILE) -> dict[str, Any]:
    """Return what was released; nothing was where there is no file."""
    try:
        released: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return released


def promised(types: Iterable[RegisteredType]) -> dict[str, dict[str, Any]]:
    """Return what these types promise, as the file keeps it."""
    promises: dict[str, dict[str, Any]] = {}
    for each in types:
        promises.setdefault(each.instance, {})[each.name] = {
            "topic": each.topic,
            "compatibility": str(each.compatibility),
            "versions": {str(number): _version(version) for number, version in each.versions.items()},
        }
    return promises


def as_text(promises: Released) -> str:
    """Return the file's text: one line for each field."""
    return _written(promises, _EXPANDED_DEPTH, "") + "\n"


def broken_promises(released: Released, types: Iterable[RegisteredType]) -> list[BrokenPromise]:
    """Return where the types go back on what was released, and where a version can't be read as the next."""
    types = tuple(types)
    by_name = {(each.instance, each.name): each for each in types}
    found = [wrong for each in types for wrong in _unreadable(each)]
    for instance, rows in released.items():
        for name, row in rows.items():
            current = by_name.get((instance, name))
            if current is None:
                found.append(BrokenPromise(f"{instance}.{name}", "the event type is gone", _PUT_BACK))
            else:
                found += _changed(row, current)
    return found


def _changed(row: Mapping[str, Any], current: RegisteredType) -> Iterator[BrokenPromise]:
    name = f"{current.instance}.{current.name}"
    mode = Compatibility(row["compatibility"])
    if current.compatibility not in _KEPT[mode]:
        why = f"its compatibility was {mode} and is {current.compatibility}, which promises less"
        yield BrokenPromise(name, why, _PUT_BACK)
    if _pattern(row["topic"]) != _pattern(current.topic):
        why = f"its topic was {row['topic']} and is {current.topic}, where those who follow it don't look"
        yield BrokenPromise(name, why, _NEW_TYPE)
    for number, released in row["versions"].items():
        version = current.versions.get(int(number))
        if version is None:
            yield BrokenPromise(f"{name}, version {number}", "the version is gone", _PUT_BACK)
        else:
            yield from _changed_version(f"{name}, version {number}", released, version, mode)


def _changed_version(
    name: str, released: Mapping[str, Any], version: RegisteredVersion, mode: Compatibility
) -> Iterator[BrokenPromise]:
    now = _version(version)
    for place in PLACES:
        for why in changes_in_place(released[place], now[place], mode, place):
            yield BrokenPromise(name, why, _NEW_VERSION)
    # The newest version has no step until the next one is declared.
    if released["step"] is not None and released["step"] != now["step"]:
        why = "its step is changed, so its events would be read otherwise than before"
        yield BrokenPromise(name, why, "Put the step back, and make the change in a new version.")


def _unreadable(row: RegisteredType) -> Iterator[BrokenPromise]:
    for number, version in row.versions.items():
        following = row.versions.get(number + 1)
        if following is None:
            continue
        name = f"{row.instance}.{row.name}, version {number}"
        if version.step is None:
            yield BrokenPromise(name, f"it has no step to version {number + 1}", "Declare one.")
            continue
        old, new = ((each.data_schema, each.metadata_schema) for each in (version, following))
        for why in breaks_between(old, version.step, new, row.compatibility):
            yield BrokenPromise(f"{name}, read as version {number + 1}", why, _OTHER_STEP)


def _version(version: RegisteredVersion) -> dict[str, Any]:
    step = None if version.step is None else step_as_json(version.step)
    return {
        "data": _bare(version.data_schema),
        "metadata": _bare(version.metadata_schema),
        "step": None if step is None else {word: said for word, said in step.items() if said},
    }


def _bare(schema: Any) -> Any:
    """Return the schema without what is said to people, which may be put better at any time."""
    if isinstance(schema, list):
        return [_bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        word: {name: _bare(each) for name, each in said.items()} if word == "properties" else _bare(said)
        for word, said in schema.items()
        if word not in _SAID_TO_PEOPLE
    }


def _pattern(topic: str) -> list[str]:
    """Return the topic's segments with a star for each parameter: what those who follow it have written."""
    return ["*" if segment.startswith("{") else segment for segment in topic.split(":")]


def _written(value: Any, depth: int, indent: str) -> str:
    if depth == 0 or not isinstance(value, Mapping) or not value:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    inner = f"{indent} "
    lines = (f"{inner}{json.dumps(name)}: {_written(each, depth - 1, inner)}" for name, each in sorted(value.items()))
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
