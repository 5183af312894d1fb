"""Processes and databases that are killed under load: what was acknowledged is on record, once, in one tree."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import pytest

from tests.functional.chaos import record as heard
from tests.functional.chaos.conftest import until
from tests.functional.chaos.follower import Follower
from tests.functional.journal.hub import Hub
from tests.functional.journal.nursery import Child
from tests.functional.journal.record import PATIENCE_SECONDS, problems
from tests.functional.journal.writers import Writers
from tests.functional.own_postgres import SLOWLY, OwnPostgres

pytestmark = pytest.mark.fault

BETWEEN: Final = (20, 150)
"""So many entries are acknowledged between one kill and the next."""
BEAT_SECONDS: Final = 0.15
"""A sequencer looks for entries every 0.05 s, so within this it is killed at any moment of its work."""
TRIES: Final = 3
"""PostgreSQL may have written all of it by chance, as seldom as that is."""


async def loaded(hub: Hub, rounds: int, kill: Callable[[], None]) -> Writers:
    """Have eight writers write and somebody follow, while something is killed again and again; see that all is well.

    Return the writers.
    """
    follower = Follower([hub], "audit", "*", whole=True)
    try:
        await asyncio.wait_for(follower.live.wait(), 30)
        with Writers(hub) as writers:
            for _ in range(rounds):
                await asyncio.to_thread(writers.wait_for, random.randint(*BETWEEN))
                await asyncio.to_thread(kill)
            await asyncio.to_thread(writers.wait_for, BETWEEN[1])
        await asyncio.to_thread(hub.record.until_kept, "audit", [each.id for each in writers.acknowledged])
        assert writers.faults == []
        assert problems(hub.record, "audit", writers.acknowledged) == []
        assert torn(hub, writers) == []
        await until(lambda: not missed(hub, follower), lambda: missed(hub, follower)[:3])
        assert follower.heard.faults == []
        assert follower.heard.gaps == []
        print(
            f"{rounds} times: {len(writers.acknowledged):,} acknowledged, {writers.spooled:,} of them spooled; "
            f"{follower.heard.events:,} heard in {len(follower.resumed)} connections"
        )
        return writers
    finally:
        await follower.end()


def torn(hub: Hub, writers: Writers) -> list[list[UUID]]:
    """Return the batches, of those whose outcome nobody was told, that are on record in part."""
    kept = {entry.id for entry in hub.record.entries("audit")}
    batches = [ids for writer in writers.each for ids in writer.unknown]
    return [ids for ids in batches if 0 < sum(id in kept for id in ids) < len(ids)]


def missed(hub: Hub, follower: Follower) -> list[heard.Acknowledged]:
    [(epoch,)] = hub.record.rows("SELECT epoch FROM journal_journalhead WHERE instance = 'audit'")
    return follower.heard.missing(
        [
            heard.Acknowledged(str(entry.id), "audit:any", entry.stream, epoch, entry.offset or 0)
            for entry in hub.record.entries("audit")
        ]
    )


def grown(hub: Hub, size: int) -> None:
    """Wait until more is numbered."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while hub.record.size("audit") <= size:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def replaced(start: Callable[[], Child]) -> Iterator[Callable[[], None]]:
    """Have a process, and give what kills it and starts the next one."""
    child = start()

    def kill() -> None:
        nonlocal child
        child.kill()
        child = start()

    try:
        yield kill
    finally:
        child.kill()


class TestAKill:
    async def test_of_the_publishing_process_loses_nothing(self, any_hub: Hub, soaking: bool) -> None:
        with any_hub.working(), replaced(lambda: any_hub.serve("--no-worker")) as kill:
            await loaded(any_hub, 50 if soaking else 3, kill)

    async def test_of_the_sequencer_loses_nothing(self, any_hub: Hub, soaking: bool) -> None:
        sizes: list[int] = []
        with any_hub.serving("--no-worker"), replaced(any_hub.work) as kill:

            def kill_at_work() -> None:
                # One that does not lead yet can be killed without harm, so it is waited for until it does its work.
                sizes.append(any_hub.record.size("audit"))
                grown(any_hub, sizes[-1])
                time.sleep(random.uniform(0, BEAT_SECONDS))
                kill()

            await loaded(any_hub, 50 if soaking else 3, kill_at_work)
            print(f"numbered when it was to be killed: {sizes}")

    async def test_of_postgresql_loses_nothing(self, postgres: OwnPostgres, postgres_hub: Hub, soaking: bool) -> None:
        with postgres_hub.serving():

            def kill() -> None:
                postgres.kill()
                postgres.start()

            writers = await loaded(postgres_hub, 10 if soaking else 2, kill)
            assert writers.spooled

    def test_of_postgresql_without_syncs_would_be_noticed(self, postgres: OwnPostgres, postgres_hub: Hub) -> None:
        told: list[str] = []
        for _ in range(TRIES):
            told = self._problems_without_syncs(postgres, postgres_hub)
            if told:
                break
        print(told)
        assert "acknowledged entries are lost" in told[0]
        assert len(told) == 1

    def _problems_without_syncs(self, postgres: OwnPostgres, postgres_hub: Hub) -> list[str]:
        postgres.kill()
        postgres.start(**SLOWLY)
        try:
            # Nobody numbers meanwhile: a journal whose tree was signed and then lost leaves is refused for ever.
            with postgres_hub.serving("--no-worker"), Writers(postgres_hub) as writers:
                writers.wait_for(BETWEEN[1], lambda each: not each.spooled)
                postgres.kill()
                postgres.start()
                writers.wait_for(BETWEEN[1], lambda each: not each.spooled)
        finally:
            postgres.kill()
            postgres.start()
        with postgres_hub.working():
            postgres_hub.record.until_kept("audit", [])
        return problems(postgres_hub.record, "audit", writers.acknowledged)

    async def test_of_both_at_once_leaves_what_was_spooled_to_the_next_process(
        self, postgres: OwnPostgres, postgres_hub: Hub, soaking: bool
    ) -> None:
        with replaced(postgres_hub.serve) as kill:
            for _ in range(10 if soaking else 1):
                with Writers(postgres_hub) as writers:
                    await asyncio.to_thread(writers.wait_for, BETWEEN[0])
                    postgres.kill()
                    await asyncio.to_thread(writers.wait_for, BETWEEN[1], lambda each: each.spooled)
                    await asyncio.to_thread(kill)
                    await asyncio.to_thread(writers.wait_for, BETWEEN[1], lambda each: each.spooled)
                    postgres.start()
                    await asyncio.to_thread(writers.wait_for, BETWEEN[0], lambda each: not each.spooled)
                postgres_hub.record.until_kept("audit", [each.id for each in writers.acknowledged])
                print(f"{writers.spooled:,} spooled")
                assert problems(postgres_hub.record, "audit", writers.acknowledged) == []
