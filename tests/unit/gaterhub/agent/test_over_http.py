"""Against a real HTTP server on this host, whose answers the test chooses."""

from typing import Any

import pytest

from gaterhub.agent import over_http
from gaterhub.agent.over_http import BadAddress, OverHttp
from gaterhub.agent.reading import Reading
from gaterhub.agent.sender import Letter
from instances.event import new_id
from tests.unit.gaterhub.agent.hub import Hub


def letters(*topics: str, **data: Any) -> list[Letter]:
    return [
        Letter(new_id(1), 5, Reading("metrics", topic, "measured", data, {"unit": "s"}, schema_version=2))
        for topic in topics
    ]


class TestOverHttp:
    async def test_posts_a_batch_to_its_instance(self, hub: Hub, settings: Any) -> None:
        settings.GATERHUB_NODE = "node-1"
        sender = OverHttp(hub.url + "/", "gh_secret")
        batch = letters("a:1", "a:2", load=1.5)

        outcome = await sender.send("metrics", batch)
        await sender.close()

        assert (outcome.refused, outcome.later) == ([], None)
        ((path, events),) = hub.requests
        assert path == "/api/v1/instances/metrics/events/"
        assert events[1] == {
            "id": batch[1].id,
            "topic": "a:2",
            "event_type": "measured",
            "schema_version": 2,
            "timestamp": 5,
            "data": {"load": 1.5},
            "metadata": {"host": "node-1", "unit": "s"},
        }
        assert hub.tokens == {"Bearer gh_secret"}

    async def test_keeps_its_connection(self, hub: Hub) -> None:
        sender = OverHttp(hub.url, "t")

        for _ in range(3):
            await sender.send("metrics", letters("a:1"))

        assert len(hub.connections) == 1
        await sender.close()

    async def test_posts_again_where_the_hub_closed_the_idle_connection(self, hub: Hub) -> None:
        sender = OverHttp(hub.url, "t")
        await sender.send("metrics", letters("a:1"))
        hub.answer(0)

        outcome = await sender.send("metrics", letters("a:2"))
        await sender.close()

        assert outcome.later is None
        assert [[event["topic"] for event in events] for _, events in hub.requests] == [
            ["a:1"],
            ["a:2"],
            ["a:2"],
        ]
        assert hub.requests[1] == hub.requests[2]

    async def test_keeps_everything_for_later_where_nobody_listens(self, hub: Hub) -> None:
        hub.server.server_close()
        batch = letters("a:1", "a:2")

        outcome = await OverHttp(hub.url, "t").send("metrics", batch)

        assert outcome.later is not None
        assert outcome.later.letters == batch
        assert "can't be reached" in outcome.later.message

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    async def test_keeps_everything_for_later_where_the_hub_says_so(self, hub: Hub, status: int) -> None:
        hub.answer(status, {"code": "some_code", "detail": "Not now."}, Retry_After="7")
        batch = letters("a:1", "a:2")

        outcome = await OverHttp(hub.url, "t").send("metrics", batch)

        assert outcome.later is not None
        assert outcome.later.letters == batch
        assert outcome.later.after_seconds == 7
        assert outcome.later.message == f"the hub answers {status} some_code Not now."

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("1.5", 1.5),
            ("-5", 0),
            ("nan", 0),
            ("Fri, 31 Dec 1999 23:59:59 GMT", 0),
            ("999999", 300),
            ("inf", 0),
        ],
    )
    async def test_bears_any_wish_to_wait(self, hub: Hub, header: str, seconds: float) -> None:
        hub.answer(503, Retry_After=header)

        outcome = await OverHttp(hub.url, "t").send("metrics", letters("a:1"))

        assert outcome.later is not None
        assert outcome.later.after_seconds == seconds

    async def test_gives_up_the_bad_events_alone(self, hub: Hub) -> None:
        errors = [{"index": 1, "code": "bad_topic", "message": "has a star"}]
        hub.answer(400, {"code": "bad_topic", "errors": errors})

        outcome = await OverHttp(hub.url, "t").send("metrics", letters("a:1", "a:*", "a:3"))

        assert [(each.letter.reading.topic, each.code, each.message) for each in outcome.refused] == [
            ("a:*", "bad_topic", "has a star")
        ]
        assert [event["topic"] for event in hub.requests[1][1]] == ["a:1", "a:3"]

    async def test_gives_up_all_where_none_is_named(self, hub: Hub) -> None:
        hub.answer(409, {"code": "instance_disabled", "title": "Disabled"})

        outcome = await OverHttp(hub.url, "t").send("metrics", letters("a:1", "a:2"))

        assert [each.code for each in outcome.refused] == ["instance_disabled"] * 2
        assert len(hub.requests) == 1

    async def test_asks_no_more_than_twice_about_bad_events(self, hub: Hub) -> None:
        for _ in range(5):
            hub.answer(400, {"code": "bad_topic", "errors": [{"index": 0, "code": "bad_topic", "message": "no"}]})

        outcome = await OverHttp(hub.url, "t").send("metrics", letters(*(f"a:{n}" for n in range(20))))

        assert len(outcome.refused) == 20
        assert len(hub.requests) == 2

    @pytest.mark.parametrize("answer", [b"<html>Bad gateway</html>", b"[]", b'{"errors": "none"}', b'{"errors": [5]}'])
    async def test_bears_an_answer_that_is_no_problem_document(self, hub: Hub, answer: bytes) -> None:
        hub.answers.append((400, {}, answer))

        outcome = await OverHttp(hub.url, "t").send("metrics", letters("a:1"))

        assert [each.code for each in outcome.refused] == ["bad_request"]

    async def test_refuses_by_itself_what_is_no_json(self, hub: Hub) -> None:
        batch = [*letters("a:1"), *letters("a:2", load=float("nan")), *letters("a:3", name="\udc80")]

        outcome = await OverHttp(hub.url, "t").send("metrics", batch)

        assert [each.letter.reading.topic for each in outcome.refused] == ["a:2", "a:3"]
        assert [event["topic"] for _, events in hub.requests for event in events] == ["a:1"]

    async def test_parts_a_batch_that_is_too_big_and_keeps_the_rest_for_later(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(over_http, "BODY_MAX_BYTES", 2_000)
        hub.answer(202)
        hub.answer(503)
        batch = letters("a:1", "a:2", "a:3", "a:4", "a:5", text="x" * 700)

        outcome = await OverHttp(hub.url, "t").send("metrics", batch)

        assert [len(events) for _, events in hub.requests] == [2, 2]
        assert outcome.later is not None
        assert outcome.later.letters == batch[2:]

    async def test_posts_an_event_that_is_too_big_by_itself(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        """The hub may take it, or says why it doesn't."""
        monkeypatch.setattr(over_http, "BODY_MAX_BYTES", 10)

        await OverHttp(hub.url, "t").send("metrics", letters("a:1", "a:2"))

        assert [[event["topic"] for event in events] for _, events in hub.requests] == [["a:1"], ["a:2"]]

    @pytest.mark.parametrize("url", ["", "hub.example", "ftp://hub.example", "http://", "ws://hub.example"])
    def test_refuses_what_is_no_address_of_a_hub(self, url: str) -> None:
        with pytest.raises(BadAddress):
            OverHttp(url, "t")
