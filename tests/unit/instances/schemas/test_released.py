import json
from pathlib import Path
from typing import Any

import pytest

from instances.schemas.registered import from_row
from instances.schemas.released import as_text, broken_promises, promised, read_released
from instances.schemas.words import Compatibility, Field, Kind, Step, Types, Version

TOTAL = Field("total", Kind.NUMBER, "How much.", required=True, unit="EUR")
NOTE = Field("note", Kind.TEXT, "A note.")
LEVEL = Field("level", Kind.TEXT, "How grave.", choices=("low", "high"))
RELEASED: dict[str, Any] = {
    "title": "Order placed",
    "purpose": "Somebody has ordered.",
    "topic": "event_stream:{stream_id}",
    "data": (TOTAL, NOTE, LEVEL),
    "metadata": (Field("node", Kind.TEXT, "Where."),),
    "example": {"stream_id": "order-1", "total": 1},
}
STEP = Step(scale={"total": 100})


def types(**words: Any) -> Any:
    return [from_row(Types("events").add("order_placed", **RELEASED | words))]


def second(step: Step = STEP, **words: Any) -> Any:
    """Return a second version, whose total is in cents."""
    first = Version(data=RELEASED["data"], metadata=RELEASED["metadata"], step=step)
    cents = Field("total", Kind.INTEGER, "How much.", required=True, unit="cent")
    return types(**{"data": (cents, NOTE, LEVEL), "earlier": (first,)} | words)


def released(of: Any) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(as_text(promised(of)))
    return kept


def told(before: Any, after: Any) -> list[str]:
    return [str(each) for each in broken_promises(released(before), after)]


class TestBrokenPromises:
    @pytest.mark.parametrize(
        "words",
        [
            {},
            {"title": "Another", "purpose": "Put better.", "deprecated": "Since today; use order_taken."},
            {"data": (TOTAL, NOTE, LEVEL, Field("more", Kind.TEXT, "New."))},
            {"data": (TOTAL, Field("note", Kind.TEXT, "Put better."), LEVEL)},
            {"data": (TOTAL, NOTE, Field("level", Kind.TEXT, "How grave.", choices=("low", "middle", "high")))},
            {"compatibility": Compatibility.FULL},
            {"topic": "event_stream:{stream}", "example": {"stream": "order-1", "total": 1}},
        ],
        ids=["nothing", "texts", "a new field", "help", "a new choice", "a stronger promise", "a parameter's name"],
    )
    def test_are_none_where_a_row_only_grows(self, words: dict[str, Any]) -> None:
        assert told(types(), types(**words)) == []

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            ({"data": (TOTAL, LEVEL)}, "events.order_placed, version 1: `data.note` is removed"),
            ({"metadata": ()}, "events.order_placed, version 1: `metadata.node` is removed"),
            ({"data": (TOTAL, Field("note", Kind.TEXT, "N.", required=True), LEVEL)}, "`data.note`"),
            ({"data": (Field("total", Kind.INTEGER, "T.", required=True, unit="EUR"), NOTE, LEVEL)}, "`data.total`"),
            ({"data": (Field("total", Kind.NUMBER, "T.", required=True, unit="USD"), NOTE, LEVEL)}, "unit"),
            ({"data": (TOTAL, NOTE, Field("level", Kind.TEXT, "L.", choices=("low",)))}, "`data.level`"),
        ],
        ids=["removed", "removed from metadata", "required", "another type", "another unit", "a choice less"],
    )
    def test_tell_of_a_field_that_is_changed_in_place_and_ask_for_a_version(
        self, words: dict[str, Any], why: str
    ) -> None:
        found = told(types(), types(**words))

        assert found
        assert all(why in each and "new version" in each for each in found)

    @pytest.mark.parametrize("mode", [Compatibility.FORWARD, Compatibility.FULL])
    def test_hold_the_mode_that_was_released(self, mode: Compatibility) -> None:
        wider = Field("level", Kind.TEXT, "How grave.", choices=("low", "middle", "high"))

        found = told(types(compatibility=mode), types(compatibility=mode, data=(TOTAL, NOTE, wider)))

        assert found
        assert all("readers of what was before" in each for each in found)

    @pytest.mark.parametrize(
        ("field", "modes"),
        [
            (Field("total", Kind.NUMBER, "T.", unit="EUR"), {"backward"}),
            (
                Field("total", Kind.NUMBER, "T.", required=True, unit="EUR", personal=True),
                {"backward", "forward", "full"},
            ),
            (Field("total", Kind.NUMBER, "T.", required=True, unit="EUR", least=0), set()),
            (Field("total", Kind.ANY, "T.", required=True, unit="EUR"), {"backward"}),
            (Field("total", Kind.INTEGER, "T.", required=True, unit="EUR"), set()),
        ],
        ids=["no longer required", "a mark", "a new bound", "a wider kind", "a narrower kind"],
    )
    def test_allow_a_change_in_the_modes_whose_readers_can_read_it(self, field: Field, modes: set[str]) -> None:
        allowed = {
            str(mode)
            for mode in Compatibility
            if not told(types(compatibility=mode), types(compatibility=mode, data=(field, NOTE, LEVEL)))
        }

        assert allowed == modes

    def test_tell_of_a_promise_made_weaker(self) -> None:
        (found,) = told(types(compatibility=Compatibility.FULL), types())

        assert "its compatibility was full and is backward" in found

    def test_tell_of_a_topic_where_nobody_looks(self) -> None:
        (found,) = told(types(), types(topic="aggregate_events:{stream_id}"))

        assert "its topic was event_stream:{stream_id} and is aggregate_events:{stream_id}" in found

    def test_tell_of_a_type_and_of_a_version_that_is_gone(self) -> None:
        assert "events.order_placed: the event type is gone" in told(types(), [])[0]
        assert any("events.order_placed, version 2: the version is gone" in each for each in told(second(), types()))

    def test_are_none_where_a_new_version_has_the_step_that_old_data_needs(self) -> None:
        assert told(types(), second()) == []

    def test_tell_of_a_new_version_whose_step_does_not_make_old_data_fit(self) -> None:
        (found, *_) = told(types(), second(step=Step()))

        assert found.startswith("events.order_placed, version 1, read as version 2: `data.total`")

    def test_tell_of_metadata_that_no_longer_fits_since_no_step_speaks_of_it(self) -> None:
        found = told(types(), second(metadata=(Field("node", Kind.INTEGER, "Where."),)))

        assert [each for each in found if "read as version 2: `metadata.node`" in each]

    def test_tell_of_a_released_step_that_is_changed(self) -> None:
        found = told(second(), second(step=Step(scale={"total": 1000})))

        assert ["its step is changed" in each for each in found] == [True]

    def test_are_none_before_the_first_release(self) -> None:
        assert broken_promises({}, types()) == []


class TestAsText:
    def test_gives_each_field_a_line_and_says_nothing_to_people(self) -> None:
        lines = as_text(promised(types())).splitlines()

        assert '       "note": {"type": ["string", "null"]},' in lines
        assert "How much." not in "".join(lines)

    def test_keeps_a_field_that_is_called_description(self) -> None:
        kept = released(types(data=(TOTAL, Field("description", Kind.TEXT, "What."))))

        assert "description" in kept["events"]["order_placed"]["versions"]["1"]["data"]["properties"]


class TestReadReleased:
    def test_is_what_was_written(self, tmp_path: Path) -> None:
        path = tmp_path / "registered.json"
        path.write_text(as_text(promised(second())), encoding="utf-8")

        assert read_released(path) == promised(second())

    def test_is_nothing_without_a_file(self, tmp_path: Path) -> None:
        assert read_released(tmp_path / "none.json") == {}
