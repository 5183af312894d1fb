"""Evidence while Redis is out: acknowledged, numbered and sealed as ever, and delivered once it is back."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from tests.functional.journal.hub import Hub
from tests.functional.journal.record import problems
from tests.functional.journal.writers import TOPIC, event, publish
from tests.functional.own_redis import OwnRedis
from tests.functional.subscriber import Subscriber

pytestmark = pytest.mark.fault

COUNT: Final = 20
ANSWER_SECONDS: Final = 2.0
"""Without Redis it is milliseconds; a time-out of Redis would be more than this for all of them."""
BREAK_AND_MEND: Final[dict[str, tuple[Callable[[OwnRedis], None], Callable[[OwnRedis], None]]]] = {
    "down": (OwnRedis.kill, OwnRedis.start),
    "hung": (OwnRedis.stop, OwnRedis.go_on),
}


class TestWhileRedisIsOut:
    @pytest.mark.parametrize("how", BREAK_AND_MEND)
    def test_evidence_goes_on_record_and_reaches_its_followers_after(
        self, redis: OwnRedis, postgres_hub: Hub, how: str
    ) -> None:
        break_it, mend_it = BREAK_AND_MEND[how]
        hub = postgres_hub
        with hub.serving(), Subscriber(hub) as follower:
            follower.subscribe("audit", TOPIC)
            _, first = publish(hub, "audit", event(0, "before"))
            follower.expect_event(id=first["id"])
            sizes = {instance: hub.record.size(instance) for instance in ("audit", "security")}
            break_it(redis)
            try:
                longest, ids = 0.0, [str(first["id"])]
                for number in range(COUNT):
                    began = time.monotonic()
                    status, receipt = publish(hub, "audit", event(0, str(number)))
                    longest = max(longest, time.monotonic() - began)
                    assert status == 201
                    ids.append(receipt["id"])
                failed = {"topic": "security_events:authentication", "event_type": "told", "data": {}}
                assert publish(hub, "security", failed)[0] == 201
                program = hub.run("publish_in_turn", "1")
                program.wait()
                assert '"accepted": true, "spooled": false' in program.log.read_text()

                for instance, more in (("audit", COUNT + 1), ("security", 1)):
                    hub.record.until_kept(instance, [])
                    assert hub.record.size(instance) == sizes[instance] + more
                    assert problems(hub.record, instance) == []
            finally:
                mend_it(redis)
            follower.expect_event(id=ids[-1])

        print(f"Redis {how}: the longest wait was {longest:.2f} s")
        assert longest <= ANSWER_SECONDS
        heard = [told for told in follower.events if told["id"] in ids]
        assert [told["id"] for told in heard] == ids
        assert [told["offset"] for told in heard] == list(range(heard[0]["offset"], heard[0]["offset"] + len(ids)))
        assert follower.of("gap") == []
