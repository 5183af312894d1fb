"""What a stream is kept by under all policies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.catalog import INSTANCES, find
from instances.groups import all_streams, stream_of
from instances.retention.policy import Policy, bounding, keeps_of
from instances.streams import Keep
from tests.unit.instances.retention.stating import policy

HEALTH = find("health")
KEEP = Keep(events=1_000, seconds=3_600)
PROCESS, SUBSCRIPTION = "health.process_health", "health.subscription_health"
DAY = 86_400

ages = st.none() | st.integers(min_value=10, max_value=8 * DAY)
patterns = st.sampled_from(
    ["*", "process_health:*", "process_health:api", "*:api", "elsewhere:x", "subscription_health"]
)
policies = st.lists(
    st.builds(
        lambda pattern, recent, at_most: policy("p", "health", pattern, recent=recent, at_most=at_most),
        patterns,
        ages,
        ages,
    ),
    max_size=5,
)


class TestKeepsOf:
    def test_are_the_instance_s_own_without_policies(self) -> None:
        assert keeps_of(HEALTH, KEEP, []) == dict.fromkeys(all_streams(HEALTH), KEEP)

    def test_are_longer_by_the_longest_recent_that_touches_the_stream(self) -> None:
        keeps = keeps_of(
            HEALTH, KEEP, [policy(pattern="process_health:*", recent=DAY), policy(pattern="*:api", recent=7_200)]
        )

        assert keeps[PROCESS] == Keep(1_000, DAY)
        assert keeps[SUBSCRIPTION] == Keep(1_000, 7_200)

    def test_are_shorter_by_the_shortest_at_most_that_touches_the_stream(self) -> None:
        keeps = keeps_of(HEALTH, KEEP, [policy(pattern="process_health:api", at_most=60), policy(at_most=600)])

        assert keeps[PROCESS] == Keep(1_000, 60)
        assert keeps[SUBSCRIPTION] == Keep(1_000, 600)

    def test_go_by_at_most_where_two_policies_contradict_each_other(self) -> None:
        keeps = keeps_of(HEALTH, KEEP, [policy("long", recent=DAY), policy("short", at_most=60)])

        assert keeps[PROCESS].seconds == 60

    def test_let_a_longer_at_most_change_nothing(self) -> None:
        assert keeps_of(HEALTH, KEEP, [policy(at_most=DAY)])[PROCESS] is KEEP

    def test_never_go_beyond_what_a_history_may_be(self) -> None:
        keeps = keeps_of(HEALTH, KEEP, [policy(pattern="process_health:*", recent=900 * DAY), policy(pattern="*")])

        assert keeps[PROCESS].seconds == 7 * DAY
        assert keeps_of(HEALTH, KEEP, [policy(at_most=1)])[PROCESS].seconds == 10

    @pytest.mark.parametrize(
        "spec", [spec for spec in INSTANCES if spec.delivery.journaled], ids=lambda spec: spec.name
    )
    def test_of_a_journal_are_touched_by_no_policy(self, spec: object) -> None:
        name = getattr(spec, "name", "")
        assert set(keeps_of(find(name), KEEP, [policy("p", name, at_most=60)]).values()) == {KEEP}

    @given(
        policies, st.sampled_from(["process_health:api", "process_health:web:1", "subscription_health", "elsewhere:x"])
    )
    def test_hold_no_event_for_longer_than_any_policy_lets_its_topic_stay(
        self, policies: list[Policy], topic: str
    ) -> None:
        seconds = keeps_of(HEALTH, KEEP, policies)[stream_of(HEALTH, topic)].seconds

        matching = [each for each in policies if each.pattern.matches(topic)]
        assert all(seconds <= each.at_most_seconds for each in matching if each.at_most_seconds is not None)
        recent = max([each.recent_seconds for each in matching if each.recent_seconds is not None], default=0)
        if all(each.at_most_seconds is None for each in policies):
            assert seconds >= min(recent, 7 * DAY)


class TestBounding:
    def test_are_the_policies_by_which_a_stream_is_purged_earlier(self) -> None:
        short, also, long = policy("short", at_most=60), policy("also", pattern="*:api", at_most=60), policy(at_most=90)
        elsewhere = policy(pattern="subscription_health:*", at_most=10)

        assert bounding(PROCESS, KEEP, [short, also, long, elsewhere]) == [short, also]

    def test_are_none_where_the_instance_s_own_figure_is_shorter(self) -> None:
        assert bounding(PROCESS, KEEP, [policy(recent=60)]) == []
        assert bounding(PROCESS, KEEP, [policy(at_most=3_600)]) == []
        both = [policy("longer", recent=DAY), policy("bound", at_most=7_200)]
        assert [each.name for each in bounding(PROCESS, KEEP, both)] == ["bound"]


class TestPolicy:
    @pytest.mark.parametrize(
        ("pattern", "covered"),
        [("*", True), ("process_health:*", True), ("process_health:api", False), ("*:api", False)],
    )
    def test_covers_a_stream_or_only_a_part_of_it(self, pattern: str, covered: bool) -> None:
        assert policy(pattern=pattern).covers(PROCESS) is covered

    def test_covers_the_undeclared_only_with_the_whole_instance(self) -> None:
        assert policy(pattern="*").covers("health._other")
        assert not policy(pattern="elsewhere:*").covers("health._other")
