import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from consumers.frames import VERBS, BadFrame, id_of, read_frame

SUBSCRIBE = {"instance": "health", "pattern": "a:*"}


def refusal_of(text: str | bytes) -> BadFrame:
    with pytest.raises(BadFrame) as caught:
        read_frame(text)
    assert caught.value.code == "bad_request"
    return caught.value


class TestReadFrame:
    @pytest.mark.parametrize(
        ("verb", "said"),
        [
            ("connect", {}),
            ("connect", {"token": "gh_x"}),
            ("subscribe", SUBSCRIBE),
            ("subscribe", SUBSCRIBE | {"since": {"health.a": "k3f9:41"}, "durable": "desk"}),
            ("unsubscribe", {"sub": "s1"}),
            ("ack", {"sub": "s1", "positions": {"health.a": "k3f9:41"}}),
            ("viewing", {"views": ["overview", "instance:health"]}),
            ("pong", {}),
        ],
    )
    @pytest.mark.parametrize("id", [1, "one", None])
    def test_reads_each_verb_of_the_contract(self, verb: str, said: dict[str, Any], id: int | str | None) -> None:
        frame = read_frame(json.dumps({verb: said} if id is None else {"id": id, verb: said}))

        assert frame.id is UNSET if id is None else frame.id == id
        assert [name for name in VERBS if getattr(frame, name) is not UNSET] == [verb]
        for key, value in said.items():
            assert getattr(getattr(frame, verb), key) == value

    def test_leaves_what_is_published_as_it_came(self) -> None:
        frame = read_frame('{"id":3,"publish":[{"data":1.50}, 2]}')

        assert bytes(frame.publish) == b'[{"data":1.50}, 2]'  # type: ignore[arg-type]  # It is set.

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            "1",
            '"pong"',
            '{"pong":{}}{"pong":{}}',
            '{"pong":{}}\n{"pong":{}}',
            '{"id":1.5,"pong":{}}',
            '{"id":null,"pong":{}}',
            '{"id":1,"pong":null}',
            '{"id":1,"pong":{"late":true}}',
            '{"id":1,"subscribe":{"instance":"health"}}',
            '{"id":1,"subscribe":{"instance":"health","pattern":1}}',
            '{"id":1,"subscribe":{"instance":"health","pattern":"a","since":"k3f9:41"}}',
            '{"id":1,"subscribe":{"instance":"health","pattern":"a","filter":{}}}',
            '{"id":1,"connect":{"token":null}}',
            '{"id":1,"shout":{}}',
            b"\xff",
            b'{"id":"\xff","pong":{}}',
            '{"id":"\ud800","pong":{}}',
            '{"publish":' + "[" * 100_000,
        ],
    )
    def test_refuses_what_is_no_frame(self, text: str | bytes) -> None:
        refusal_of(text)

    def test_says_what_a_frame_is(self) -> None:
        assert (
            "connect, subscribe, unsubscribe, publish, ack, viewing, pong" in refusal_of('{"id":1,"shout":{}}').message
        )

    def test_refuses_a_frame_without_a_verb(self) -> None:
        assert "this one says none" in refusal_of('{"id":1}').message

    def test_refuses_a_frame_with_two_verbs(self) -> None:
        refusal = refusal_of('{"pong":{},"unsubscribe":{"sub":"s1"}}')

        assert "unsubscribe and pong" in refusal.message

    def test_takes_an_id_of_128_characters_and_no_longer(self) -> None:
        assert read_frame(json.dumps({"id": "x" * 128, "pong": {}})).id == "x" * 128
        assert "128" in refusal_of(json.dumps({"id": "x" * 129, "pong": {}})).message

    @given(st.text() | st.binary())
    def test_gives_no_other_error_whatever_a_client_sends(self, text: str | bytes) -> None:
        with pytest.raises(BadFrame):
            read_frame(text)


class TestIdOf:
    @pytest.mark.parametrize(
        ("text", "id"),
        [
            ('{"id":7,"shout":{}}', 7),
            ('{"id":"seven","subscribe":1}', "seven"),
            ('{"subscribe":1}', None),
            ('{"id":1.5}', None),
            ('{"id":7', None),
            ('{"id":"%s"}' % ("x" * 129), None),
            (b"\xff", None),
            ("\ud800", None),
            ('{"a":' + "[" * 100_000, None),
        ],
    )
    def test_finds_whom_to_answer_in_a_broken_frame(self, text: str | bytes, id: int | str | None) -> None:
        assert id_of(text) == id
