import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from instances.models import DeprecatedUse
from instances.publishing.pipeline import check
from instances.schemas import usage
from instances.schemas.operators import Description, change_version, register_type
from instances.schemas.usage import clear_old_uses, flush, note_subscribed, note_unsubscribed, reaches, used
from instances.topics import Pattern

pytestmark = pytest.mark.django_db

BODY = b'{"topic":"aggregate_events:o1","event_type":"order_paid","data":{}}'


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def deprecated() -> None:
    register()
    change_version("events", "order_paid", 1, deprecated="Send order_settled.", by="ann")


def register() -> None:
    description = Description(title="A", purpose="B", topic="aggregate_events:{id}")
    register_type("events", "order_paid", description, data_schema={}, by="ann")


def rows() -> list[tuple[Any, ...]]:
    return list(DeprecatedUse.objects.order_by("role", "name").values_list("role", "name", "pattern", "events"))


class TestSenders:
    def test_are_counted_when_they_publish(self, deprecated: None) -> None:
        check("events", BODY, publisher="shop")
        check("events", b"[" + BODY + b"," + BODY + b"]", publisher="shop")
        check("events", BODY, publisher="till")
        assert rows() == []

        flush()

        assert rows() == [("sender", "shop", "", 3), ("sender", "till", "", 1)]

    def test_are_added_up(self, deprecated: None) -> None:
        for _ in range(2):
            check("events", BODY, publisher="shop")
            flush()

        assert rows() == [("sender", "shop", "", 2)]

    def test_of_a_version_that_is_not_deprecated_are_nobody_s_business(self) -> None:
        register()
        check("events", BODY, publisher="shop")

        flush()

        assert rows() == []

    def test_are_warned_and_still_heard(self, deprecated: None) -> None:
        checked = check("events", BODY, publisher="shop")

        assert checked.warnings == ("order_paid, version 1, is deprecated: Send order_settled.",)
        assert len(checked.events) == 1

    def test_are_not_lost_while_the_database_is_out(
        self, deprecated: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def out(*given: object) -> None:
            raise DatabaseError("out on purpose")

        check("events", BODY, publisher="shop")
        with monkeypatch.context() as broken:
            broken.setattr(usage, "_write", out)
            flush()
        assert "out on purpose" in caplog.text

        flush()

        assert rows() == [("sender", "shop", "", 1)]

    def test_are_bounded_in_memory(
        self, deprecated: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(usage, "ROWS_MAX", 2)
        for number in range(4):
            check("events", BODY, publisher=f"shop-{number}")

        with caplog.at_level(logging.WARNING):
            flush()

        assert len(rows()) == 2
        assert "2 uses were not noted" in caplog.text


class TestSubscribers:
    def test_are_noted_where_events_of_the_version_can_reach_them(self, deprecated: None) -> None:
        note_subscribed("events", "billing", "aggregate_events:*")
        note_subscribed("events", "other", "event_stream:*")
        note_subscribed("health", "elsewhere", "*")

        flush()

        assert rows() == [("subscriber", "billing", "aggregate_events:*", 0)]

    def test_who_came_before_the_deprecation_are_noted_too(self) -> None:
        clock = Clock()
        register()
        note_subscribed("events", "billing", "*")
        flush(clock=clock)
        assert rows() == []
        change_version("events", "order_paid", 1, deprecated="Gone soon.", by="ann")

        clock.seconds += 60
        flush(clock=clock)

        assert rows() == [("subscriber", "billing", "*", 0)]

    def test_are_noted_again_each_minute_until_they_leave(self, deprecated: None) -> None:
        clock = Clock()
        for _ in range(2):
            note_subscribed("events", "billing", "*")
        flush(clock=clock)
        long_ago = timezone.now() - timedelta(days=1)

        DeprecatedUse.objects.update(last_at=long_ago)
        clock.seconds += 59
        flush(clock=clock)
        assert DeprecatedUse.objects.get().last_at == long_ago

        clock.seconds += 1
        note_unsubscribed("events", "billing", "*")
        flush(clock=clock)
        assert DeprecatedUse.objects.get().last_at > long_ago

        DeprecatedUse.objects.update(last_at=long_ago)
        note_unsubscribed("events", "billing", "*")
        clock.seconds += 60
        flush(clock=clock)
        assert DeprecatedUse.objects.get().last_at == long_ago

    def test_can_not_fill_the_table_with_patterns(self, deprecated: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(usage, "PATTERNS_MAX", 3)
        for number in range(9):
            note_subscribed("events", "billing", f"aggregate_events:{number}")

        flush()

        assert len(rows()) == 3

    @given(
        pattern=st.lists(st.sampled_from(("a", "b", "*")), min_size=1, max_size=4),
        template=st.lists(st.sampled_from(("a", "b", "{x}")), min_size=1, max_size=4),
        parameters=st.lists(st.sampled_from(("a", "b")), min_size=4, max_size=4),
    )
    def test_are_reached_by_every_topic_of_a_template_that_their_pattern_matches(
        self, pattern: list[str], template: list[str], parameters: list[str]
    ) -> None:
        topic = [other if segment == "{x}" else segment for segment, other in zip(template, parameters, strict=False)]

        if Pattern(":".join(pattern)).matches(":".join(topic)):
            assert reaches(":".join(pattern), ":".join(template))

    @pytest.mark.parametrize(
        ("pattern", "template", "reached"),
        [("a:*", "b:{x}", False), ("a:b:*", "a:{x}", False), ("a:b", "a:{x}:{y}", False), ("b:c", "", True)],
    )
    def test_are_not_reached_by_what_can_not_match(self, pattern: str, template: str, reached: bool) -> None:
        assert reaches(pattern, template) is reached


class TestUsed:
    def test_tells_the_latest_first(self, deprecated: None) -> None:
        for name in ("till", "shop"):
            check("events", BODY, publisher=name)
        note_subscribed("events", "billing", "*")
        flush()
        DeprecatedUse.objects.filter(name="till").update(last_at=timezone.now() + timedelta(seconds=9))

        found = used("events")["order_paid", 1]

        assert [each.publisher for each in found.senders] == ["till", "shop"]
        assert [(each.name, each.pattern) for each in found.subscribers] == [("billing", "*")]

    def test_forgets_after_90_days(self, deprecated: None) -> None:
        for name in ("shop", "till"):
            check("events", BODY, publisher=name)
        flush()
        DeprecatedUse.objects.filter(name="shop").update(last_at=timezone.now() - timedelta(days=91))

        clear_old_uses()

        assert [name for _, name, _, _ in rows()] == ["till"]
