"""The three forms of one timeline: the same things in each, in the order of their time."""

import csv
import io
from typing import Any

import msgspec
import pytest

from gaterhub.incident.forms import COLUMNS, csv_of, json_of, markdown_of
from gaterhub.incident.timeline import Gap, Note, Part, Timeline, Wanted

HOLE = Gap(
    instance="health",
    stream="health.process_health",
    kind="gap",
    reason="slow",
    at=2_000,
    begins=1_500,
    ends=1_900,
    epoch="e",
    first=71,
    last=131,
    count=12,
    times=1,
    subscriber="olga",
)


def event(at: int, message: str = "down") -> dict[str, Any]:
    return {
        "id": f"id-{at}",
        "instance": "alerts",
        "topic": "system_alerts:critical",
        "event_type": "critical_alert",
        "received": at,
        "timestamp": at,
        "stream": "alerts.system_alerts",
        "epoch": "e",
        "offset": at,
        "publisher": "gater-1",
        "data": {"severity": "critical", "message": message},
        "metadata": {},
    }


@pytest.fixture
def known() -> Timeline:
    return Timeline(
        wanted=Wanted("incident", "Incident", 1_000, 4_000, {"text": "down"}),
        made_at="1970-01-01T00:00:05Z",
        made_by="ada",
        whole=False,
        missing=["metrics: nothing is kept before then."],
        instances=[Part("alerts", ["*"], 2, "clear")],
        notes=[Note(7, 3_000, '=HYPERLINK("http://x")\n| <b>', "ada", 3_500)],
        holes=[HOLE],
        events=[msgspec.Raw(msgspec.json.encode(each)) for each in (event(1_200), event(3_100, "@cmd"))],
    )


def rows(known: Timeline) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_of(known).decode("utf-8-sig"), newline="")))


class TestCSV:
    def test_has_everything_in_the_order_of_its_time(self, known: Timeline) -> None:
        found = rows(known)

        assert [row["what"] for row in found] == ["missing", "event", "hole", "note", "event"]
        assert tuple(found[0]) == COLUMNS
        assert found[1]["at"] == "1970-01-01 00:00:01.200Z"
        assert found[2]["says"].startswith("12 events of health.process_health, #71 to #131 did not reach olga")
        assert found[4]["offset"] == "3100"

    def test_starts_no_formula(self, known: Timeline) -> None:
        cells = [cell for row in rows(known) for cell in row.values()]

        assert any(cell.startswith("'=HYPERLINK") for cell in cells)
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


class TestJSON:
    def test_has_each_event_as_it_was_taken(self, known: Timeline) -> None:
        said = msgspec.json.decode(json_of(known))

        assert (said["schema"], said["whole"]) == ("gaterhub timeline", False)
        assert said["events"] == [event(1_200), event(3_100, "@cmd")]
        assert said["holes"][0]["from"] == 1_500
        assert said["missing"] == known.missing


class TestMarkdown:
    def test_says_what_is_missing_before_what_there_is(self, known: Timeline) -> None:
        text = markdown_of(known).decode()

        assert text.startswith("# Incident: 1970-01-01 00:00:01.000Z to 1970-01-01 00:00:04.000Z\n")
        assert text.index("- metrics: nothing is kept") < text.index("## Notes") < text.index("## Timeline")
        assert "Only events with text down." in text

    def test_takes_no_text_for_markup(self, known: Timeline) -> None:
        text = markdown_of(known).decode()

        assert r"\| \<b\>" in text
        assert "<b>" not in text
        table = [line for line in text.splitlines() if line.startswith("| 1970")]
        assert len(table) == 4
