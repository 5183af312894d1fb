"""What is printed about streams, and what of it is kept as JSON."""

import json
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.bar import Bar
from tests.benchmarks.generator import Findings
from tests.benchmarks.pause import PauseFindings
from tests.benchmarks.plan import HTTP, OURS, OURS_OFF, QUICK, WEBSOCKET
from tests.benchmarks.processes import Cores
from tests.benchmarks.publishing import PublishingFindings
from tests.benchmarks.results import QuestionFindings, Results
from tests.benchmarks.resuming import ResumingFindings


def run(*, cpu_us: float = 4.0, p50_ms: float = 1.5) -> Findings:
    """Make the findings of a run of 1,000 deliveries in 2 seconds."""
    return Findings(10, 1_000, 100, 2.0, cpu_us / 1e3, 0.0, 0.2, 0.1, 1_000, p50_ms, 2.5, 3.5, 0.0)


def resumed(seconds: float) -> ResumingFindings:
    return ResumingFindings(500, 1_000, seconds, seconds / 2, 0.9, 0.1, seconds / 4)


def results() -> Results:
    made = Results()
    made.receipt["paced"] = [run(p50_ms=9.0), run(p50_ms=1.5), run(p50_ms=1.2)]
    made.history[OURS.name] = [run(cpu_us=6.0)]
    made.history[OURS_OFF.name] = [run(cpu_us=4.0)]
    made.publishing = [
        PublishingFindings(OURS.name, "security", WEBSOCKET, "evidence", 40_000, 2.0, 0.4),
        PublishingFindings(OURS.name, "security", HTTP, "evidence", 10_000, 2.0, 0.3),
    ]
    made.resuming[OURS.name] = [resumed(4.0), resumed(2.0), resumed(9.0)]
    made.pause = PauseFindings(5_000, 300.0, 60_000, 0.8, 3.0, 41.5, 6.2, 30.0)
    made.questions = [QuestionFindings("SQLite", 100, "actor=busy", 3.2, 8.75, 100)]
    return made


def rows(printed: str, title: str) -> dict[str, list[str]]:
    """Return the figures under a title by what they are about; two spaces part the columns."""
    _, _, below = printed.partition(f"{title}\n")
    table = below.partition("\n\n")[0].splitlines()[1:]
    parted = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table]
    return {first: figures for first, *figures in parted}


class TestPrintReport:
    def printed(self, capsys: pytest.CaptureFixture[str], found: Results) -> str:
        report.print_report(found, [Bar("a promise", "≤ 1", "0.5", passed=True)])
        return capsys.readouterr().out

    def test_shows_the_median_of_receipts(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(self.printed(capsys, results()), "publish to receipt at another process, through Redis")

        assert found == {"paced": ["4.00", "1.5", "2.5", "3.5", "0%", "10%", "5%"]}

    def test_shows_each_question(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(self.printed(capsys, results()), "a page of evidence")

        assert found == {"actor=busy, SQLite": ["3.2", "8.8", "100"]}

    def test_shows_what_was_joined_beside_what_history_costs(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(self.printed(capsys, results()), "saturated, 100 subscribers, history on and off")

        assert found[OURS.name][:3] == ["6.000", "10.0", "500"]
        assert found[OURS_OFF.name][:3] == ["4.000", "10.0", "500"]

    def test_shows_what_each_way_into_a_class_takes(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(self.printed(capsys, results()), "publishing in batches of 100")

        assert found == {
            "evidence (security), gaterhub, WebSocket": ["20,000", "10.0"],
            "evidence (security), gaterhub, HTTP": ["5,000", "30.0"],
        }

    def test_shows_the_middle_round_of_resuming(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(self.printed(capsys, results()), "resuming at once")

        assert found == {"500 of 1,000, gaterhub": ["2.00", "4.00", "125,000", "2.00", "25%"]}

    def test_shows_the_generators_own_pause_beside_the_longest(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = rows(self.printed(capsys, results()), "the longest pause")

        assert found == {"5,000 idle sockets, 300 s": ["0.8", "3.0", "41.5", "6.2", "10%"]}

    def test_leaves_out_what_was_not_measured(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, Results()) == "\npass  a promise  0.5  (bound: ≤ 1)\n"


class TestWriteJson:
    def test_keeps_every_run_of_streams(self, tmp_path: Path) -> None:
        path = tmp_path / "results" / "latest.json"

        report.write_json(path, results(), [], QUICK, Cores(0, 1))

        runs = json.loads(path.read_text())["runs"]
        assert [each["p50_ms"] for each in runs["receipt"]["paced"]] == [9.0, 1.5, 1.2]
        assert [each["seconds"] for each in runs["resuming"][OURS.name]] == [4.0, 2.0, 9.0]
        assert [each["way"] for each in runs["publishing"]] == [WEBSOCKET, HTTP]
        assert runs["pause"]["longest_ms"] == 41.5
        assert set(runs["history"]) == {OURS.name, OURS_OFF.name}
