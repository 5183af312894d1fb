"""The three forms of a timeline, all of one structure: JSON for programs, CSV for tables, Markdown to print."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from gaterhub.csv_cells import guarded
from gaterhub.incident.filtering import Event
from gaterhub.incident.timeline import Gap, Note, Timeline, moment, rows_of

COLUMNS: Final = (
    "at",
    "what",
    "instance",
    "severity",
    "event_type",
    "topic",
    "who",
    "from",
    "publisher",
    "says",
    "id",
    "stream",
    "epoch",
    "offset",
)


def json_of(known: Timeline) -> bytes:
    return msgspec.json.format(msgspec.json.encode(known), indent=1) + b"\n"


# --- CSV -------------------------------------------------------------------------------------------------------------


def csv_of(known: Timeline) -> bytes:
    """Return the timeline as CSV, by RFC 4180: a row for each thing that is missing, hole, note and event, by time.

    No cell can start a formula; offsets stay numbers.
    """
    text = io.StringIO()
    # Whatever is text is quoted, so that what separates cells elsewhere is part of them here.
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    for at, kind, what in rows_of(known):
        cells = {"at": moment(at), "what": kind} | _CELLS[kind](what)
        values = [cells.get(name, "") for name in COLUMNS]
        writer.writerow([guarded(value) if isinstance(value, str) else value for value in values])
    # Spreadsheets read UTF-8 for certain only behind its mark.
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _of_event(event: Event) -> dict[str, Any]:
    return {
        "instance": event.instance,
        "severity": event.severity,
        "event_type": event.event_type,
        "topic": event.topic,
        "who": event.of("actor"),
        "from": event.of("origin"),
        "publisher": event.publisher,
        "says": _line(event.data),
        "id": event.id,
        "stream": event.stream,
        "epoch": event.epoch or "",
        "offset": "" if event.offset is None else event.offset,
    }


def _of_hole(hole: Gap) -> dict[str, Any]:
    return {
        "instance": hole.instance,
        "severity": hole.kind,
        "who": hole.subscriber,
        "says": hole_sentence(hole),
        "stream": hole.stream,
        "epoch": hole.epoch,
        "offset": "" if hole.first is None else hole.first,
    }


def _of_note(note: Note) -> dict[str, Any]:
    return {"who": note.author, "says": note_sentence(note), "id": str(note.id)}


def _of_missing(sentence: str) -> dict[str, Any]:
    return {"says": sentence}


_CELLS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "event": _of_event,
    "hole": _of_hole,
    "note": _of_note,
    "missing": _of_missing,
}


def hole_sentence(hole: Gap) -> str:
    """Return what is missing there, why, and for whom."""
    if hole.kind == "closed":
        return f"{hole.subscriber} was disconnected as too slow at {moment(hole.at)}."
    many = "Events" if hole.count is None else f"{hole.count:,} event{'' if hole.count == 1 else 's'}"
    stretch = "" if hole.first is None else f", #{hole.first} to {'?' if hole.last is None else f'#{hole.last}'}"
    again = f", in {hole.times:,} losses" if hole.times > 1 else ""
    return f"{many} of {hole.stream}{stretch} did not reach {hole.subscriber}{again}: {hole.reason}."


def note_sentence(note: Note) -> str:
    return note.text if note.corrects is None else f"[corrects note {note.corrects}] {note.text}"


def _line(data: Any) -> str:
    return "" if data is None else json.dumps(data, ensure_ascii=False, separators=(", ", ": "))


# --- Markdown --------------------------------------------------------------------------------------------------------

LINE_MAX_CHARACTERS: Final = 300
"""Of one event's data on paper; JSON and CSV have all of it."""
_PLAIN: Final = str.maketrans(
    {**{sign: f"\\{sign}" for sign in "\\`*[<>|~"}, "&": "&amp;", "\n": " ", "\r": " ", "\t": " "}
)
# Within a word it is a letter to Markdown, and reads better so.
_UNDERSCORE: Final = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def markdown_of(known: Timeline) -> bytes:
    """Return the timeline as Markdown that reads well as it is, and prints well from whatever shows it."""
    return ("\n".join(_lines(known)) + "\n").encode()


def _lines(known: Timeline) -> Iterator[str]:
    wanted = known.wanted
    yield f"# {_text(wanted.title)}: {moment(wanted.from_ms)} to {moment(wanted.to_ms)}"
    yield ""
    yield f"Made at {known.made_at} by {_text(known.made_by)}. Times are UTC, of when the hub took the events."
    yield ""
    said = ", ".join(f"{_text(name)} {_text(value)}" for name, value in wanted.filter.items())
    yield f"Only events with {said}." if said else "Every event, unfiltered."
    yield from _section("What is missing", [f"- {_text(each)}" for each in known.missing])
    if not known.missing:
        yield "Nothing that is known of."
    yield from _section(
        "Instances",
        _table(
            ("instance", "events", "personal fields", "nothing kept before", "whole since"),
            [
                (
                    part.instance,
                    f"{part.events:,}",
                    part.personal,
                    "" if part.nothing_before is None else moment(part.nothing_before),
                    "always" if part.whole_since is None else moment(part.whole_since),
                )
                for part in known.instances
            ],
        ),
    )
    yield from _section("Notes", [_note(each) for each in known.notes])
    if not known.notes:
        yield "None."
    shown = ("at", "what", "instance", "severity", "event_type", "topic", "who", "from", "says")
    rows = [
        tuple(({"at": moment(at), "what": kind} | _CELLS[kind](what)).get(name, "") for name in shown)
        for at, kind, what in rows_of(known)
        if kind != "missing"
    ]
    yield from _section("Timeline", _table(shown, rows))


def _note(note: Note) -> str:
    about = f"- {moment(note.at)}, note {note.id} by {_text(note.author)}, written {moment(note.written)}: "
    return about + _text(note_sentence(note))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "", *lines)


def _table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(_cell(str(cell)) for cell in row)} |" for row in rows),
    ]


def _cell(text: str) -> str:
    return _text(text if len(text) <= LINE_MAX_CHARACTERS else text[: LINE_MAX_CHARACTERS - 1] + "…")


def _text(text: str) -> str:
    """Return a text in which Markdown and HTML find nothing of theirs."""
    return _UNDERSCORE.sub(r"\\_", text.translate(_PLAIN))


FORMS: Final[dict[str, tuple[Callable[[Timeline], bytes], str]]] = {
    "json": (json_of, "application/json"),
    "csv": (csv_of, "text/csv; charset=utf-8; header=present"),
    "md": (markdown_of, "text/markdown; charset=utf-8"),
}
"""By the ending of the file: how it is made, and what it is."""
