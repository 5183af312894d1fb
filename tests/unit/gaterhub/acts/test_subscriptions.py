from collections.abc import Callable, Mapping
from typing import Any

from gaterhub.acts.subscriptions import SINGLY_PER_SECOND, Subscriptions
from tests.unit.gaterhub.agent.fakes import Clock

OPENED = {"connection": "c_1", "principal": "ada", "instance": "health", "pattern": "subscription_health:*"}


class Hub:
    def __init__(self) -> None:
        self.clock = Clock()
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.due: list[Callable[[], None]] = []
        self.subscriptions = Subscriptions(
            say=lambda event, *, log_level: self.told.append((event.event_type, event.data)),
            clock=self.clock,
            later=lambda seconds, call: self.due.append(call),
        )


class TestSubscriptions:
    def test_tells_each_while_they_are_few(self) -> None:
        hub = Hub()

        hub.subscriptions.opened(sender=object, signal=object(), **OPENED)
        hub.subscriptions.closed(sender=object, signal=object(), **OPENED)

        assert hub.told == [("subscription_opened", OPENED), ("subscription_closed", OPENED)]

    def test_sums_up_what_is_too_much_and_tells_it_once_a_second(self) -> None:
        hub = Hub()
        for _ in range(SINGLY_PER_SECOND + 100):
            hub.subscriptions.opened(**OPENED)
        for _ in range(7):
            hub.subscriptions.closed(**OPENED | {"instance": "audit"})
        assert len(hub.told) == SINGLY_PER_SECOND
        assert len(hub.due) == 1

        hub.due.pop()()

        assert hub.told[SINGLY_PER_SECOND:] == [
            (
                "subscriptions_changed",
                {
                    "opened": 100,
                    "closed": 7,
                    "by_instance": {
                        "health": {"opened": 100, "closed": 0},
                        "audit": {"opened": 0, "closed": 7},
                    },
                },
            )
        ]

    def test_tells_each_again_when_the_second_is_over(self) -> None:
        hub = Hub()
        for _ in range(SINGLY_PER_SECOND + 1):
            hub.subscriptions.opened(**OPENED)
        hub.due.pop()()
        hub.clock.move(1)

        hub.subscriptions.opened(**OPENED)

        assert [each[0] for each in hub.told[-2:]] == ["subscriptions_changed", "subscription_opened"]
