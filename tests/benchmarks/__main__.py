"""Run the benchmarks: `make bench`, or `python -m tests.benchmarks --quick`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.benchmarks import access_section, bars, inspector_section, journal_section, report, stream_sections, systems
from tests.benchmarks.clients import RunFailed
from tests.benchmarks.journal.section import measure_journal
from tests.benchmarks.plan import DEFAULT, QUICK, SYSTEMS, WORKLOADS, System, Workload
from tests.benchmarks.processes import ROOT, Cores, Processes, StartFailed
from tests.benchmarks.runner import Runner, folder_for_results

# In the order in which they run. The traffic is last, because its rounds are what may be left out when time is over.
MEASURES: dict[str, Callable[[Runner], None]] = {
    "matching": Runner.measure_matching,
    "validation": Runner.measure_validation,
    "idle": Runner.measure_idle,
    "never-reads": Runner.measure_never_reads,
    "history": stream_sections.measure_history,
    "access": access_section.measure_access,
    "journal": measure_journal,
    "questions": journal_section.measure_questions,
    "inspector": inspector_section.measure_inspector,
    "receipt": stream_sections.measure_receipt,
    "publishing": stream_sections.measure_publishing,
    "resuming": stream_sections.measure_resuming,
    "pause": stream_sections.measure_pause,
}
TRAFFIC = "traffic"
SECTIONS = (TRAFFIC, *MEASURES)


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments ask for, print it, write it down, and return the exit code."""
    options = parse(arguments)
    # A terminated benchmark ends its servers like an interrupted one.
    signal.signal(signal.SIGTERM, interrupt)
    size = QUICK if options.quick else DEFAULT
    if options.rounds:
        size = replace(size, rounds=options.rounds, idle_rounds=options.rounds)
    cores = Cores.choose()
    own_folder = tempfile.TemporaryDirectory(prefix="gaterhub-bench-")
    with own_folder as folder, Processes(Path(folder)) as processes:
        runner = Runner(size, processes, cores)
        failure = None
        try:
            run_sections(runner, options)
        except (RunFailed, StartFailed) as failed:
            failure = failed
    judged = bars.judge_all(runner.results)
    report.print_report(runner.results, judged)
    report.write_json(options.out, runner.results, judged, size, cores)
    print(f"\nAll runs are in {options.out}.")
    if failure is not None:
        # What was measured before may be read above; what fails here is no benchmark's result but a broken promise.
        print(f"\nFAILED: {failure}", file=sys.stderr)
        return 2
    return 1 if options.strict and any(bar.passed is not True for bar in judged) else 0


def run_sections(runner: Runner, options: argparse.Namespace) -> None:
    """Run the chosen sections; what cannot be run here is noted by name."""
    if runner.cores.server == runner.cores.generator:
        runner.results.notes.append("there is only one core: generator and server hinder each other")
    for section, measure in MEASURES.items():
        if section in options.sections:
            measure(runner)
    if TRAFFIC in options.sections:
        runner.measure_traffic(choose_workloads(options), choose_systems(runner, full=options.full))


def choose_workloads(options: argparse.Namespace) -> list[Workload]:
    """List the workloads of a size that the caller wants."""
    return [
        workload
        for workload in WORKLOADS
        if (workload.in_quick or not options.quick) and (options.only or "") in workload.name
    ]


def choose_systems(runner: Runner, *, full: bool) -> list[System]:
    """List the systems that can run here, and note those that cannot."""
    wanted = [system for system in SYSTEMS if system.in_default or full]
    if systems.redis_is_installed():
        return wanted
    for system in wanted:
        if system.needs_redis:
            note = f"left out: {system.name}, because there is no {systems.REDIS_SERVER}"
            runner.results.notes.append(note)
    return [system for system in wanted if not system.needs_redis]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about five minutes: one round, 100 subscribers")
    parser.add_argument("--full", action="store_true", help="the textbook's other two combinations as well")
    parser.add_argument("--strict", action="store_true", help="exit with 1 unless every bar is passed")
    parser.add_argument("--rounds", type=int, default=0, help="rounds to take medians of")
    parser.add_argument("--only", metavar="TEXT", help="only workloads with this in their name")
    parts = list(SECTIONS)
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=parts, help="only these parts")
    default_out = folder_for_results(ROOT) / "latest.json"
    parser.add_argument("--out", type=Path, default=default_out, help="where all runs are written as JSON")
    return parser.parse_args(arguments)


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Turn a signal into an orderly end."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
