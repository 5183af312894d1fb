"""How much of a request's body is taken and in what form, decided before anything is parsed."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType

from gaterhub.api.problem import MEDIA_TYPE, Problem, problem
from instances.error_codes import Refusal

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_Read = TypeVar("_Read", bound=msgspec.Struct)

_UTF_8: Final = ("utf-8", "utf8")
UNCODED: Final = "Send the body as it is, without a content coding."


class BodyTooLarge(Refusal):
    """A body longer than what is taken, whatever it holds."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__("too_large", f"The body is over {max_bytes:,} bytes.")


class WrongForm(UnsupportedMediaType):
    """A body that says it is no plain JSON."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", detail=sentence)


def read_json_body(request: HttpRequest, *, max_bytes: int) -> bytes:
    """Return the body, unparsed, of a request that says it is JSON in UTF-8 of at most `max_bytes`.

    Raises: WrongForm, BodyTooLarge; Refusal when the caller stopped sending.
    """
    if request.content_type != "application/json":
        raise WrongForm("Send application/json.")
    if (request.content_params or {}).get("charset", _UTF_8[0]).lower() not in _UTF_8:
        raise WrongForm("Send application/json in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongForm(UNCODED)
    # A chunked body tells no length; it is bounded by what is read of it.
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise BodyTooLarge(max_bytes)
    try:
        body = request.read(max_bytes + 1)
    except UnreadablePostError as error:
        raise Refusal("bad_request", "The body ended early.") from error
    if len(body) > max_bytes:
        raise BodyTooLarge(max_bytes)
    return body


def read_struct(request: HttpRequest, wanted: type[_Read], *, max_bytes: int) -> _Read:
    """Return the body as what it is to be, bounded before it is parsed. Raises: WrongForm, Refusal."""
    body = read_json_body(request, max_bytes=max_bytes)
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("bad_request", f"The body can't be read: {error}.") from error


class BodyLimit:
    """ASGI middleware that bounds every request's body before Django takes it in.

    Django's own ASGI handler writes the whole body to a temporary file before any view can refuse it.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity").lower() not in (b"identity", b""):
            # Whatever the view: nothing here unpacks a body, so that a small one can't become a large one.
            await _refuse(send, problem("bad_request", UNCODED, status=415))
            return
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._max_bytes:
            await self._refuse_large(send)
            return

        received_bytes = 0
        exceeded = answered = False

        async def bounded_receive() -> Mapping[str, Any]:
            nonlocal received_bytes, exceeded
            if exceeded:
                return {"type": "http.disconnect"}
            event = await receive()
            if event["type"] == "http.request":
                received_bytes += len(event.get("body", b""))
                if received_bytes > self._max_bytes:
                    # To the application the caller is gone, so it lets go of what it holds and says nothing.
                    exceeded = True
                    return {"type": "http.disconnect"}
            return event

        async def watched_send(event: Mapping[str, Any]) -> None:
            nonlocal answered
            answered = True
            await send(event)

        await self._app(scope, bounded_receive, watched_send)
        if exceeded and not answered:
            await self._refuse_large(send)

    async def _refuse_large(self, send: Send) -> None:
        refusal = BodyTooLarge(self._max_bytes)
        await _refuse(send, problem(refusal.code, refusal.message))


async def _refuse(send: Send, told: Problem) -> None:
    body = msgspec.json.encode(told)
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
