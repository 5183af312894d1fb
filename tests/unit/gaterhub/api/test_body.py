import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import pytest
from django.test import RequestFactory

from gaterhub.api.body import BodyLimit, BodyTooLarge, Receive, Scope, Send, WrongForm, read_json_body


def post(body: bytes = b"{}", content_type: str = "application/json", **headers: str) -> bytes:
    request = RequestFactory().post("/", body, content_type=content_type, headers=headers)
    return read_json_body(request, max_bytes=10)


class TestReadJsonBody:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "APPLICATION/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=UTF8",
        ],
    )
    def test_returns_the_body_as_it_came(self, content_type: str) -> None:
        assert post(b' {"a":', content_type) == b' {"a":'

    def test_takes_as_much_as_is_allowed(self) -> None:
        assert post(b"x" * 10) == b"x" * 10

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "application/json5",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=latin-1",
        ],
    )
    def test_refuses_another_content_type(self, content_type: str) -> None:
        with pytest.raises(WrongForm, match="Send application/json"):
            post(content_type=content_type)

    @pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
    def test_refuses_a_content_coding(self, coding: str) -> None:
        with pytest.raises(WrongForm, match="content coding"):
            post(content_encoding=coding)

    def test_takes_the_coding_that_is_none(self) -> None:
        assert post(content_encoding="identity") == b"{}"

    def test_refuses_by_the_told_length_without_reading(self) -> None:
        request = RequestFactory().post("/", b"x" * 11, content_type="application/json")

        with pytest.raises(BodyTooLarge):
            read_json_body(request, max_bytes=10)
        assert request.read() == b"x" * 11

    def test_refuses_by_what_it_reads_where_no_length_is_told(self) -> None:
        request = RequestFactory().post("/", b"x" * 100, content_type="application/json")
        # A chunked body has no length among its headers.
        del request.META["CONTENT_LENGTH"]

        with pytest.raises(BodyTooLarge):
            read_json_body(request, max_bytes=10)
        assert len(request.read()) == 100 - 11


class Exchange:
    """One HTTP request through an ASGI application: what is sent in, taken in and answered."""

    def __init__(self, chunks: Iterable[bytes], *, length: bytes | None = None) -> None:
        self.chunks = list(chunks)
        self.headers = [] if length is None else [(b"content-length", length)]
        self.taken = 0
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        chunk = self.chunks[self.taken]
        self.taken += 1
        return {"type": "http.request", "body": chunk, "more_body": self.taken < len(self.chunks)}

    async def send(self, event: Any) -> None:
        self.sent.append(event)

    async def through(self, app: Callable[..., Awaitable[None]]) -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": self.headers}
        await app(scope, self.receive, self.send)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])


class Reader:
    """An application that takes the whole body before it answers, as Django does."""

    def __init__(self) -> None:
        self.body = b""
        self.let_go = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.let_go = True
                return
            assert event["type"] == "http.request"
            self.body += event["body"]
            more = event["more_body"]
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class TestBodyLimit:
    async def test_passes_a_body_of_exactly_the_limit(self) -> None:
        app, exchange = Reader(), Exchange([b"12345", b"67890"])

        await exchange.through(BodyLimit(app, max_bytes=10))

        assert app.body == b"1234567890"
        assert exchange.status == 202

    async def test_refuses_by_the_told_length_without_reading(self) -> None:
        app, exchange = Reader(), Exchange([b"x" * 11], length=b"11")

        await exchange.through(BodyLimit(app, max_bytes=10))

        assert exchange.taken == 0
        assert exchange.status == 413
        assert json.loads(exchange.sent[1]["body"])["code"] == "too_large"
        assert (b"content-type", b"application/problem+json") in exchange.sent[0]["headers"]

    async def test_stops_reading_a_body_of_untold_length_at_the_limit(self) -> None:
        app, exchange = Reader(), Exchange([b"x" * 4] * 1_000)

        await exchange.through(BodyLimit(app, max_bytes=10))

        assert exchange.taken == 3
        assert len(app.body) == 8
        assert app.let_go
        assert exchange.status == 413

    async def test_leaves_everything_but_http_alone(self) -> None:
        seen: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["type"])
            await receive()

        exchange = Exchange([b"x" * 100])
        scope = {"type": "websocket", "path": "/", "headers": []}
        limited: Any = BodyLimit(app, max_bytes=10)
        await limited(scope, exchange.receive, exchange.send)

        assert seen == ["websocket"]
        assert exchange.taken == 1
        assert exchange.sent == []

    async def test_adds_nothing_to_an_answer_that_was_given_early(self) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            while (await receive())["type"] != "http.disconnect":
                pass

        exchange = Exchange([b"x" * 4] * 1_000)
        await exchange.through(BodyLimit(app, max_bytes=10))

        assert [event["type"] for event in exchange.sent] == ["http.response.start", "http.response.body"]
        assert exchange.status == 401
