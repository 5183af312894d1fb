"""Which alerts are open: the rule sentence by sentence, and against a slow twin that keeps no index."""

from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaterhub.incident.open_alerts import PARTS, TEXT_MAX_CHARACTERS, OpenAlerts, Part, Told, told_of
from instances.schemas.registry import types_of

DISK: Final = {"severity": "high", "component": "disk", "message": "full", "rule": "disk_full"}


class Story:
    """Tells events about alerts one after the other; each has a number for its id."""

    def __init__(self) -> None:
        self.open = OpenAlerts()
        self._ids = count(1)

    def tell(self, event_type: str, data: dict[str, Any] | None = None, *, by: str = "gater-1", **metadata: Any) -> str:
        number = next(self._ids)
        told = Told(str(number), "system_alerts:critical", event_type, number, by, data or {}, metadata)
        self.open.take(told)
        return told.id

    @property
    def raised(self) -> list[str]:
        return [alert.raised.id for alert in self.open]


@pytest.fixture
def story() -> Story:
    return Story()


class TestTheTable:
    def test_has_a_row_for_every_registered_type_of_alerts(self) -> None:
        assert {known.name for known in types_of("alerts") if known.source == "catalog"} == set(PARTS)


class TestAnAlert:
    def test_is_open_from_its_raising_to_its_resolution(self, story: Story) -> None:
        first = story.tell("critical_alert", DISK, affected="/var")
        assert story.raised == [first]

        story.tell("alert_resolved", DISK, affected="/var")

        assert story.raised == []
        assert story.tell("critical_alert", DISK, affected="/var") in story.raised

    def test_stays_open_acknowledged_escalated_and_notified(self, story: Story) -> None:
        id = story.tell("critical_alert", {"severity": "high", "message": "down"})

        acknowledged = story.tell("alert_acknowledged", {"alert_id": id, "acknowledged_by": "ada"})
        escalated = story.tell("alert_escalated", {"alert_id": id, "escalated_to": "lead"})
        story.tell("pager_notified", {"alert_id": id, "recipient": "ada"})

        [alert] = story.open
        assert (alert.acknowledged and alert.acknowledged.id) == acknowledged
        assert (alert.escalated and alert.escalated.id) == escalated
        assert story.open.unknown == 0

    def test_is_one_that_is_raised_again_by_its_rule(self, story: Story) -> None:
        story.tell("critical_alert", DISK, affected="/var")
        again = story.tell("critical_alert", DISK, affected="/var")
        other = story.tell("critical_alert", DISK, affected="/srv")

        assert [(alert.times, alert.latest.id) for alert in story.open] == [(2, again), (1, other)]

    def test_without_a_rule_is_one_each_time(self, story: Story) -> None:
        ids = [story.tell("critical_alert", {"severity": "high", "message": "down"}) for _ in range(2)]

        assert story.raised == ids
        story.tell("alert_resolved", {"alert_id": ids[0]})
        assert story.raised == ids[1:]

    def test_is_resolved_under_any_name_that_it_was_raised_by(self, story: Story) -> None:
        story.tell("critical_alert", {**DISK, "alert_id": "ours-7"})
        second = story.tell("critical_alert", {**DISK, "alert_id": "ours-7"})

        story.tell("alert_resolved", {"alert_id": second})

        assert story.raised == []

    def test_is_the_older_of_two_that_go_by_one_name(self, story: Story) -> None:
        story.tell("critical_alert", {"alert_id": "2", "message": "named as the next event will be"})
        second = story.tell("critical_alert", {"message": "other"})

        story.tell("alert_resolved", {"alert_id": "2"})

        assert story.raised == [second]

    def test_of_a_rule_is_resolved_by_its_own_publisher_alone(self, story: Story) -> None:
        here = story.tell("critical_alert", DISK, by="agent@one", affected="/var")
        story.tell("critical_alert", DISK, by="agent@two", affected="/var")

        story.tell("alert_resolved", DISK, by="agent@two", affected="/var")

        assert story.raised == [here]
        story.tell("alert_acknowledged", {"rule": "disk_full", "acknowledged_by": "ada"}, by="pager")
        [alert] = story.open
        assert alert.acknowledged is not None

    def test_is_not_resolved_by_what_names_another(self, story: Story) -> None:
        id = story.tell("critical_alert", DISK, affected="/var")

        story.tell("alert_resolved", {**DISK, "alert_id": "another"}, affected="/var")
        story.tell("alert_resolved", DISK, affected="/srv")
        story.tell("alert_resolved", {"message": "all is well"})

        assert story.raised == [id]
        assert story.open.unknown == 3

    def test_says_by_its_state_what_its_type_leaves_open(self, story: Story) -> None:
        story.tell("critical_alert", DISK)
        story.tell("critical_alert", {**DISK, "state": "acknowledged"})
        [alert] = story.open
        assert alert.acknowledged is not None

        story.tell("critical_alert", {**DISK, "state": "Resolved"})

        assert story.raised == []

    def test_of_a_type_that_nobody_knows_is_shown(self, story: Story) -> None:
        id = story.tell("reactor_hot", {"rule": "reactor"})

        assert story.raised == [id]
        story.tell("reactor_hot", {"rule": "reactor", "state": "resolved"})
        assert story.raised == []

    def test_that_is_an_incident_goes_by_its_number(self, story: Story) -> None:
        story.tell("incident_opened", {"incident_id": "INC-311", "severity": "high", "message": "slow"})
        news = story.tell("incident_updated", {"incident_id": "INC-311", "severity": "critical", "message": "down"})

        [alert] = story.open
        assert (alert.latest.id, alert.severity, alert.times) == (news, "critical", 1)
        story.tell("incident_resolved", {"incident_id": "INC-311", "severity": "info"})
        assert story.raised == []


class TestTheirOrder:
    def test_is_by_severity_and_then_by_age(self, story: Story) -> None:
        ids = {
            word: story.tell("critical_alert", {"severity": severity, "message": word})
            for word, severity in (("warm", "medium"), ("old", "high"), ("new", "high"), ("worst", "emergency"))
        }

        assert story.raised == [ids["worst"], ids["old"], ids["new"], ids["warm"]]

    def test_takes_the_type_for_what_an_event_leaves_unsaid(self, story: Story) -> None:
        warning = story.tell("warning_alert", {"message": "soon"})
        critical = story.tell("critical_alert", {"message": "now", "severity": "a word of its own"})

        assert story.raised == [critical, warning]


class TestWhatIsKept:
    def test_is_what_a_line_on_a_page_can_show(self) -> None:
        data = {"message": "m" * 9_000, "severity": "high", "trace": "t" * 9_000, "affected": {"a": 1}}
        event = {"id": "1", "topic": "a:b", "event_type": "critical_alert", "received": 5, "data": data}

        told = told_of(msgspec.json.encode(event))

        assert told.data == {"message": "m" * TEXT_MAX_CHARACTERS, "severity": "high"}
        assert told.metadata is None


# --- The slow twin ---------------------------------------------------------------------------------------------------

NAMES: Final = st.sampled_from(["", "1", "2", "3", "x"])
EVENTS: Final = st.lists(
    st.tuples(
        st.sampled_from([*PARTS, "unknown"]),
        st.sampled_from(["a", "b"]),
        NAMES,
        st.sampled_from(["", "", "INC-1"]),
        st.sampled_from(["", "r", "s"]),
        st.sampled_from(["", "c", "d"]),
        st.sampled_from(["", "/var"]),
        st.sampled_from(["", "", "raised", "acknowledged", "resolved"]),
    ),
    max_size=25,
)


@dataclass
class Group:
    raised: list[Told]
    acknowledged: str | None = None

    def is_named(self, name: str) -> bool:
        return any(name in (each.id, *each.names) for each in self.raised)

    def is_like(self, event: Told) -> bool:
        return event.likeness is not None and self.raised[0].likeness == event.likeness

    def has_rule_of(self, event: Told) -> bool:
        first = self.raised[0]
        if not event.text("rule") or event.text("rule") != first.text("rule"):
            return False
        if event.part is Part.RESOLVES and event.publisher != first.publisher:
            return False
        said = [(event.text(name), first.text(name)) for name in ("component", "affected")]
        return all(one == other or not one or not other for one, other in said)


def about(groups: list[Group], event: Told) -> list[Group]:
    if not list(event.names):
        fits = Group.is_like if event.part is Part.RAISES else Group.has_rule_of
        return [group for group in groups if fits(group, event)]
    return [group for name in event.names for group in groups if group.is_named(name)][:1]


def slow_twin(events: list[Told]) -> list[Group]:
    """Return the open alerts, by looking at everything each time."""
    groups: list[Group] = []
    for event in events:
        found = about(groups, event)
        match event.part:
            case Part.RAISES if found:
                found[0].raised.append(event)
            case Part.RAISES:
                groups.append(Group([event]))
            case Part.RESOLVES:
                groups = [group for group in groups if not any(group is each for each in found)]
            case Part.ACKNOWLEDGES:
                for group in found:
                    group.acknowledged = event.id
    return groups


class TestAgainstTheSlowTwin:
    @given(EVENTS)
    def test_the_same_alerts_are_open(self, said: list[tuple[str, ...]]) -> None:
        events = [
            Told(
                str(number),
                "system_alerts:critical",
                event_type,
                number,
                publisher,
                {"alert_id": alert, "incident_id": incident, "rule": rule, "component": component, "state": state},
                {"affected": affected},
            )
            for number, (event_type, publisher, alert, incident, rule, component, affected, state) in enumerate(said, 1)
        ]
        open_alerts = OpenAlerts()
        for event in events:
            open_alerts.take(event)

        expected = [(each.raised[0].id, len(each.raised), each.acknowledged) for each in slow_twin(events)]

        found = [(each.raised.id, each.times, each.acknowledged and each.acknowledged.id) for each in open_alerts]
        assert sorted(found) == sorted(expected)
        assert len(open_alerts) == len(expected)
