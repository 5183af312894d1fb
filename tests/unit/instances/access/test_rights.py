from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.access.rights import EVERYTHING, NOTHING, Granted, Rights, Verb
from instances.access.roles import BY_NAME, ROLES
from instances.catalog import NAMES
from instances.topics import Pattern

SEGMENTS = ("a", "b")
TOPICS = [":".join(segments) for length in (1, 2, 3) for segments in product(SEGMENTS, repeat=length)]
"""Of two words and three segments there are few enough to try them all."""
PATTERNS = [":".join(segments) for length in (1, 2, 3) for segments in product((*SEGMENTS, "*"), repeat=length)]


def grants(*patterns: str, verb: Verb = Verb.SUBSCRIBE, personal: bool = False) -> Rights:
    return Rights(Granted(verb, "health", Pattern(each), personal) for each in patterns)


class TestRights:
    def test_are_none_unless_granted(self) -> None:
        for verb, instance in product(Verb, NAMES):
            assert not NOTHING.allows(verb, instance, "a")
            assert not NOTHING.covers(verb, instance, Pattern("a"))
            assert not NOTHING.touches(instance)

    def test_that_are_everything_allow_it(self) -> None:
        assert EVERYTHING.allows(Verb.PUBLISH, "audit", "a:b")
        assert EVERYTHING.covers(Verb.QUERY, "audit", Pattern("*"), personal=True)

    @given(st.sampled_from(PATTERNS), st.sampled_from(TOPICS))
    def test_allow_what_a_grant_matches(self, pattern: str, topic: str) -> None:
        rights = grants(pattern)

        assert rights.allows(Verb.SUBSCRIBE, "health", topic) is Pattern(pattern).matches(topic)
        # Remembered now, and still the same.
        assert rights.allows(Verb.SUBSCRIBE, "health", topic) is Pattern(pattern).matches(topic)

    @given(st.lists(st.sampled_from(PATTERNS), max_size=3), st.sampled_from(PATTERNS))
    def test_cover_a_pattern_only_if_every_topic_of_it_is_allowed(self, granted: list[str], asked: str) -> None:
        rights = grants(*granted)

        if rights.covers(Verb.SUBSCRIBE, "health", Pattern(asked)):
            for topic in TOPICS:
                if Pattern(asked).matches(topic):
                    assert rights.allows(Verb.SUBSCRIBE, "health", topic)

    def test_to_a_part_don_t_cover_the_whole(self) -> None:
        rights = grants("security_events:authentication")

        assert rights.covers(Verb.SUBSCRIBE, "health", Pattern("security_events:authentication"))
        assert not rights.covers(Verb.SUBSCRIBE, "health", Pattern("security_events:*"))
        assert not rights.covers(Verb.SUBSCRIBE, "health", Pattern("*"))

    def test_are_of_one_verb_and_one_instance(self) -> None:
        rights = grants("*")

        assert not rights.allows(Verb.QUERY, "health", "a")
        assert not rights.allows(Verb.SUBSCRIBE, "audit", "a")
        assert (rights.touches("health"), rights.touches("audit")) == (True, False)
        assert not rights.touches("health", (Verb.QUERY,))

    def test_read_personal_fields_only_where_a_grant_says_so(self) -> None:
        rights = Rights([*_granted("*"), *_granted("a:*", personal=True)])

        assert rights.covers(Verb.SUBSCRIBE, "health", Pattern("a:b"), personal=True)
        assert not rights.covers(Verb.SUBSCRIBE, "health", Pattern("*"), personal=True)
        assert rights.reads_personal(Verb.SUBSCRIBE, "health", "a:b")
        assert not rights.reads_personal(Verb.SUBSCRIBE, "health", "b:b")

    @given(st.sampled_from(PATTERNS), st.sampled_from(PATTERNS), st.sampled_from(TOPICS))
    def test_within_others_allow_what_both_do(self, one: str, other: str, topic: str) -> None:
        both = Rights(_granted(one), within=grants(other))
        expected = Pattern(one).matches(topic) and Pattern(other).matches(topic)

        assert both.allows(Verb.SUBSCRIBE, "health", topic) is expected
        assert Rights(everything=True, within=grants(other)).allows(Verb.SUBSCRIBE, "health", topic) is Pattern(
            other
        ).matches(topic)

    def test_are_equal_where_they_grant_the_same(self) -> None:
        assert grants("a", "b") == grants("b", "a")
        assert grants("a") != grants("a", personal=True)
        assert Rights(_granted("a"), within=grants("b")) != grants("a")

    def test_forget_topics_before_they_are_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("instances.access.rights.REMEMBERED_TOPICS_MAX", 3)
        rights = grants("*")

        for number in range(10):
            assert rights.allows(Verb.SUBSCRIBE, "health", f"t:{number}")
        assert len(rights._topics) <= 3


def _granted(*patterns: str, personal: bool = False) -> list[Granted]:
    return [Granted(Verb.SUBSCRIBE, "health", Pattern(each), personal) for each in patterns]


def of_role(name: str) -> Rights:
    return Rights(
        Granted(verb, instance, Pattern(rule.pattern), rule.personal)
        for rule in BY_NAME[name].rules
        for verb in rule.verbs
        for instance in rule.instances
    )


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "instance", "pattern"),
        [
            ("viewer", "health", "subscription_health:*"),
            ("viewer", "lifecycle", "process_lifecycle:*"),
            ("SOC analyst", "security", "security_events:*"),
            ("SOC analyst", "audit", "audit_trail:*"),
            ("SOC analyst", "alerts", "system_alerts:critical"),
            ("operator", "metrics", "subscription_metrics:*"),
            ("operator", "diagnostics", "diagnostics:performance_trace"),
            ("incident responder", "alerts", "system_alerts:*"),
            ("incident responder", "health", "subscription_health:*"),
            ("incident responder", "lifecycle", "process_lifecycle:*"),
        ],
    )
    def test_follow_the_specification_s_consumer_patterns(self, role: str, instance: str, pattern: str) -> None:
        assert of_role(role).covers(Verb.SUBSCRIBE, instance, Pattern(pattern))

    def test_of_an_auditor_writes_nothing(self) -> None:
        auditor = of_role("auditor")

        assert not any(auditor.touches(name, (Verb.PUBLISH, Verb.MANAGE)) for name in NAMES)
        assert auditor.covers(Verb.QUERY, "audit", Pattern("*"), personal=True)

    @pytest.mark.parametrize("role", ["administrator", "operator", "viewer", "publisher"])
    def test_of_those_who_run_the_hub_read_no_evidence(self, role: str) -> None:
        assert not any(of_role(role).touches(name, (Verb.SUBSCRIBE, Verb.QUERY)) for name in ("audit", "security"))

    def test_say_what_they_are_for(self) -> None:
        assert all(role.purpose.endswith(".") for role in ROLES)
