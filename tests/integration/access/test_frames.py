"""Frames of every kind, right and wrong, from two who may follow different things: each hears what is its own."""

import itertools
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from asgiref.sync import sync_to_async
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.close_codes import CLOSE_CODES
from consumers.frames import VERBS, BadFrame, read_frame
from instances.access.models import Grant, Token
from instances.access.rights import Verb
from instances.catalog import NAMES
from instances.publishing import apublish
from instances.topics import Pattern
from tests.conftest import SOAKING
from tests.integration.access.people import make_instances
from tests.integration.access.site import Caller, Socket, running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

GRANTS: Final[dict[str, list[tuple[str, str]]]] = {
    "left": [("health", "a:*"), ("security", "security_events:*")],
    "right": [("health", "b:*"), ("health", "a:shared"), ("audit", "*")],
}
TOPICS: Final = [("health", "a:one"), ("health", "a:shared"), ("health", "b:two"), ("security", "security_events:x")]
UNANSWERED: Final = ("pong", "ack")
"""Frames to which nothing is said where they are right."""
TOLD_UNASKED: Final = {"event", "gap", "positions", "conflated", "ping", "bye"}

_texts = st.text(max_size=20)
_instances = st.sampled_from(["health", "security", "ex_esdb_health", *NAMES]) | st.just("health") | _texts
_patterns = (
    st.sampled_from(["*", "a:*", "b:*", "a:one", "a:shared", "*:*", "*:two", "security_events:*", "a:*:x"]) | _texts
)
_positions = st.dictionaries(
    st.sampled_from(["health._other", "security.security_events", "audit._other"]) | _texts,
    st.sampled_from(["x:1", "never:0", ":", "a:99999999999999999999"]) | _texts,
    max_size=3,
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_events = st.fixed_dictionaries(
    {"instance": _instances, "topic": st.sampled_from(["a:one", "a:shared", "b:two"]) | _texts, "event_type": _texts},
    optional={"data": _json, "metadata": _json, "id": _texts, "timestamp": st.integers(), "offset": st.integers()},
)
_subscribe = st.fixed_dictionaries(
    {"instance": _instances, "pattern": _patterns}, optional={"since": _positions, "durable": _texts}
)
_subs = st.sampled_from(["s1", "s2", "s3"]) | _texts
_views = st.sampled_from(["overview", "instance:health", "instance:security", "instance:nope"]) | _texts
_said: Final[dict[str, st.SearchStrategy[Any]]] = {
    "connect": st.fixed_dictionaries({}, optional={"token": _texts}),
    "subscribe": _subscribe,
    "unsubscribe": st.fixed_dictionaries({"sub": _subs}),
    "publish": _events | st.lists(_events, max_size=3) | _json,
    "ack": st.fixed_dictionaries({"sub": _subs, "positions": _positions}),
    "viewing": st.fixed_dictionaries({"views": st.lists(_views, max_size=18)}),
    "pong": st.just({}),
}
_right_shape = st.sampled_from(sorted(_said)).flatmap(
    lambda verb: _said[verb].map(lambda said: json.dumps({verb: said}))
)
_any_shape = st.dictionaries(st.sampled_from([*VERBS, "id", "dance"]), _json, max_size=3).map(json.dumps)
_frames = st.one_of(_right_shape, _right_shape, _right_shape, _any_shape, _texts)
_talk = st.lists(st.tuples(st.sampled_from(sorted(GRANTS)), _frames), min_size=1, max_size=15)


def test_every_verb_is_tried() -> None:
    assert set(_said) == set(VERBS)


def make_token(name: str) -> Caller:
    issued = Token.objects.issue(name=name, roles=())
    for instance, pattern in GRANTS[name]:
        for verb in (Verb.SUBSCRIBE, Verb.PUBLISH):
            Grant.objects.create(token=issued.token, verb=verb, instance=instance, pattern=pattern)
    return Caller(token=issued.secret)


@pytest.fixture
async def callers(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Caller]]:
    await sync_to_async(make_instances)()
    async with running(monkeypatch):
        for instance, topic in TOPICS:
            await apublish(instance, topic, "before", data={})
        yield {name: await sync_to_async(make_token)(name) for name in GRANTS}


def awaits_answer(text: str) -> bool:
    try:
        frame = read_frame(text)
    except BadFrame:
        return True
    return not any(getattr(frame, verb) is not None and f'"{verb}"' in text for verb in UNANSWERED)


async def all_answered(socket: Socket, sent: list[str]) -> None:
    """Wait until each frame has been answered, or the hub has had enough."""
    wanted = sum(map(awaits_answer, sent))
    await socket.until(
        lambda: (
            socket.closed is not None
            or sum(not TOLD_UNASKED & set(frame) for frame in socket.frames) >= wanted + 1  # With `connected`.
        )
    )


def foreign(name: str, socket: Socket) -> list[dict[str, Any]]:
    """Return the events that somebody got and may not follow."""
    return [
        frame["event"]
        for frame in socket.frames
        if "event" in frame
        and not any(
            instance == frame["event"]["instance"] and Pattern(pattern).matches(frame["event"]["topic"])
            for instance, pattern in GRANTS[name]
        )
    ]


class TestASocket:
    # A thousand in soak: each brings up two sockets and up to fifteen frames.
    @settings(
        max_examples=1_000 if SOAKING else 200, suppress_health_check=list(HealthCheck), deadline=None, database=None
    )
    @given(talk=_talk)
    async def test_answers_or_closes_and_gives_nobody_another_s_event(
        self, callers: dict[str, Caller], caplog: pytest.LogCaptureFixture, talk: list[tuple[str, str]]
    ) -> None:
        sent: dict[str, list[str]] = {name: [] for name in GRANTS}
        async with callers["left"].socket() as left, callers["right"].socket() as right:
            sockets = {"left": left, "right": right}
            for number, (name, text) in zip(itertools.count(), talk, strict=False):
                await sockets[name].send(text)
                sent[name].append(text)
                if number % 5 == 4:
                    for instance, topic in TOPICS:
                        await apublish(instance, topic, "beside")
            for name, socket in sockets.items():
                await all_answered(socket, sent[name])
            for instance, topic in TOPICS:
                await apublish(instance, topic, "after")
            for socket in sockets.values():
                if socket.closed is None:
                    await socket.ask("unsubscribe", {"sub": "none"})
            for name, socket in sockets.items():
                await all_answered(socket, sent[name])

            assert {left.closed, right.closed} <= {None, *CLOSE_CODES}
            assert {name: foreign(name, socket) for name, socket in sockets.items()} == {"left": [], "right": []}
            internal = [
                each for socket in sockets.values() for each in socket.frames if "internal" in str(each.get("error"))
            ]
            assert internal == []
        assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []

    async def test_gives_each_its_own(self, callers: dict[str, Caller]) -> None:
        async with callers["left"].socket() as left, callers["right"].socket() as right:
            assert "subscribed" in await left.ask("subscribe", {"instance": "health", "pattern": "a:*"})
            assert "subscribed" in await right.ask("subscribe", {"instance": "health", "pattern": "b:*"})

            for instance, topic in TOPICS:
                await apublish(instance, topic, "told")
            await left.until(lambda: sum("event" in frame for frame in left.frames) == 2)
            await right.until(lambda: any("event" in frame for frame in right.frames))

            assert [foreign("left", left), foreign("right", right)] == [[], []]
