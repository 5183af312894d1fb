"""The journal's part of the report."""

from tests.benchmarks.journal.findings import BATCH, HALF, NAIVE, ONE, POSTGRESQL, SQLITE, Journal, middle

Table = tuple[str, tuple[str, ...], list[list[str]]]
"""A title, headings, and rows, whose first cell is their name."""


def tables(found: Journal) -> list[Table]:
    """Return what was found, table by table."""
    return [
        ("16 writers of evidence", ("entries/s", "of baseline", "p50 ms", "p99 ms"), _written(found)),
        ("commit to broadcast", ("events", "p50 ms", "p99 ms", "longest ms"), _broadcasts(found)),
        ("numbering and verifying", ("entries", "entries/s"), _worked(found)),
        (
            "a sequencer in another process",
            ("entries/s", "longest backlog", "empty after s"),
            _kept_up(found),
        ),
    ]


def _written(found: Journal) -> list[list[str]]:
    rows = []
    for database in (POSTGRESQL, SQLITE):
        for way in (NAIVE, ONE, BATCH, HALF):
            runs = found.runs(database, way)
            if runs:
                run, ratio = middle(runs), found.ratio(database, way)
                of_baseline = "" if ratio is None or way in (NAIVE, HALF) else f"{ratio:.1f}x"
                figures = [f"{run.rate:,.0f}", of_baseline, f"{run.p50_ms:.1f}", f"{run.p99_ms:.1f}"]
                rows.append([f"{database}, {way}", *figures])
    return rows


def _broadcasts(found: Journal) -> list[list[str]]:
    return [
        [each.where, f"{each.events:,}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}", f"{each.longest_ms:.1f}"]
        for each in found.broadcasts
    ]


def _worked(found: Journal) -> list[list[str]]:
    worked = {f"numbering alone, {database}": each for database, each in found.numbered.items()}
    if found.verified is not None:
        worked[f"verifying, {POSTGRESQL}"] = found.verified
    return [[name, f"{each.entries:,}", f"{each.rate:,.0f}"] for name, each in worked.items()]


def _kept_up(found: Journal) -> list[list[str]]:
    run = found.kept_up
    if run is None:
        return []
    return [[POSTGRESQL, f"{run.rate:,.0f}", f"{run.longest_backlog:,}", f"{run.empty_after_seconds:.2f}"]]
