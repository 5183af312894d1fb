from typing import Any

import pytest
from django.core import checks

from gaterhub.acts import findings
from instances.schemas.typed_event import TypedEvent

Told = list[TypedEvent]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    told: Told = []

    def tell(event: TypedEvent, *, log_level: int) -> None:
        told.append(event)

    monkeypatch.setattr(findings, "tell", tell)
    return told


class TestTellFindings:
    def test_tells_warnings_and_worse(self, told: Told) -> None:
        found = [
            checks.Debug("d", id="x.D1"),
            checks.Info("i", id="x.I1"),
            checks.Warning("w", hint="do that", id="x.W1"),
            checks.Error("e", id="x.E1"),
            checks.Critical("c", id="x.C1"),
        ]

        findings.tell_findings(lambda: found)

        assert [(each.topic, each.event_type, each.data["rule"]) for each in told] == [
            ("system_alerts:warning", "warning_alert", "x.W1"),
            ("system_alerts:critical", "critical_alert", "x.E1"),
            ("system_alerts:critical", "critical_alert", "x.C1"),
        ]
        assert told[0].data == {
            "severity": "medium",
            "component": "configuration",
            "message": "w",
            "rule": "x.W1",
            "state": "raised",
        }
        assert told[0].metadata == {"affected": "gaterhub", "remedy": "do that", "escalation_required": False}
        assert told[1].metadata["escalation_required"] is True

    def test_leaves_out_what_an_operator_silenced(self, told: Told, settings: Any) -> None:
        settings.SILENCED_SYSTEM_CHECKS = ["x.W1"]

        findings.tell_findings(lambda: [checks.Warning("w", id="x.W1")])

        assert told == []
