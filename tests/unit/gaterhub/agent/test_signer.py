import json
from typing import Any

import pytest

from gaterhub.agent.over_http import OverHttp
from gaterhub.agent.reading import Reading
from gaterhub.agent.sender import Letter
from gaterhub.agent.signer import FRESH_MS, Signer
from instances.event import BadEvent, new_id
from instances.publishing.signing import sign
from tests.unit.gaterhub.agent.hub import Hub

SECRET = "ghs_" + "a" * 43
NOW = 1_700_000_000_000


def letter(timestamp: int = NOW, **data: Any) -> Letter:
    return Letter(new_id(1), timestamp, Reading("metrics", "a:1", "measured", data, {"unit": "s"}))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        self.now += 1
        return self.now


def sent(signer: Signer, one: Letter) -> dict[str, Any]:
    (written,) = signer.signed("metrics", [(one, json.dumps(one.body()).encode())])
    event: dict[str, Any] = json.loads(written)
    assert event == sign(event, "metrics", SECRET)
    return event


class TestSigner:
    def test_signs_a_reading_with_its_own_time_at_first(self) -> None:
        assert sent(Signer(SECRET, now=Clock()), letter(NOW - 5_000))["timestamp"] == NOW - 5_000

    def test_signs_each_further_attempt_anew(self) -> None:
        signer, one = Signer(SECRET, now=Clock()), letter(NOW - 5_000)

        attempts = [sent(signer, one) for _ in range(3)]

        assert [each["timestamp"] for each in attempts[1:]] == [NOW + 2, NOW + 3]
        assert len({each["signature"] for each in attempts}) == 3
        assert {each["id"] for each in attempts} == {one.id}

    def test_gives_an_old_reading_the_time_of_the_attempt(self) -> None:
        assert sent(Signer(SECRET, now=Clock()), letter(NOW - FRESH_MS - 1_000))["timestamp"] == NOW + 1

    def test_tells_what_can_t_be_signed(self) -> None:
        with pytest.raises(BadEvent):
            Signer(SECRET).check("metrics", b'{"data":9007199254740992}')

    def test_forgets_what_is_done(self) -> None:
        signer, one = Signer(SECRET, now=Clock()), letter()
        sent(signer, one)

        signer.done([one])

        assert signer._tried == set()


class TestOverHttp:
    async def test_signs_what_it_sends_and_gives_up_what_can_t_be_signed(self, hub: Hub) -> None:
        sender = OverHttp(hub.url, "t", signer=Signer(SECRET, now=Clock()))
        good, bad = letter(load=1.5), letter(big=2**60)

        outcome = await sender.send("metrics", [good, bad])
        await sender.close()

        assert [(each.letter, each.code) for each in outcome.refused] == [(bad, "bad_request")]
        ((_, (event,)),) = hub.requests
        assert event == sign(event, "metrics", SECRET)

    async def test_signs_anew_where_the_hub_closed_the_idle_connection(self, hub: Hub) -> None:
        sender = OverHttp(hub.url, "t", signer=Signer(SECRET, now=Clock()))
        await sender.send("metrics", [letter()])
        hub.answer(0)

        outcome = await sender.send("metrics", [letter()])
        await sender.close()

        assert outcome.later is None
        (first,), (second,) = (events for _, events in hub.requests[1:])
        assert (first["id"], first["signature"] == second["signature"]) == (second["id"], False)
