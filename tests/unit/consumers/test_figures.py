import pytest

from consumers.figures import SILENT_SECONDS, Exchange, InstanceFigures, ProcessFigures
from instances.board import MemoryBoard
from instances.broker import Broker, Unavailable
from instances.streams.memory import MemoryStreams


def process(name: str, *, connections: int = 0) -> ProcessFigures:
    return ProcessFigures(
        name=name,
        version="1",
        started_ms=1,
        connections=connections,
        queued_bytes=0,
        breaker="closed",
        instances={"health": InstanceFigures(up=True)},
    )


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def meeting() -> tuple[Broker, Clock, Exchange, Exchange]:
    """Return a broker, a clock, and two processes that share both."""
    broker, clock = Broker(streams=MemoryStreams(), board=MemoryBoard()), Clock()
    web, api = (Exchange(broker, lambda name=name: process(name), clock=clock) for name in ("web-1", "api-2"))  # type: ignore[misc]  # mypy infers no default of a lambda.
    return broker, clock, web, api


class TestExchange:
    async def test_tells_each_process_of_the_others_in_the_order_of_their_names(self) -> None:
        _, _, web, api = meeting()

        await web.turn()
        await api.turn()
        await web.turn()

        assert [(each.figures.name, each.here) for each in web.told()] == [("api-2", False), ("web-1", True)]
        assert [(each.figures.name, each.here) for each in api.told()] == [("api-2", True), ("web-1", False)]

    async def test_takes_a_process_that_falls_silent_for_gone(self) -> None:
        _, clock, web, api = meeting()
        await api.turn()
        await web.turn()

        clock.seconds = SILENT_SECONDS
        still = [each.up for each in web.told()]
        clock.seconds = SILENT_SECONDS + 0.1
        gone = {each.figures.name: each.up for each in web.told()}

        assert still == [True, True]
        assert gone == {"api-2": False, "web-1": True}

    async def test_knows_itself_while_the_broker_is_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        broker, _, web, _ = meeting()

        async def out(process: str, text: bytes) -> None:
            raise Unavailable("Redis can't be reached.")

        monkeypatch.setattr(broker, "pin", out)
        await web.turn()

        assert [each.figures.name for each in web.told()] == ["web-1"]

    async def test_passes_over_figures_of_another_shape(self) -> None:
        broker, _, web, _ = meeting()

        await broker.pin("old-1", b'{"name": "old-1"}')
        await broker.pin("odd-1", b"no JSON")
        await web.turn()

        assert [each.figures.name for each in web.told()] == ["web-1"]

    async def test_takes_leave_of_the_others_when_it_stops(self) -> None:
        _, _, web, api = meeting()
        await api.turn()
        await web.turn()

        await api.stop()
        await web.turn()

        assert [each.figures.name for each in web.told()] == ["web-1"]
