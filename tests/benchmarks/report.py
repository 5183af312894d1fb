"""Writes what was found: a table on the terminal, the bars under it, and everything as JSON in a file."""

import dataclasses
import json
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.bar import Bar
from tests.benchmarks.bars import BARE
from tests.benchmarks.journal.tables import tables
from tests.benchmarks.plan import HISTORY_SYSTEMS, OURS, SYSTEMS, WORKLOADS, Size
from tests.benchmarks.processes import Cores
from tests.benchmarks.results import Results, Summary

FIGURES = ("µs/delivery", "of ours", "p50 ms", "p99 ms", "p99.9 ms", "deliveries/s")
HEADINGS = (*FIGURES, "joined", "server", "generator", "others")
RECEIPT_HEADINGS = ("µs/delivery", "p50 ms", "p99 ms", "p99.9 ms", "servers", "generator", "others")
HISTORY_HEADINGS = ("µs/delivery", "joined", "deliveries/s", "server", "others")
PUBLISHING_HEADINGS = ("events/s", "µs/event")
RESUMING_HEADINGS = ("middle one live s", "all live s", "events/s", "µs/event", "generator")
QUESTION_HEADINGS = ("p50 ms", "p95 ms", "events")
INSPECTOR_HEADINGS = ("p50 ms", "p95 ms")
PAUSE_HEADINGS = ("p50 ms", "p99 ms", "longest ms", "generator's own ms", "server")


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
    _print_streams(results)
    print()
    for note in results.notes:
        print(f"note: {note}")
    width = max(len(bar.promise) for bar in bars)
    for bar in bars:
        verdict = {True: "pass", False: "MISS", None: "----"}[bar.passed]
        print(f"{verdict}  {bar.promise:<{width}}  {bar.measured}  (bound: {bar.bound})")


def _print_streams(results: Results) -> None:
    for title, headings, rows in (
        ("publish to receipt at another process, through Redis", RECEIPT_HEADINGS, _receipt_rows(results)),
        ("saturated, 100 subscribers, history on and off", HISTORY_HEADINGS, _history_rows(results)),
        ("publishing in batches of 100", PUBLISHING_HEADINGS, _publishing_rows(results)),
        ("resuming at once", RESUMING_HEADINGS, _resuming_rows(results)),
        ("the longest pause", PAUSE_HEADINGS, _pause_rows(results)),
        *tables(results.journal),
        ("a page of evidence", QUESTION_HEADINGS, _question_rows(results)),
        ("a page of live subscribers", INSPECTOR_HEADINGS, _inspector_rows(results)),
    ):
        if rows:
            print(f"\n{title}")
            _print_rows(["", *headings], rows)


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


def _receipt_rows(results: Results) -> list[list[str]]:
    rows = []
    for workload, runs in results.receipt.items():
        summary = Summary.of(runs)
        latencies = (summary.p50_ms, summary.p99_ms, summary.p999_ms)
        shares = (summary.server_cores, summary.generator_share, summary.others_share)
        figures = [f"{summary.cpu_us:.2f}", *(f"{each:.1f}" for each in latencies)]
        rows.append([workload, *figures, *(f"{share:.0%}" for share in shares)])
    return rows


def _history_rows(results: Results) -> list[list[str]]:
    rows = []
    for system in HISTORY_SYSTEMS:
        summary = results.history_summary(system.name)
        if summary is not None:
            figures = (
                f"{summary.cpu_us:.3f}",
                f"{summary.events_per_message:.1f}",
                f"{summary.deliveries_per_second:,.0f}",
            )
            rows.append([system.name, *figures, f"{summary.server_cores:.0%}", f"{summary.others_share:.0%}"])
    return rows


def _publishing_rows(results: Results) -> list[list[str]]:
    return [
        [
            f"{found.delivery_class} ({found.instance}), {found.system}, {found.way}",
            f"{found.events_per_second:,.0f}",
            f"{found.cpu_us:.1f}",
        ]
        for found in results.publishing
    ]


def _resuming_rows(results: Results) -> list[list[str]]:
    rows = []
    for system in results.resuming:
        found = results.resumed(system)
        if found is not None:
            share = found.generator_cpu_seconds / found.seconds
            figures = (f"{found.p50_seconds:.2f}", f"{found.seconds:.2f}", f"{found.events_per_second:,.0f}")
            named = f"{found.subscribers} of {found.events:,}, {system}"
            rows.append([named, *figures, f"{found.cpu_us:.2f}", f"{share:.0%}"])
    return rows


def _pause_rows(results: Results) -> list[list[str]]:
    found = results.pause
    if found is None:
        return []
    milliseconds = (found.p50_ms, found.p99_ms, found.longest_ms, found.own_longest_ms)
    share = found.server_cpu_seconds / found.seconds
    named = f"{found.connections:,} idle sockets, {found.seconds:.0f} s"
    return [[named, *(f"{each:.1f}" for each in milliseconds), f"{share:.0%}"]]


def _question_rows(results: Results) -> list[list[str]]:
    return [
        [f"{row.question}, {row.database}", f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}", f"{row.events}"]
        for row in results.questions
    ]


def _inspector_rows(results: Results) -> list[list[str]]:
    return [
        [f"{name}, {found.subscribers:,} connected", f"{found.p50_ms[name]:.0f}", f"{found.p95_ms[name]:.0f}"]
        for found in results.inspecting
        for name in found.p50_ms
    ]


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
