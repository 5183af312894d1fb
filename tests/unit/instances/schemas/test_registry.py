import time
from collections.abc import Iterator
from typing import Any

import pytest

from instances.schemas import registry
from instances.schemas.registered import RegisteredType, version_of
from instances.schemas.registry import (
    CATALOG,
    deprecated_versions,
    index_of,
    registered,
    replace_operators_types,
    types_of,
    warning_for,
)
from instances.schemas.words import Compatibility, Types
from instances.spec import BadRow


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    replace_operators_types(())


def operators(name: str, **words: Any) -> RegisteredType:
    given: dict[str, Any] = {
        "instance": "events",
        "name": name,
        "title": "A",
        "purpose": "B",
        "topic": "aggregate_events:{id}",
        "parameters": ("id",),
        "source": "operator",
        "compatibility": Compatibility.BACKWARD,
        "rank": 2,
        "versions": {1: version_of(1, {})},
    }
    return RegisteredType(**given | words)


class TestTheRegistry:
    def test_has_every_row_of_the_catalog(self) -> None:
        for types in CATALOG:
            for row in types:
                known = registered(types.instance, row.name)
                assert known is not None
                assert (known.source, known.row, known.newest) == ("catalog", row, row.version)

    def test_refuses_a_row_whose_topic_is_of_no_family(self) -> None:
        types = Types("health")
        types.add("a", title="A", purpose="B.", topic="nonesuch:{id}", example={"id": "x"})

        with pytest.raises(BadRow, match="none of the instance's families"):
            index_of([types])

    def test_takes_operators_types_after_the_catalog_s_and_lets_them_go(self) -> None:
        replace_operators_types([operators("order_paid")])
        assert types_of("events")[-1].name == "order_paid"

        replace_operators_types([])
        assert registered("events", "order_paid") is None

    def test_lets_no_operator_s_type_take_the_place_of_a_catalog_s(self) -> None:
        name = types_of("events")[0].name

        replace_operators_types([operators(name)])

        known = registered("events", name)
        assert known is not None
        assert known.source == "catalog"


class TestWarnings:
    def test_are_about_a_type_that_nobody_registered(self) -> None:
        warning = warning_for("events", "zzz", 1, "event_stream")

        assert warning is not None
        assert "zzz is not registered in events" in warning
        assert "/api/v1/instances/events/types/" in warning

    @pytest.mark.parametrize("typo", ["order_piad", "ordr_paid", "rder_paid", "order_paidd"])
    def test_name_the_type_that_was_meant(self, typo: str) -> None:
        replace_operators_types([operators("order_paid")])

        assert "did you mean order_paid?" in str(warning_for("events", typo, 1, "aggregate_events"))

    def test_follow_what_operators_change(self) -> None:
        def warning() -> str | None:
            return warning_for("events", "order_paid", 1, "aggregate_events")

        assert "not registered" in str(warning())
        replace_operators_types([operators("order_paid")])
        assert warning() is None
        replace_operators_types([operators("order_paid", versions={1: version_of(1, {}, deprecated="Gone soon.")})])
        assert warning() == "order_paid, version 1, is deprecated: Gone soon."
        assert [(known.name, number) for known, number in deprecated_versions() if known.source == "operator"] == [
            ("order_paid", 1)
        ]

    def test_are_about_another_family_than_the_type_s(self) -> None:
        replace_operators_types([operators("order_paid"), operators("anywhere", topic="")])

        assert "belong on aggregate_events:{id}" in str(warning_for("events", "order_paid", 1, "event_stream"))
        assert warning_for("events", "anywhere", 1, "event_stream") is None

    def test_say_nothing_of_a_version_that_went_meanwhile(self) -> None:
        replace_operators_types([operators("order_paid")])

        assert warning_for("events", "order_paid", 9, "aggregate_events") is None

    def test_of_a_flood_of_unknown_types_hold_nobody_up_among_a_thousand_known_ones(self) -> None:
        replace_operators_types([operators(f"order_paid_{number:04}") for number in range(1_000)])
        registry._warning.cache_clear()

        began = time.process_time()
        for number in range(100):
            warning_for("events", f"order_pain_{number:04}x", 1, "aggregate_events")

        assert (time.process_time() - began) / 100 < 0.01
