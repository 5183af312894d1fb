import threading
import time
from collections.abc import Callable
from typing import Any

from gaterhub.acts.denials import Denials, Origin, site_of
from instances.schemas import security
from instances.schemas.typed_event import TypedEvent
from tests.unit.gaterhub.agent.fakes import Clock

INTRUDER = Origin("203.0.113.7", "anonymous", "web")


def one() -> TypedEvent:
    return security.authorization_denied(user_id="anonymous")


class Hub:
    """What was told, and the timers that wait."""

    def __init__(self, **more: Any) -> None:
        self.clock = Clock()
        self.told: list[TypedEvent] = []
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.denials = Denials(
            say=self.told.append,
            clock=self.clock,
            now=lambda: round(self.clock() * 1000),
            later=lambda seconds, call: self.waiting.append((seconds, call)),
            **more,
        )

    def denied(self, origin: Origin = INTRUDER, kind: str = "token", *, times: int = 1) -> None:
        for _ in range(times):
            self.denials.denied(origin, kind, one)

    def move(self, seconds: float) -> None:
        """Let time pass, and call back what is due then."""
        self.clock.move(seconds)
        due, self.waiting = self.waiting, []
        for _, call in due:
            call()

    @property
    def types(self) -> list[str]:
        return [event.event_type for event in self.told]


class TestDenials:
    def test_tell_the_first_at_once_and_the_others_as_one_sum_a_minute(self) -> None:
        hub = Hub()

        hub.denied(times=1)
        hub.clock.move(1)
        hub.denied(times=4)
        hub.clock.move(1)
        hub.denied(kind="csrf")
        assert hub.types == ["authorization_denied"]
        hub.move(58)

        assert hub.types == ["authorization_denied", "repeated_denials"]
        assert hub.told[1].data == {
            "count": 5,
            "kinds": {"token": 4, "csrf": 1},
            "first_at": 1_001_000,
            "last_at": 1_002_000,
            "window_seconds": 60.0,
            "actor": "anonymous",
            "ip_address": "203.0.113.7",
            "origin": "web",
            "target": "gaterhub",
            "outcome": "failure",
        }

    def test_tell_sums_alone_for_as_long_as_it_goes_on(self) -> None:
        hub = Hub()
        for _ in range(3):
            hub.denied(times=100)
            hub.move(60)

        assert hub.types == ["authorization_denied", "repeated_denials", "repeated_denials", "repeated_denials"]
        assert [event.data["count"] for event in hub.told[1:]] == [99, 100, 100]

    def test_tell_the_first_anew_after_a_quiet_minute(self) -> None:
        hub = Hub()
        hub.denied(times=2)
        hub.move(60)
        hub.move(60)
        hub.denied()

        assert hub.types == ["authorization_denied", "repeated_denials", "authorization_denied"]

    def test_say_nothing_of_a_minute_in_which_nothing_was_repeated(self) -> None:
        hub = Hub()
        hub.denied()
        hub.move(60)

        assert hub.types == ["authorization_denied"]
        assert hub.waiting == []

    def test_count_each_origin_and_each_actor_by_themselves(self) -> None:
        hub = Hub()
        for origin in (INTRUDER, INTRUDER._replace(address="203.0.113.8"), INTRUDER._replace(actor="user:bob")):
            hub.denied(origin, times=3)
        hub.move(60)

        assert hub.types == ["authorization_denied"] * 3 + ["repeated_denials"] * 3

    def test_take_a_line_of_ipv6_addresses_for_one_origin(self) -> None:
        hub = Hub()
        for number in range(50):
            hub.denied(INTRUDER._replace(address=f"2001:db8:1:2::{number:x}"))
        hub.move(60)

        assert hub.types == ["authorization_denied", "repeated_denials"]

    def test_wait_with_one_timer_for_all(self) -> None:
        hub = Hub()
        for number in range(1_000):
            hub.denied(INTRUDER._replace(address=f"10.0.{number // 250}.{number % 250}"), times=2)
            hub.clock.move(0.01)
        assert len(hub.waiting) == 1

        hub.move(50)
        assert len(hub.waiting) == 1
        hub.move(60)

        assert hub.types.count("repeated_denials") == 1_000

    def test_count_together_whoever_comes_when_there_are_too_many(self) -> None:
        hub = Hub(max_origins=3)
        for number in range(1_000):
            hub.denied(INTRUDER._replace(address=f"10.0.{number // 250}.{number % 250}"), times=2)
        assert len(hub.denials._series) <= 4
        hub.move(60)

        assert hub.types.count("authorization_denied") == 4
        assert max(event.data.get("count", 0) for event in hub.told) == 2 * 997 - 1
        assert hub.told[-1].data["actor"] == "many"

    def test_tell_as_many_by_themselves_as_they_are_told_to(self) -> None:
        hub = Hub(singly=10)
        hub.denied(times=25)
        hub.move(60)

        assert hub.types == ["authorization_denied"] * 10 + ["repeated_denials"]
        assert hub.told[-1].data["count"] == 15

    def test_tell_what_they_counted_when_the_process_ends(self) -> None:
        hub = Hub()
        hub.denied(times=3)

        hub.denials.flush()
        hub.denials.flush()

        assert hub.types == ["authorization_denied", "repeated_denials"]

    def test_make_no_event_of_what_is_only_counted(self) -> None:
        made: list[int] = []

        def event() -> TypedEvent:
            made.append(1)
            return one()

        hub = Hub()
        for _ in range(100):
            hub.denials.denied(INTRUDER, "token", event)

        assert len(made) == 1

    def test_lose_none_between_threads(self) -> None:
        hub = Hub()
        threads = [threading.Thread(target=lambda: hub.denied(times=500)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        hub.move(60)

        assert hub.types == ["authorization_denied", "repeated_denials"]
        assert hub.told[1].data["count"] == 3_999

    def test_cost_microseconds_in_a_flood(self) -> None:
        hub = Hub()
        started = time.thread_time()
        hub.denied(times=20_000)

        assert (time.thread_time() - started) / 20_000 < 50e-6
        assert len(hub.told) == 1


class TestSiteOf:
    def test_is_the_address_or_the_line_that_it_belongs_to(self) -> None:
        assert [site_of(each) for each in (None, "203.0.113.7", "2001:db8::7", "fe80::1%eth0", "a:b")] == [
            None, "203.0.113.7", "2001:db8::/64", "fe80::/64", "a:b",
        ]  # fmt: skip
