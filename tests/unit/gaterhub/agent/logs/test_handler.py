import logging
import sys
from collections.abc import Iterator

import pytest

from gaterhub.agent.logs.handler import TRACEBACK_MAX_CHARACTERS, PublishedRecords, attach


def record(
    message: str = "hello",
    *args: object,
    name: str = "orders",
    level: int = logging.INFO,
    error: bool = False,
) -> logging.LogRecord:
    return logging.LogRecord(name, level, "orders.py", 7, message, args, sys.exc_info() if error else None)


class TestPublishedRecords:
    def test_takes_a_record_as_it_reads(self) -> None:
        records = PublishedRecords()
        records.handle(record("sold %d of %s", 3, "tea"))

        (reading,) = records.sample()

        assert reading.topic == "logs:gaterhub:info"
        assert reading.data["message"] == "sold 3 of tea"
        assert (reading.data["logger"], reading.data["line"]) == ("orders", 7)
        assert records.sample() == []

    def test_reports_an_error_with_its_traceback(self) -> None:
        records = PublishedRecords()
        try:
            raise ValueError("no stock")
        except ValueError:
            records.handle(record("failed", level=logging.ERROR, error=True))

        log, report = records.sample()

        assert log.topic == "logs:gaterhub:error"
        assert (report.topic, report.event_type) == ("error_reports:gaterhub", "error_report")
        assert (report.data["exception"], report.data["exception_message"]) == ("ValueError", "no stock")
        assert report.data["traceback"].endswith("ValueError: no stock\n")

    def test_keeps_the_end_of_a_long_traceback(self) -> None:
        records = PublishedRecords()
        try:
            raise ValueError("x" * 100_000 + " the end")
        except ValueError:
            records.handle(record(level=logging.ERROR, error=True))

        traceback = records.sample()[1].data["traceback"]

        assert len(traceback) == TRACEBACK_MAX_CHARACTERS
        assert traceback.endswith("the end\n")

    @pytest.mark.parametrize(
        "logger",
        ["gaterhub.agent.outbox", "instances.broker", "instances", "redis.asyncio", "channels_redis.pubsub"],
    )
    def test_takes_nothing_from_the_way_out(self, logger: str) -> None:
        records = PublishedRecords()

        records.handle(record(name=logger, level=logging.ERROR))

        assert records.sample() == []

    @pytest.mark.parametrize("logger", ["instances.access.authentication", "gaterhub.agents", "gaterhub.acts"])
    def test_takes_what_only_sounds_like_it(self, logger: str) -> None:
        records = PublishedRecords()

        records.handle(record(name=logger))

        assert len(records.sample()) == 1

    def test_drops_the_oldest_and_tells_how_many(self) -> None:
        records = PublishedRecords(max_records=3)
        for number in range(10):
            records.handle(record(str(number)))

        *kept, told = records.sample()

        assert [each.data["message"] for each in kept] == ["7", "8", "9"]
        assert (told.topic, told.data["dropped"]) == ("logs:gaterhub:warning", 7)
        assert records.sample() == []

    def test_never_breaks_whoever_logs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logging, "raiseExceptions", False)
        records = PublishedRecords()

        records.handle(record("%d", "no number"))

        assert records.sample() == []


@pytest.fixture
def loggers() -> Iterator[tuple[logging.Logger, logging.Logger, logging.Logger]]:
    """Give a plain logger, one that hands nothing up, and one that was silenced."""
    plain, own, silenced = (logging.getLogger(f"test_handler.{name}") for name in ("plain", "own", "silenced"))
    own.propagate = silenced.propagate = False
    writer = logging.NullHandler()
    own.addHandler(writer)
    plain.addHandler(writer)
    yield plain, own, silenced
    own.removeHandler(writer)
    plain.removeHandler(writer)
    own.propagate = silenced.propagate = True


class TestAttach:
    def test_hears_all_but_the_silenced_and_each_once(
        self, loggers: tuple[logging.Logger, logging.Logger, logging.Logger]
    ) -> None:
        # pytest listens to every logger, silenced ones too.
        loggers[2].handlers.clear()
        records = PublishedRecords()
        detach = attach(records)
        for logger in loggers:
            logger.warning("from %s", logger.name)
        detach()
        for logger in loggers:
            logger.warning("too late")

        heard = [each.data["message"] for each in records.sample()]
        assert heard == ["from test_handler.plain", "from test_handler.own"]
