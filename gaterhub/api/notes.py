"""`consoles/{console}/notes/`: what people wrote about moments that a console shows. Editing is adding."""

from datetime import timedelta
from typing import Annotated, Final

from django.contrib.auth.models import User
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gaterhub.api.body import read_struct
from gaterhub.api.console_question import CONSOLE, TIME, console_of, private, time_of
from gaterhub.api.openapi import answer_of, problems, shape
from gaterhub.incident.models import A_DAY_MAX, MOMENT_MAX_MS, TEXT_MAX_CHARACTERS, ConsoleNote
from gaterhub.incident.timeline import Note, note_of
from instances.access.permissions import has
from instances.access.principal import Principal
from instances.error_codes import Refusal
from instances.event import now_ms

BODY_MAX_BYTES: Final = 16 * 1024
NOTES_MAX: Final = 500
"""Told at once; a shorter time shows the others."""
VIEW: Final = "gaterhub.view_consolenote"
ADD: Final = "gaterhub.add_consolenote"
_LINE_BREAKS: Final = "\n\t"


class NoteRequest(Struct, forbid_unknown_fields=True):
    """A note; one that corrects another is about the same moment."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX_CHARACTERS)]
    at: Annotated[
        Annotated[int, Meta(ge=0, le=MOMENT_MAX_MS)] | None, Meta(description="The moment it is about; null: now.")
    ] = None
    corrects: Annotated[int | None, Meta(description="The id of the note that it corrects.")] = None


class NotesAnswer(Struct, frozen=True):
    results: Annotated[list[Note], Meta(description="About moments of that time, the newest moment first.")]
    total: Annotated[int, Meta(description="Of the console, about any moment.")]
    may_add: bool


class NotesView(APIView):
    @extend_schema(
        operation_id="list_notes",
        summary="Notes of a console",
        parameters=[CONSOLE, *TIME],
        responses={200: answer_of(NotesAnswer, "They."), **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, console: str) -> Response:
        """What people wrote about moments of that time."""
        who, _ = console_of(request, console)
        _require(who, VIEW, "Reading notes is not granted to you. Ask an administrator for that permission.")
        from_ms, to_ms = time_of(request)
        rows = ConsoleNote.objects.of_time(console, from_ms=from_ms, to_ms=to_ms).order_by("-moment_ms", "-pk")
        total = ConsoleNote.objects.filter(console=console).count()
        return private(NotesAnswer([note_of(row) for row in rows[:NOTES_MAX]], total, _may_add(who)))

    @extend_schema(
        operation_id="add_note",
        summary="Write a note",
        parameters=[CONSOLE],
        request={"application/json": shape(NoteRequest)},
        responses={201: answer_of(Note, "It is written."), **problems(400, 401, 403, 404, 409, 413, 415)},
    )
    def post(self, request: Request, console: str) -> Response:
        """Add a note about a moment, or one that corrects another. None is ever changed; the trail has it, too."""
        who, _ = console_of(request, console)
        _require(who, ADD, "Writing notes is not granted to you. Ask an administrator for that permission.")
        if who.kind != "user":
            raise Refusal("forbidden", "Notes are written by people: log in with an account.")
        asked = read_struct(request._request, NoteRequest, max_bytes=BODY_MAX_BYTES)
        text = asked.text.replace("\r\n", "\n").strip()
        if not text or not all(each.isprintable() or each in _LINE_BREAKS for each in text):
            raise Refusal("bad_request", "`text` is printable, with line breaks where you like, and isn't empty.")
        corrected = None if asked.corrects is None else _corrected(console, asked.corrects)
        lately = timezone.now() - timedelta(days=1)
        if ConsoleNote.objects.filter(author_id=who.id, written_at__gte=lately).count() >= A_DAY_MAX:
            raise Refusal("limit_exceeded", f"You wrote {A_DAY_MAX} notes within a day; go on tomorrow.")
        author = User.objects.get(pk=who.id)
        row = ConsoleNote.objects.create(
            console=console,
            moment_ms=_moment(asked, corrected),
            text=text,
            author=author,
            author_name=author.get_username(),
            corrects=corrected,
        )
        return private(note_of(row), status=201)


def _corrected(console: str, id: int) -> ConsoleNote:
    """Return the note of the console that another corrects. Raises: Refusal."""
    found = ConsoleNote.objects.filter(pk=id, console=console).first() if 0 < id < 2**63 else None
    if found is None:
        raise Refusal("not_found", f"The console {console[:80]} has no note {id}.")
    return found


def _moment(asked: NoteRequest, corrected: ConsoleNote | None) -> int:
    if corrected is not None:
        return corrected.moment_ms
    return now_ms() if asked.at is None else asked.at


def _require(who: Principal, permission: str, sentence: str) -> None:
    if not has(who, permission):
        raise Refusal("forbidden", sentence)


def _may_add(who: Principal) -> bool:
    return who.kind == "user" and has(who, ADD)
