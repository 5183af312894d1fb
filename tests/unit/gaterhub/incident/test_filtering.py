"""The page's filter on the hub: it has to let through what the page shows, and nothing else."""

from typing import Any

import msgspec
import pytest

from gaterhub.incident.filtering import Event, Filter, event_of


def event(**more: Any) -> Event:
    usual = {
        "id": "1",
        "instance": "security",
        "topic": "security_events:authentication",
        "event_type": "authentication_failure",
        "received": 1,
        "timestamp": 1,
        "publisher": "gater-1",
        "data": {"user_id": "user:ada", "reason": "Bad password", "count": 3, "ok": False},
        "metadata": {"ip_address": "203.0.113.7", "severity": "High"},
    }
    return event_of(msgspec.json.encode(usual | more))


class TestAFilter:
    @pytest.mark.parametrize(
        ("said", "passes"),
        [
            ({}, True),
            ({"text": "  bad PASS "}, True),
            ({"text": "gater-1"}, True),
            ({"text": "203.0.113.7"}, False),
            ({"type": "authentication_failure"}, True),
            ({"type": "authentication"}, False),
            ({"severity": "warning"}, True),
            ({"severity": "critical"}, False),
            ({"severity": "no such word"}, True),
            ({"only": "actor:ada"}, True),
            ({"only": "actor:ada\norigin:203.0.113.7\ninstance:security"}, True),
            ({"only": "actor:ada\norigin:203.0.113.8"}, False),
            ({"only": "topic:security_events:authentication"}, True),
            ({"only": "data.count:3\ndata.ok:false\nseverity:High"}, True),
            ({"only": "data.reason.deeper:x"}, False),
            ({"only": "action:authentication_failure"}, True),
        ],
    )
    def test_lets_through_what_its_page_shows(self, said: dict[str, str], passes: bool) -> None:
        assert Filter(said).passes(event()) is passes

    def test_finds_nothing_in_what_is_redacted(self) -> None:
        hidden = event(data={"user_id": "[redacted]"}, metadata={"ip_address": "***REDACTED***"})

        assert (hidden.of("actor"), hidden.of("origin")) == ("", "")

    def test_says_what_it_is(self) -> None:
        said = {"text": " Disk ", "severity": "nonsense", "only": "actor:ada"}

        assert Filter(said).words == (("text", "disk"), ("actor", "ada"))
