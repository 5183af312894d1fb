import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from consumers.strangers import Stranger, Strangers


class Door:
    """Lets strangers in, and writes down who had to go."""

    def __init__(self, **figures: Any) -> None:
        most = figures.pop("most", 100)
        self.strangers = Strangers(most=lambda: most, **figures)
        self.crowded_out: list[str] = []
        self.late: list[str] = []

    def enter(self, name: str, address: str | None) -> Stranger:
        return self.strangers.enter(
            address, late=lambda: self.late.append(name), crowded=lambda: self.crowded_out.append(name)
        )


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


class TestStrangers:
    def test_give_up_the_oldest_of_an_address_that_has_too_many(self) -> None:
        async def journey() -> None:
            door = Door(most_of_address=2)
            door.enter("other", "198.51.100.1")
            for name in ("a", "b", "c", "d"):
                door.enter(name, "203.0.113.7")

            assert door.crowded_out == ["a", "b"]
            assert len(door.strangers) == 3

        run(journey)

    def test_give_up_one_of_the_address_with_the_most_where_there_are_too_many(self) -> None:
        async def journey() -> None:
            door = Door(most=3)
            door.enter("quiet", "198.51.100.1")
            door.enter("a", "203.0.113.7")
            door.enter("b", "203.0.113.7")

            door.enter("newcomer", "192.0.2.1")

            assert door.crowded_out == ["a"]
            assert len(door.strangers) == 3

        run(journey)

    def test_count_the_addresses_of_one_customer_as_one(self) -> None:
        async def journey() -> None:
            door = Door(most_of_address=1)
            door.enter("a", "2001:db8:0:1::1")
            door.enter("b", "2001:db8:0:1:ffff::2")
            door.enter("c", "2001:db8:0:2::1")

            assert door.crowded_out == ["a"]

        run(journey)

    @pytest.mark.parametrize("address", [None, "127.0.0.1", "::1", "::ffff:127.0.0.1"])
    def test_hold_a_proxy_of_this_machine_to_the_whole_alone(self, address: str | None) -> None:
        async def journey() -> None:
            door = Door(most=3, most_of_address=1)
            for name in ("a", "b", "c"):
                door.enter(name, address)
            assert door.crowded_out == []

            door.enter("d", address)

            assert door.crowded_out == ["a"]

        run(journey)

    def test_stay_for_a_while_only(self) -> None:
        async def journey() -> None:
            door = Door(seconds=0.0)
            door.enter("silent", "203.0.113.7")
            door.enter("quick", "203.0.113.7").leave()

            await asyncio.sleep(0.01)

            assert door.late == ["silent"]

        run(journey)

    def test_leave_once(self) -> None:
        async def journey() -> None:
            door = Door()
            stranger = door.enter("a", "203.0.113.7")

            stranger.leave()
            stranger.leave()

            assert len(door.strangers) == 0

        run(journey)
