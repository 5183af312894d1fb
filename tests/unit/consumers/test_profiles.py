"""The profiles of the consoles: what the specification names is in them, and only what is granted is followed."""

import re

import pytest

from consumers.profiles import EVERYTHING, PROFILES, Followed, granted
from instances.access.rights import EVERYTHING as ALL_RIGHTS
from instances.access.rights import NOTHING, Granted, Rights, Verb
from instances.catalog import find
from instances.topics import Pattern
from tests.contracts.tree import ROOT

SPECIFIED = {
    "health": [("ex_esdb_health", "subscription_health:*"), ("ex_esdb_lifecycle", "process_lifecycle:*")],
    "soc": [
        ("ex_esdb_security", "security_events:*"),
        ("ex_esdb_audit", "audit_trail:*"),
        ("ex_esdb_alerts", "system_alerts:critical"),
    ],
    "performance": [
        ("ex_esdb_metrics", "subscription_metrics:*"),
        ("ex_esdb_diagnostics", "diagnostics:performance_trace"),
    ],
    "incident": [
        ("ex_esdb_alerts", "system_alerts:*"),
        ("ex_esdb_health", "subscription_health:*"),
        ("ex_esdb_lifecycle", "process_lifecycle:*"),
    ],
}
"""The specification's section "Consumer Patterns", line by line."""


def rights(*patterns: tuple[str, str], verb: Verb = Verb.SUBSCRIBE) -> Rights:
    return Rights([Granted(verb, instance, Pattern(pattern)) for instance, pattern in patterns])


class TestProfiles:
    def test_are_the_four_of_the_specification(self) -> None:
        assert PROFILES.keys() == SPECIFIED.keys()

    @pytest.mark.parametrize("name", SPECIFIED)
    def test_follow_at_least_what_the_specification_says(self, name: str) -> None:
        for alias, pattern in SPECIFIED[name]:
            own = [each.pattern for each in PROFILES[name].subscriptions if each.instance == find(alias).name]

            assert any(Pattern(each).contains(Pattern(pattern)) for each in own), f"{alias} {pattern}"

    @pytest.mark.parametrize("name", PROFILES)
    def test_have_patterns_of_instances_by_their_own_names_each_once(self, name: str) -> None:
        followed = PROFILES[name].subscriptions

        assert len(set(followed)) == len(followed)
        assert all(find(each.instance).name == each.instance and Pattern(each.pattern) for each in followed)

    @pytest.mark.parametrize("name", PROFILES)
    def test_have_names_that_can_stand_in_an_address_and_in_a_view(self, name: str) -> None:
        assert re.fullmatch("[a-z][a-z0-9_-]{0,31}", name)
        assert (ROOT / "docs" / "consoles.md").read_text().count(PROFILES[name].title)


class TestWhatIsGranted:
    def test_is_everything_to_those_who_may_do_everything(self) -> None:
        assert granted(EVERYTHING, ALL_RIGHTS, Verb.SUBSCRIBE) == EVERYTHING

    def test_is_nothing_without_a_grant(self) -> None:
        assert granted(EVERYTHING, NOTHING, Verb.SUBSCRIBE) == ()

    def test_is_the_narrower_of_pattern_and_grant(self) -> None:
        may = rights(("health", "subscription_health:prod:*"), ("health", "process_health:*"))

        assert granted([Followed("health", "subscription_health:*")], may, Verb.SUBSCRIBE) == (
            Followed("health", "subscription_health:prod:*"),
        )

    def test_is_named_once_where_grants_overlap(self) -> None:
        may = rights(("health", "*"), ("health", "subscription_health:prod:*"))

        assert granted([Followed("health", "subscription_health:*")], may, Verb.SUBSCRIBE) == (
            Followed("health", "subscription_health:*"),
        )

    def test_is_of_the_verb_that_is_asked_for(self) -> None:
        may = rights(("health", "*"), verb=Verb.QUERY)

        assert granted([Followed("health", "*")], may, Verb.SUBSCRIBE) == ()
        assert granted([Followed("health", "*")], may, Verb.QUERY) == (Followed("health", "*"),)
