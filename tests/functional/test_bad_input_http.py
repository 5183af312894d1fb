"""Whatever is sent to the publish API: a problem with its code, never a 500, and nothing half published."""

import gzip
import http.client
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.functional.conftest import Server

HEALTH: Final = "/api/v1/instances/health/events/"
TOPIC: Final = "subscription_health:prod:users"
OTHER_TOPIC: Final = "undeclared_here:prod"
"""The mapper keeps every undeclared family in a stream of its own, where a half-taken event could hide."""
EVENT: Final[dict[str, Any]] = {"topic": TOPIC, "event_type": "registration_success"}
GOOD: Final = json.dumps(EVENT).encode()
JSON: Final = {"Content-Type": "application/json"}
MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Case:
    """One bad request and what it must hear."""

    why: str
    body: bytes | Iterable[bytes]
    status: int
    code: str
    url: str = HEALTH
    method: str = "POST"
    headers: dict[str, str | None] = field(default_factory=dict)
    """Beside the token and the content type; None takes one away."""


def event(**changes: Any) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def raw(data: str) -> bytes:
    """Return an event whose data is written as given, JSON or not."""
    return GOOD[:-1] + b', "data": ' + data.encode("utf-8", "surrogateescape") + b"}"


def batch(*events: bytes) -> bytes:
    return b"[" + b",".join(events) + b"]"


UNKNOWN_INSTANCE = [
    Case("no such instance", GOOD, 404, "unknown_instance", url="/api/v1/instances/healht/events/"),
    Case("a path for an instance", GOOD, 404, "not_found", url="/api/v1/instances/a/b/events/"),
    Case("NUL for an instance", GOOD, 404, "unknown_instance", url="/api/v1/instances/%00/events/"),
    Case("no UTF-8 for an instance", GOOD, 404, "unknown_instance", url="/api/v1/instances/%ff/events/"),
    Case("a long instance", GOOD, 404, "unknown_instance", url=f"/api/v1/instances/{'h' * 5_000}/events/"),
]

TOPICS = [
    Case(f"the topic {why}", event(topic=topic), 400, "bad_topic")
    for why, topic in {
        "is empty": "",
        "has two colons": "a::b",
        "begins with a colon": ":a",
        "ends with a colon": "a:",
        "has a wildcard": "subscription_health:*",
        "has half a wildcard": "sub*:x",
        "has nine segments": ":".join("abcdefghi"),
        "has 300 characters": f"{'a' * 100}:{'b' * 100}:{'c' * 98}",
        "has a segment of 129": "a" * 129,
        "holds a NUL": "subscription_health:\0",
        "holds an emoji": "subscription_health:🔥",
        "holds a space": "subscription_health: prod",
        "ends with a line feed": "subscription_health:prod\n",
    }.items()
]

BAD_FIELDS: Final[tuple[dict[str, Any], ...]] = (
    {"colour": "red"},
    {"instance": "health"},
    {"topic": None},
    {"topic": 5},
    {"event_type": ""},
    {"event_type": "two words"},
    {"event_type": "é"},
    {"event_type": "x" * 129},
    {"event_type": None},
    {"metadata": None},
    {"metadata": []},
    {"metadata": "x"},
    {"timestamp": -1},
    {"timestamp": "now"},
    {"timestamp": 1.5},
    {"timestamp": True},
    {"timestamp": 2**63},
    {"timestamp": None},
    {"id": "1"},
    {"id": 1},
    {"id": None},
    {"schema_version": 0},
    {"schema_version": "1"},
    {"schema_version": None},
)

ENVELOPES = [
    *(
        Case(f"the key {key} is the hub's", event(**{key: 1}), 400, "bad_request")
        for key in ("stream", "offset", "epoch", "received", "publisher", "index")
    ),
    *(Case(f"the envelope has {changes}", event(**changes), 400, "bad_request") for changes in BAD_FIELDS),
    Case("no topic", b'{"event_type": "x"}', 400, "bad_request"),
    Case("no event type", json.dumps({"topic": TOPIC}).encode(), 400, "bad_request"),
    Case("a key twice", GOOD[:-1] + b', "topic": "a:b"}', 400, "bad_request"),
    Case("a key twice, once escaped", GOOD[:-1] + rb', "\u0074opic": "a:b"}', 400, "bad_request"),
    Case("data twice", raw("1")[:-1] + b', "data": 2}', 400, "bad_request"),
]

NOT_JSON = [
    Case(f"the body is {why}", body, 400, "bad_request")
    for why, body in {
        "empty": b"",
        "blank": b"  ",
        "a word": b"hello",
        "cut short": GOOD[:-1],
        "two objects": GOOD + GOOD,
        "followed by NUL": GOOD + b"\0",
        "of Python": str(EVENT).encode(),
        "of a trailing comma": GOOD[:-1] + b",}",
        "of a byte order mark": b"\xef\xbb\xbf" + GOOD,
        "UTF-16": GOOD.decode().encode("utf-16"),
        "null": b"null",
        "a number": b"5",
        "a string": b'"x"',
        "a boolean": b"true",
    }.items()
] + [
    Case(f"the data is {why}", raw(data), 400, "bad_request")
    for why, data in {
        "NaN": "NaN",
        "Infinity": "Infinity",
        "-Infinity": "[-Infinity]",
        "a number beyond a double": "1e999",
        "a number of 5,000 digits": "9" * 5_000,
        "a lone surrogate": r'"\ud800"',
        "a wrong pair of surrogates": r'"\udc00\ud800"',
        "an escaped NUL": r'"\u0000"',
        "a key with an escaped NUL": r'{"a\u0000": 1}',
        "a bare NUL": '"\0"',
        "a bare line feed": '"\n"',
        "no UTF-8": '"\udcff"',
        "an overlong form": '"\udcc0\udc80"',
        "nested 200 deep": "[" * 200 + "]" * 200,
        "nested 100,000 deep": "[" * 100_000 + "]" * 100_000,
        "nested and never closed": "[" * 100_000,
    }.items()
]

TOO_LARGE = [
    Case("an event of 65 KiB", raw(f'"{"x" * 65 * 1024}"'), 413, "too_large"),
    Case("a batch of 1,001", batch(*[GOOD] * 1_001), 413, "too_large"),
    Case("a body over 4 MiB", b" " * (4 * MIB) + GOOD, 413, "too_large"),
    Case("a chunked body over 4 MiB", [b" " * MIB] * 5 + [GOOD], 413, "too_large"),
]

BATCHES = [
    Case("an empty array", b"[]", 400, "bad_request"),
    Case("an empty batch", b'{"events": []}', 400, "bad_request"),
    Case("a batch of null", b'{"events": null}', 400, "bad_request"),
    Case("a batch of an object", b'{"events": {}}', 400, "bad_request"),
    Case("a batch with a key too many", b'{"events": [' + GOOD + b'], "more": 1}', 400, "bad_request"),
    Case("a batch with a key of no UTF-8", b'{"events": [' + GOOD + b'], "\xff": 1}', 400, "bad_request"),
    Case("two batches in one", b'{"events": [' + GOOD + b'], "events": [' + GOOD + b"]}", 400, "bad_request"),
    Case("an array of numbers", b"[1, 2]", 400, "bad_request"),
    Case("an array of arrays", batch(batch(GOOD)), 400, "bad_request"),
    Case("one bad topic among good ones", batch(GOOD, event(topic="a::b"), GOOD), 400, "bad_topic"),
    Case("one bad event at the end", batch(*[GOOD] * 999, b'{"topic": "a"}'), 400, "bad_request"),
    Case("bad events of two kinds", batch(event(topic="a::b"), GOOD, b"{}"), 400, "bad_request"),
    Case("one event too large", batch(GOOD, raw(f'"{"x" * 65 * 1024}"')), 413, "too_large"),
]

FORMS = [
    Case("no content type", GOOD, 415, "bad_request", headers={"Content-Type": None}),
    *(
        Case(
            f"the content type {content_type}",
            GOOD,
            415,
            "bad_request",
            headers={"Content-Type": content_type},
        )
        for content_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "application/xml",
            ";;;",
        )
    ),
    Case("a compressed body", gzip.compress(GOOD), 415, "bad_request", headers={"Content-Encoding": "gzip"}),
    Case("the method PUT", GOOD, 405, "bad_request", method="PUT"),
    Case("the method PATCH", GOOD, 405, "bad_request", method="PATCH"),
    Case("no slash at the end", GOOD, 404, "not_found", url=HEALTH.rstrip("/")),
    Case("an answer wanted as XML", GOOD, 406, "bad_request", headers={"Accept": "application/xml"}),
]

STRANGERS = [
    Case("no token", GOOD, 401, "unauthorized", headers={"Authorization": None}),
    *(
        Case(f"the credentials {said[:40]!r}", GOOD, 401, "unauthorized", headers={"Authorization": said})
        for said in (
            "Bearer",
            "Bearer gh_nonesuch_nonesuch",
            "Bearer gh_abcd1234_" + "S" * 43,
            "Bearer " + "x" * 7_000,
            "Basic b3BlcmF0b3I6b3BlcmF0b3I=",
            "gh_abcd1234_" + "S" * 43,
        )
    ),
]

CASES = [
    *UNKNOWN_INSTANCE,
    *TOPICS,
    *ENVELOPES,
    *NOT_JSON,
    *TOO_LARGE,
    *BATCHES,
    *FORMS,
    *STRANGERS,
]


class Publisher:
    """A service that publishes over one connection."""

    def __init__(self, server: Server, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        self._token = token

    def send(
        self,
        body: bytes | Iterable[bytes],
        *,
        url: str = HEALTH,
        method: str = "POST",
        headers: dict[str, str | None] | None = None,
    ) -> tuple[http.client.HTTPResponse, Any]:
        """Send a request and return the answer with what its JSON says. An iterable body goes in chunks."""
        given = {"Authorization": f"Bearer {self._token}", **JSON, **(headers or {})}
        self._connection.request(method, url, body, {name: value for name, value in given.items() if value is not None})
        answer = self._connection.getresponse()
        return answer, json.loads(answer.read())

    def position_after_one_more(self, topic: str) -> int:
        """Publish a good event and return where it came to stand."""
        answer, told = self.send(event(topic=topic))
        assert answer.status == 202, told
        offset: int = told["events"][0]["offset"]
        return offset

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def publisher(server: Server) -> Iterator[Publisher]:
    publisher = Publisher(server, server.token)
    yield publisher
    publisher.close()


def check_problem(answer: http.client.HTTPResponse, told: Any, *, status: int, code: str) -> None:
    assert answer.status == status, told
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["status"] == status
    assert told["code"] == code
    assert told["type"] == f"urn:gaterhub:problem:{code}"
    assert told["title"]
    assert told["detail"]
    assert "Traceback" not in str(told)


class TestABadRequest:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.why[:60])
    def test_hears_its_code_and_publishes_nothing(self, publisher: Publisher, case: Case) -> None:
        before = [publisher.position_after_one_more(topic) for topic in (TOPIC, OTHER_TOPIC)]

        answer, told = publisher.send(case.body, url=case.url, method=case.method, headers=case.headers)

        check_problem(answer, told, status=case.status, code=case.code)
        after = [publisher.position_after_one_more(topic) for topic in (TOPIC, OTHER_TOPIC)]
        assert after == [offset + 1 for offset in before]

    def test_of_a_batch_names_each_bad_event(self, publisher: Publisher) -> None:
        _, told = publisher.send(batch(event(topic="a::b"), GOOD, b"{}"))

        assert [(error["index"], error["code"]) for error in told["errors"]] == [
            (0, "bad_topic"),
            (2, "bad_request"),
        ]
        assert all(error["message"] for error in told["errors"])

    def test_that_announces_too_much_is_refused_before_any_of_it_is_sent(self, server: Server) -> None:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        connection.putrequest("POST", HEALTH)
        for name, value in {**JSON, "Content-Length": str(1024 * MIB)}.items():
            connection.putheader(name, value)
        connection.endheaders()

        answer = connection.getresponse()

        check_problem(answer, json.loads(answer.read()), status=413, code="too_large")
        connection.close()

    def test_of_the_largest_kind_that_is_allowed_is_no_bad_request(self, publisher: Publisher) -> None:
        event = EVENT | {"event_type": "anything", "data": ""}
        compact = json.dumps(event, separators=(",", ":"))
        largest = json.dumps(event | {"data": "x" * (64 * 1024 - len(compact))}, separators=(",", ":")).encode()
        assert len(largest) == 64 * 1024

        assert publisher.send(largest)[0].status == 202
        assert publisher.send(batch(*[GOOD] * 1_000))[0].status == 202
        deepest = raw("[" * 63 + "]" * 63).replace(EVENT["event_type"].encode(), b"anything")
        assert publisher.send(deepest)[0].status == 202
        assert publisher.send(b" " * (4 * MIB - len(GOOD)) + GOOD)[0].status == 202


class TestOddButValidData:
    VALUES: Final = (
        "null",
        "{}",
        "[]",
        '"x"',
        '""',
        "0",
        "1.5",
        "-0.0",
        "1e2",
        "true",
        "false",
        '"é🔥\\u2028"',
    )

    @pytest.fixture
    def follower(self, server: Server) -> Iterator[ClientConnection]:
        with connect(
            f"ws://{server.host}:{server.port}/ws/v1/", subprotocols=[Subprotocol("gaterhub.v1+json")]
        ) as socket:
            socket.send(json.dumps({"id": 1, "connect": {"token": server.token}}))
            assert "connected" in json.loads(socket.recv(10))
            socket.send(json.dumps({"id": 2, "subscribe": {"instance": "health", "pattern": "process_health:*"}}))
            assert "subscribed" in json.loads(socket.recv(10))
            yield socket

    def test_arrives_as_it_is(self, publisher: Publisher, follower: ClientConnection) -> None:
        sent = [f'{{"topic":"process_health:web","event_type":"odd","data":{value}}}' for value in self.VALUES]

        answer, told = publisher.send(f"[{','.join(sent)}]".encode())

        assert answer.status == 202, told
        arrived: list[str] = []
        while len(arrived) < len(self.VALUES):
            text = follower.recv(10)
            assert isinstance(text, str)
            arrived += [line for line in text.split("\n") if "event" in json.loads(line)]
        for value, line in zip(self.VALUES, arrived, strict=True):
            # To the letter: 1e2 is not turned into 100.0 on its way.
            assert f'"data":{value},' in line
            assert json.loads(line)["event"]["data"] == json.loads(value)
