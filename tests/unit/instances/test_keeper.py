import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from instances import keeper
from instances.keeper import RESTART_FIRST_SECONDS, RESTART_MOST_SECONDS, Keeper


class Work:
    """Something to keep alive: each start waits to be told how to end."""

    def __init__(self) -> None:
        self.starts: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()
        self.ends = 0

    async def run(self) -> None:
        ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.starts.put_nowait(ending)
        await ending

    def ended(self) -> None:
        self.ends += 1


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Take note of the keeper's pauses instead of waiting them out."""
    noted: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        noted.append(seconds)
        await sleep(0)

    monkeypatch.setattr("instances.keeper.asyncio.sleep", note)
    return noted


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def kept(work: Work, pauses: list[float]) -> AsyncIterator[Keeper]:
    kept = Keeper("lane of health", work.run, on_end=work.ended)
    yield kept
    await kept.stop()


async def fail(work: Work, times: int) -> None:
    for _ in range(times):
        (await work.starts.get()).set_exception(ValueError("broken"))
    # The next start is there once the last failure is dealt with.
    work.starts.put_nowait(await work.starts.get())


class TestKeeper:
    async def test_starts_anew_what_failed(self, kept: Keeper, work: Work, caplog: pytest.LogCaptureFixture) -> None:
        await fail(work, 1)

        assert (kept.up, kept.restarts, work.ends) == (True, 1, 1)
        (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
        assert "lane of health" in record.getMessage()
        assert record.exc_info is not None
        assert isinstance(record.exc_info[1], ValueError)

    async def test_starts_anew_what_returned_or_was_cancelled(self, kept: Keeper, work: Work) -> None:
        (await work.starts.get()).set_result(None)
        await work.starts.get()
        kept.task.cancel()
        await work.starts.get()

        assert (kept.up, kept.restarts) == (True, 2)

    async def test_takes_ever_longer_pauses_and_never_gives_up(
        self, kept: Keeper, work: Work, pauses: list[float]
    ) -> None:
        await fail(work, 10)

        assert pauses[:4] == [RESTART_FIRST_SECONDS * factor for factor in (1, 2, 4, 8)]
        assert pauses[-2:] == [RESTART_MOST_SECONDS] * 2
        assert kept.up

    async def test_is_quick_again_after_a_calm_time(
        self, kept: Keeper, work: Work, pauses: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await fail(work, 3)
        monkeypatch.setattr(keeper, "CALM_SECONDS", -1.0)
        await fail(work, 1)

        assert pauses[-2:] == [RESTART_FIRST_SECONDS * 4, RESTART_FIRST_SECONDS]

    async def test_ends_for_good_when_it_is_stopped(self, kept: Keeper, work: Work) -> None:
        await work.starts.get()
        await kept.stop()

        assert (kept.up, kept.restarts, work.starts.qsize(), work.ends) == (False, 0, 0, 0)
