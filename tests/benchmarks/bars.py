"""The bars that the product set itself, each with its bound, judged inside one run of the benchmark."""

from tests.benchmarks.bar import Bar
from tests.benchmarks.journal import bars as journal_bars
from tests.benchmarks.plan import HISTORY_PAIRS, OURS, OURS_REDIS, TEXTBOOK, System
from tests.benchmarks.results import FREE, GRANTED, Results, Summary

ONE_IN_FLIGHT_RATIO = 15
SATURATED_RATIO = 150
REDIS_RATIO = 100
PACED_P99_MS = 15.0
PACED_CORES = 0.9
UNCACHED_US = 3.0
CACHED_US = 0.2
VALIDATION_US = 2.0
IDLE_EXTRA_KIB = 8.0
NEVER_READS_MIB = 2.0
HISTORY_RATIO = 1.5
ACCESS_RATIO = 1.15
ACCESS_US = 20.0
QUESTION_P95_MS = 50.0
INSPECTOR_P95_MS = 300.0
BARE = "bare uvicorn"

ONE = "one in flight, 100 subscribers"
FULL = "saturated, 100 subscribers"
FAST = "paced 1,000/s, 100 subscribers"


def judge_all(results: Results) -> list[Bar]:
    """Judge every bar."""
    return [
        _ratio(results, "one in flight: CPU against the textbook", ONE, OURS.name, ONE_IN_FLIGHT_RATIO),
        _ratio(results, "saturated: CPU against the textbook", FULL, OURS.name, SATURATED_RATIO),
        _ratio(results, "saturated through Redis: CPU against the textbook", FULL, OURS_REDIS.name, REDIS_RATIO),
        *_paced(results),
        *_matching(results),
        _validation(results),
        _idle(results),
        *_never_reads(results),
        *(_history(results, kept, counted) for kept, counted in HISTORY_PAIRS),
        *_access(results),
        *journal_bars.judge(results.journal),
        _questions(results),
        _inspecting(results),
    ]


def _ratio(results: Results, promise: str, workload: str, system: str, least: int) -> Bar:
    bound = f"≤ 1/{least}"
    ours, textbook = results.summary(workload, system), results.summary(workload, TEXTBOOK.name)
    if ours is None or textbook is None:
        return Bar(promise, bound, "not measured", None)
    ratio = textbook.cpu_us / ours.cpu_us
    figures = f"1/{ratio:.0f} ({ours.cpu_us:.2f} of {textbook.cpu_us:.0f} µs)"
    return Bar(promise, bound, figures, ratio >= least)


def _paced(results: Results) -> list[Bar]:
    ours = results.summary(FAST, OURS.name)
    promises = (
        ("paced 1,000/s to 100: p99", f"≤ {PACED_P99_MS:.0f} ms"),
        (
            "paced 1,000/s to 100: server CPU",
            f"≤ {PACED_CORES} core",
        ),
    )
    if ours is None:
        return [Bar(promise, bound, "not measured", None) for promise, bound in promises]
    (p99, p99_bound), (cores, cores_bound) = promises
    return [
        Bar(p99, p99_bound, f"{ours.p99_ms:.1f} ms", ours.p99_ms <= PACED_P99_MS),
        Bar(cores, cores_bound, f"{ours.server_cores:.2f} core", ours.server_cores <= PACED_CORES),
    ]


def _matching(results: Results) -> list[Bar]:
    uncached, cached = f"≤ {UNCACHED_US:.0f} µs", f"≤ {CACHED_US} µs"
    if not results.matching:
        return [
            Bar("matching, 10 to 100,000 patterns", uncached, "not measured", None),
            Bar("matching, a cached topic", cached, "not measured", None),
        ]
    slowest = max(row.uncached_us for row in results.matching)
    slowest_cached = max(row.cached_us for row in results.matching)
    return [
        Bar("matching, 10 to 100,000 patterns", uncached, f"{slowest:.2f} µs", slowest <= UNCACHED_US),
        Bar("matching, a cached topic", cached, f"{slowest_cached:.3f} µs", slowest_cached <= CACHED_US),
    ]


def _validation(results: Results) -> Bar:
    promise, bound = "checking an event against its type: median", f"≤ {VALIDATION_US:.0f} µs"
    found = results.validation
    if found is None:
        return Bar(promise, bound, "not measured", None)
    figures = (
        f"{found.median_us:.2f} µs, p99 {found.p99_us:.2f} µs; to prepare an event takes {found.ratio:.2f} of what it "
        "takes without"
    )
    return Bar(promise, bound, figures, found.median_us <= VALIDATION_US)


def _idle(results: Results) -> Bar:
    promise = "an idle connection"
    ours, bare = results.idle_kib(OURS.name), results.idle_kib(BARE)
    if ours is None or bare is None:
        return Bar(promise, f"≤ {BARE} + {IDLE_EXTRA_KIB:.0f} KiB", "not measured", None)
    figures = f"{ours:.1f} KiB, bare {bare:.1f} KiB"
    return Bar(promise, f"≤ {BARE} + {IDLE_EXTRA_KIB:.0f} KiB", figures, ours <= bare + IDLE_EXTRA_KIB)


def _never_reads(results: Results) -> list[Bar]:
    bound = f"≤ {NEVER_READS_MIB:.0f} MiB and its class's outcome"
    if not results.never_reads:
        return [Bar("a subscriber that never reads", bound, "not measured", None)]
    bars = []
    for run in results.never_reads:
        mib = run.grown_bytes / 1024 / 1024
        neighbours = f"neighbours' p99 {run.before_p99_ms:.1f} -> {run.beside_p99_ms:.1f} ms"
        figures = f"{mib:+.2f} MiB; {run.outcome}; {neighbours}"
        passed = run.as_declared and mib <= NEVER_READS_MIB
        bars.append(Bar(f"never reads, {run.instance} ({run.overflow})", bound, figures, passed))
    return bars


def _history(results: Results, kept: System, counted: System) -> Bar:
    promise, bound = f"saturated: {kept.name}'s CPU against {counted.name}", f"≤ {HISTORY_RATIO}x"
    on, off = results.history_summary(kept.name), results.history_summary(counted.name)
    if on is None or off is None:
        return Bar(promise, bound, "not measured", None)
    ratio = on.cpu_us / off.cpu_us
    return Bar(promise, bound, f"{ratio:.2f}x ({on.cpu_us:.3f} of {off.cpu_us:.3f} µs)", ratio <= HISTORY_RATIO)


def _access(results: Results) -> list[Bar]:
    fan_out, fan_out_bound = "saturated: CPU under a limited token against a free one", f"≤ {ACCESS_RATIO}x"
    publish, publish_bound = "grants added to a published frame", f"≤ {ACCESS_US:.0f} µs"
    bars = []
    if FREE in results.access and GRANTED in results.access:
        free, granted = (Summary.of(results.access[name]).cpu_us for name in (FREE, GRANTED))
        ratio = granted / free
        measured = f"{ratio:.2f}x ({granted:.3f} of {free:.3f} µs)"
        bars.append(Bar(fan_out, fan_out_bound, measured, ratio <= ACCESS_RATIO))
    else:
        bars.append(Bar(fan_out, fan_out_bound, "not measured", None))
    found = results.authorization
    if found is None:
        bars.append(Bar(publish, publish_bound, "not measured", None))
    else:
        added = found.granted_us - found.free_us
        bars.append(Bar(publish, publish_bound, f"{added:.1f} µs", added <= ACCESS_US))
    return bars


def _questions(results: Results) -> Bar:
    promise, bound = "a page of evidence: p95 of the slowest question", f"≤ {QUESTION_P95_MS:.0f} ms"
    if not results.questions:
        return Bar(promise, bound, "not measured", None)
    slowest = max(results.questions, key=lambda row: row.p95_ms)
    figures = f"{slowest.p95_ms:.1f} ms ({slowest.question} of {slowest.entries:,}, {slowest.database})"
    return Bar(promise, bound, figures, slowest.p95_ms <= QUESTION_P95_MS)


def _inspecting(results: Results) -> Bar:
    promise, bound = "a page of live subscribers: p95", f"≤ {INSPECTOR_P95_MS:.0f} ms"
    if not results.inspecting:
        return Bar(promise, bound, "not measured", None)
    many = max(results.inspecting, key=lambda found: found.subscribers)
    few = min(results.inspecting, key=lambda found: found.subscribers)
    slowest = max(many.p95_ms, key=lambda name: many.p95_ms[name])
    figures = (
        f"{many.p95_ms[slowest]:.0f} ms ({slowest}, {many.subscribers:,} connected; "
        f"{few.p95_ms[slowest]:.0f} ms of {few.subscribers:,})"
    )
    return Bar(promise, bound, figures, many.p95_ms[slowest] <= INSPECTOR_P95_MS)
