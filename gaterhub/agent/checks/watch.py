"""Runs the checks, each at its own pace, and tells what changed at once and the rest every few seconds."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gaterhub.agent.checks.finding import (
    SLOW_MS,
    TELL_SECONDS,
    TIMEOUT_SECONDS,
    Check,
    Failed,
    Finding,
    State,
)
from gaterhub.agent.reading import Reading
from gaterhub.origin import plain
from instances.event import now_ms
from instances.schemas.health import component_health


@dataclass(slots=True)
class _Told:
    state: State
    since_ms: int
    told_at: float


class CheckWatch:
    """`clock` counts seconds; `now` milliseconds since 1970."""

    def __init__(
        self,
        checks: Sequence[Check],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = now_ms,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._checks = checks
        self._clock, self._now = clock, now
        self._timeout_seconds = timeout_seconds
        self._due: dict[str, float] = {}
        self._told: dict[str, _Told] = {}

    async def sample(self) -> list[Reading]:
        """Run the checks that are due, all at once, and return what is worth telling."""
        now = self._clock()
        due = [check for check in self._checks if now >= self._due.get(check.component, now)]
        for check in due:
            self._due[check.component] = now + check.every_seconds
        readings = await asyncio.gather(*(self._run(check) for check in due))
        return [reading for reading in readings if reading is not None]

    async def _run(self, check: Check) -> Reading | None:
        started = self._clock()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                finding = await check.probe()
        except TimeoutError:
            finding = Finding(State.FAILING, f"No answer within {self._timeout_seconds:g} s.")
        except Failed as failed:
            finding = Finding(State.FAILING, str(failed))
        except Exception as error:  # noqa: BLE001  It is told as the component's state, as often as that is.
            # A check that breaks must not take the others with it, and a component it can't judge isn't well.
            finding = Finding(State.FAILING, plain(f"The check itself failed: {type(error).__name__}: {error}"))
        latency_ms = round((self._clock() - started) * 1000, 2)
        if finding.state is State.OK and latency_ms > SLOW_MS:
            finding = Finding(State.DEGRADED, f"It took {latency_ms:.0f} ms, more than {SLOW_MS:.0f}.")
        return self._worth_telling(check, finding, latency_ms)

    def _worth_telling(self, check: Check, finding: Finding, latency_ms: float) -> Reading | None:
        now, now_ms = self._clock(), self._now()
        before = self._told.get(check.component)
        changed = before is not None and before.state is not finding.state
        # A little early counts as due, or a check every second would be told every sixth.
        if before is not None and not changed and now - before.told_at < TELL_SECONDS - 0.5:
            return None
        since_ms = now_ms if before is None or changed else before.since_ms
        self._told[check.component] = _Told(finding.state, since_ms, now)
        health = component_health(
            component=check.component,
            state=finding.state.value,
            previous_state=before.state.value if before is not None and changed else None,
            latency_ms=latency_ms,
            reason=finding.reason,
            target=check.target,
            since_ms=since_ms,
        )
        return Reading.of(health, timestamp_ms=now_ms)
