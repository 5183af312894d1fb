from typing import Any

import pytest
from django.db import OperationalError

from gaterhub.agent.checks import hub
from gaterhub.agent.checks.finding import Failed, State
from gaterhub.agent.host import Filesystem


def filesystem(mountpoint: str, used: int) -> Filesystem:
    return Filesystem(mountpoint, mountpoint, "ext4", 1_000, used, 1_000 - used, 0, 0)


class TestDatabase:
    async def test_is_well_when_it_answers(self) -> None:
        assert (await hub.Database(lambda: None).answers()).state is State.OK

    async def test_fails_with_what_the_database_says(self) -> None:
        def broken() -> None:
            raise OperationalError("unable to open database file\n")

        with pytest.raises(Failed, match=r"^unable to open database file$"):
            await hub.Database(broken).answers()


class TestDisks:
    @pytest.mark.parametrize(
        ("used", "state"),
        [(899, State.OK), (900, State.DEGRADED), (969, State.DEGRADED), (970, State.FAILING)],
    )
    async def test_are_judged_by_the_fullest(self, used: int, state: State) -> None:
        disks = hub.Disks(lambda: [filesystem("/", 100), filesystem("/var", used), filesystem("/srv", 200)])

        finding = await disks.have_room()

        assert finding.state is state
        assert finding.reason == f"/var is {used / 1_000:.1%} full."

    def test_are_degraded_where_none_could_be_looked_at(self) -> None:
        assert hub.fullest([]).state is State.DEGRADED


class TestMemory:
    @pytest.mark.parametrize(("available", "state"), [(500, State.OK), (100, State.DEGRADED), (20, State.FAILING)])
    async def test_is_judged_by_what_can_be_had(self, available: int, state: State) -> None:
        finding = await hub.memory_has_room(lambda: {"total": 1_000, "available": available})

        assert finding.state is state


class TestInstances:
    @pytest.mark.parametrize(
        ("up", "state"),
        [((True, True), State.OK), ((True, False), State.DEGRADED), ((False, False), State.FAILING)],
    )
    async def test_are_judged_by_how_many_run(self, up: tuple[bool, bool], state: State) -> None:
        finding = await hub.instances_run(lambda: {"audit": {"up": up[0]}, "health": {"up": up[1]}})

        assert finding.state is state
        assert ("health" in finding.reason) is not up[1]


class TestHubChecks:
    def test_ask_redis_only_where_it_is_set_and_never_show_its_password(self, settings: Any) -> None:
        settings.REDIS_URL = ""
        assert [check.component for check in hub.hub_checks()] == ["database", "instances"]

        settings.REDIS_URL = "redis://me:sesame@127.0.0.1:6379/3"

        redis = hub.hub_checks()[-1]
        assert (redis.component, redis.target) == ("redis", "redis://127.0.0.1:6379/3")
