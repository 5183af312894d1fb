"""Writes what was found: a table on the terminal, the bars under it, and everything as JSON in a file."""

import dataclasses
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.bars import BARE, Bar
from tests.benchmarks.plan import OURS, SYSTEMS, WORKLOADS, Size
from tests.benchmarks.processes import Cores
from tests.benchmarks.results import Results

FIGURES = ("µs/delivery", "of ours", "p50 ms", "p99 ms", "p99.9 ms", "deliveries/s")
HEADINGS = (*FIGURES, "joined", "server", "generator", "others")


def print_report(results: Results, bars: Sequence[Bar]) -> None:
    """Print every workload's table, the other measurements, the notes and the bars."""
    for workload in WORKLOADS:
        if workload.name in results.traffic:
            print(f"\n{workload.name}")
            _print_rows(["", *HEADINGS], _traffic_rows(results, workload.name))
    if results.idle:
        print("\nan idle connection")
        kib = {name: results.idle_kib(name) for name in (OURS.name, BARE)}
        _print_rows(["", "KiB"], [[name, f"{value:.1f}"] for name, value in kib.items() if value is not None])
    if results.matching:
        print("\nmatching")
        rows = [[f"{row.patterns:,}", f"{row.uncached_us:.2f}", f"{row.cached_us:.3f}"] for row in results.matching]
        _print_rows(["patterns", "µs", "µs cached"], rows)
    if results.validation is not None:
        found = results.validation
        print("\nvalidation")
        figures = (found.median_us, found.p99_us, found.registered_us, found.unregistered_us)
        row = [f"{found.types}", *(f"{each:.2f}" for each in figures), f"{found.ratio:.2f}x"]
        _print_rows(["types", "µs", "p99 µs", "µs to prepare", "unregistered", "ratio"], [row])
    print()
    for note in results.notes:
        print(f"note: {note}")
    width = max(len(bar.promise) for bar in bars)
    for bar in bars:
        verdict = {True: "pass", False: "MISS", None: "----"}[bar.passed]
        print(f"{verdict}  {bar.promise:<{width}}  {bar.measured}  (bound: {bar.bound})")


def write_json(path: Path, results: Results, bars: Sequence[Bar], size: Size, cores: Cores) -> None:
    """Write all runs, medians and bars to a file."""
    medians = {
        workload: {
            system: dataclasses.asdict(summary)
            for system in runs
            if (summary := results.summary(workload, system)) is not None
        }
        for workload, runs in results.traffic.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "python": platform.python_version(),
        "machine": {"cores": dataclasses.asdict(cores), "kernel": platform.release()},
        "size": dataclasses.asdict(size),
        "bars": [dataclasses.asdict(bar) for bar in bars],
        "medians": medians,
        "runs": dataclasses.asdict(results),
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _traffic_rows(results: Results, workload: str) -> list[list[str]]:
    ours = results.summary(workload, OURS.name)
    rows = []
    for system in SYSTEMS:
        summary = results.summary(workload, system.name)
        if summary is None:
            continue
        rows.append(
            [
                system.name,
                f"{summary.cpu_us:.2f}",
                f"{summary.cpu_us / ours.cpu_us:.1f}x" if ours else "",
                f"{summary.p50_ms:.1f}",
                f"{summary.p99_ms:.1f}",
                f"{summary.p999_ms:.1f}",
                f"{summary.deliveries_per_second:,.0f}",
                f"{summary.events_per_message:.1f}",
                f"{summary.server_cores:.0%}",
                f"{summary.generator_share:.0%}",
                f"{summary.others_share:.0%}",
            ]
        )
    return rows


def _print_rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
    for row in [headings, *rows]:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(["", first, *others]))
