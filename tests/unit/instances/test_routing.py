"""How families are spread over streams while the hub runs."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.catalog import find
from instances.groups import PARTS_MOST, Layout, all_streams, lay_out, may_carry, stream_of, streams_of
from instances.routing import Route, new_streams, routes_of, spread, wrong_with
from instances.spec import Family
from instances.streams import Position
from instances.topics import Pattern

HEALTH = find("health")
FAMILY = "process_health"


@pytest.fixture(autouse=True)
def _as_the_catalog_says() -> Iterator[None]:
    yield
    lay_out("health", {})


def family() -> Family:
    found = HEALTH.family(FAMILY)
    assert found is not None
    return found


def lay(*counts: int) -> None:
    lay_out("health", {FAMILY: Layout(counts[0], counts[1:])})


counts = st.lists(st.integers(1, PARTS_MOST), min_size=1, max_size=5)
segments = st.lists(st.sampled_from(["web", "db", "x@y/z"]), min_size=0, max_size=3)


class TestLayouts:
    @given(counts, segments, st.lists(st.booleans(), min_size=4, max_size=4))
    def test_keep_the_law_for_whoever_publishes_by_an_earlier_one(
        self, history: list[int], rest: list[str], stars: list[bool]
    ) -> None:
        """A process that has not heard of the newest yet goes by any that came before."""
        topic = ":".join([FAMILY, *rest])
        pattern = Pattern(":".join("*" if star else word for word, star in zip([FAMILY, *rest], stars, strict=False)))
        assert pattern.matches(topic)
        published = []
        for count in history:
            lay(count)
            published.append(stream_of(HEALTH, topic))

        lay(history[-1], *history[:-1])

        assert set(published) <= set(streams_of(HEALTH, pattern))
        assert set(streams_of(HEALTH, pattern)) <= set(all_streams(HEALTH))
        assert stream_of(HEALTH, topic) == published[-1]
        assert all(may_carry(HEALTH, pattern, stream) for stream in published)

    def test_leave_other_families_and_instances_alone(self) -> None:
        before = stream_of(HEALTH, "resource_health:web"), all_streams(find("metrics"))

        lay(4, 1)

        assert (stream_of(HEALTH, "resource_health:web"), all_streams(find("metrics"))) == before

    def test_of_a_family_do_not_let_in_what_is_none_of_its_streams(self) -> None:
        pattern = Pattern("process_health:*")

        assert may_carry(HEALTH, pattern, "health.process_health.15")
        for stream in ("health.process_health.16", "health.process_healthy", "health.resource_health", "audit.x", ""):
            assert not may_carry(HEALTH, pattern, stream)


class TestRoutes:
    def test_go_on_from_where_new_streams_end_and_remember_the_old_ones(self) -> None:
        names = new_streams(HEALTH, family(), None, 2)
        once = spread(family(), None, 2, {name: Position("k", 7) for name in names})
        more = new_streams(HEALTH, family(), once, 3)
        twice = spread(family(), once, 3, {name: Position("k", 0) for name in more})
        back = spread(family(), twice, 1, {})

        assert names == ["health.process_health.0", "health.process_health.1"]
        assert more == ["health.process_health.2"]
        assert twice == Route(3, (2, 1), dict.fromkeys(names, Position("k", 7)) | {more[0]: Position("k", 0)})
        assert (back.parts, back.before) == (1, (3, 2))
        assert new_streams(HEALTH, family(), twice, 1) == []

    def test_are_read_as_they_are_kept(self) -> None:
        route = spread(family(), None, 2, {"health.process_health.0": Position("k3f9", 12)})

        assert routes_of(HEALTH, {FAMILY: route.stored()}) == {FAMILY: route}

    @pytest.mark.parametrize(
        "stored",
        [
            None,
            [],
            {"unheard_of": {"parts": 2}},
            {FAMILY: 3},
            {FAMILY: {"parts": 0}},
            {FAMILY: {"parts": "2"}},
            {FAMILY: {"parts": 2, "before": [99]}},
            {FAMILY: {"parts": True}},
        ],
    )
    def test_that_another_hand_wrote_and_make_no_sense_are_left_out(self, stored: object) -> None:
        assert routes_of(HEALTH, stored) == {}

    def test_are_not_for_what_stands_in_the_order_of_a_journal(self) -> None:
        assert "journal" in str(wrong_with(find("audit"), 2))
        assert routes_of(find("audit"), {"audit_trail": {"parts": 2}}) == {}
        assert wrong_with(HEALTH, PARTS_MOST + 1) is not None
        assert wrong_with(HEALTH, PARTS_MOST) is None
