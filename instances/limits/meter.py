"""What each limited caller may publish still, in this process: of a lease, or in line while one is fetched."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from instances.broker import Broker, Unavailable
from instances.error_codes import Refusal
from instances.limits.bucket import Lease, LocalBuckets
from instances.limits.rates import Amount, Rates

MAX_METERS: Final = 20_000
"""Of one process; beyond it the one that was made first goes, and with it what only this process knew of its caller."""
MAX_IN_LINE: Final = 1_000
"""Publications of one caller while a lease is fetched, which takes a second at most."""
_UNLIMITED: Final = float("inf")
_ALL: Final = "all"
_ALL_TOGETHER: Final = "All publishers together"
_WORDS: Final = ("events", "bytes")

Then = Callable[[Refusal | None], None]
"""Called once: with None where the publication may go on, else with why it may not."""


class TooFast(Refusal):
    """More than the caller may publish to an instance in a second."""

    def __init__(self, *, who: str, instance: str, rate: int, burst: float, what: str, wait_seconds: float) -> None:
        super().__init__(
            "too_many_requests",
            f"{who} may publish {rate:,} {what} a second to {instance}, and at most {burst:,.0f} at once after a rest; "
            f"this fits in {wait_seconds:.1f} s.",
        )
        self.retry_after_seconds = wait_seconds


class LineFull(Refusal):
    """Too much of one caller waits already for what it may publish."""

    def __init__(self, *, instance: str) -> None:
        super().__init__(
            "too_many_requests",
            f"{MAX_IN_LINE:,} of your publishes to {instance} wait already; slow down and try again.",
        )
        self.retry_after_seconds = 1.0


class _Short(NamedTuple):
    """That so much of one measure isn't there before a moment."""

    measure: int
    amount: float
    until: float


class _InLine(NamedTuple):
    amount: Amount
    then: Then


class Meter:
    """One caller's in one instance. All calls belong on the home loop, except `check_early`."""

    __slots__ = (
        "_broker",
        "_clock",
        "_events",
        "_fetching",
        "_instance",
        "_line",
        "_local",
        "_name",
        "_short",
        "_size",
        "_who",
        "rates",
    )

    def __init__(
        self, name: str, instance: str, rates: Rates, broker: Broker, clock: Callable[[], float], *, who: str = "You"
    ) -> None:
        self.rates = rates
        self._name = name
        self._who = who
        self._instance = instance
        self._broker = broker
        self._clock = clock
        self._local = LocalBuckets(rates, now=clock())
        """What this process alone has let through; it decides while the shared buckets can't be asked."""
        # What is left of the lease.
        self._events = 0.0 if rates.events else _UNLIMITED
        self._size = 0.0 if rates.bytes else _UNLIMITED
        self._line: deque[_InLine] = deque()
        self._fetching: asyncio.Task[None] | None = None
        self._short: _Short | None = None

    @property
    def idle(self) -> bool:
        return self._fetching is None

    def take(self, events: int, size: int) -> bool:
        """Spend of the lease, if it suffices and nobody waits in line before."""
        if events <= self._events and size <= self._size and not self._line:
            self._events -= events
            self._size -= size
            return True
        return False

    def check_early(self, events: int, size: int) -> None:
        """Refuse what certainly isn't there, before anybody works on it; from any thread. Raises: TooFast."""
        short = self._short
        if short is None:
            return
        wait_seconds = short.until - self._clock()
        amount = (events, size)[short.measure]
        if wait_seconds > 0 and amount >= short.amount:
            wait_seconds += (amount - short.amount) / self.rates.per_second[short.measure]
            raise self._too_fast(short.measure, wait_seconds)

    def queue(self, events: int, size: int, then: Then) -> None:
        """Let what the lease doesn't suffice for go on in its turn, when more is granted, or be refused."""
        if len(self._line) >= MAX_IN_LINE:
            then(LineFull(instance=self._instance))
            return
        self._line.append(_InLine(Amount(events, size), then))
        if self._fetching is not None:
            return
        if self._broker.shares_rates:
            self._fetching = asyncio.get_running_loop().create_task(self._work_off())
            return
        while self._line:
            if not self._goes_on():
                self._settle(self._local.lease(*self._wish(), self._clock()))

    def stop(self, refusal: Refusal) -> None:
        """Refuse who still waits."""
        if self._fetching is not None:
            self._fetching.cancel()
        while self._line:
            self._line.popleft().then(refusal)

    async def _work_off(self) -> None:
        try:
            while self._line:
                if not self._goes_on():
                    self._settle(await self._next_lease())
        finally:
            self._fetching = None

    def _goes_on(self) -> bool:
        """Let the first in line go on or be refused, if that is known without a lease."""
        amount, then = self._line[0]
        if amount.events <= self._events and amount.bytes <= self._size:
            self._line.popleft()
            self._events -= amount.events
            self._size -= amount.bytes
            then(None)
            return True
        try:
            self.check_early(int(amount.events), int(amount.bytes))
        except TooFast as too_fast:
            self._line.popleft()
            then(too_fast)
            return True
        return False

    def _settle(self, lease: Lease) -> None:
        """Take what was granted, or refuse the first in line and remember for how long."""
        self._short = None
        if not lease.refused:
            self._events += lease.granted.events
            self._size += lease.granted.bytes
        elif self._line:
            amount, then = self._line.popleft()
            measure = 0 if lease.waits.events >= lease.waits.bytes else 1
            self._short = _Short(measure, amount[measure], self._clock() + lease.waits[measure])
            then(self._too_fast(measure, lease.waits[measure]))

    async def _next_lease(self) -> Lease:
        need, want = self._wish()
        try:
            lease = await self._broker.lease(self._name, self.rates, need, want)
        except Unavailable:
            return self._local.lease(need, want, self._clock())
        self._local.take(lease.granted, self._clock())
        return lease

    def _wish(self) -> tuple[Amount, Amount]:
        """Return what the first in line needs at least, and what is wanted: a lease's worth, or for all in line."""
        left = Amount(self._events, self._size)
        first, lease, burst = self._line[0].amount, self.rates.lease, self.rates.burst
        need, want = [], []
        for measure in (0, 1):
            if not self.rates.per_second[measure]:
                need.append(0.0)
                want.append(0.0)
                continue
            missing = max(first[measure] - left[measure], 0.0)
            for_all = sum(each.amount[measure] for each in self._line) - left[measure]
            need.append(missing)
            want.append(max(missing, lease[measure], min(for_all, burst[measure])))
        return Amount(*need), Amount(*want)

    def _too_fast(self, measure: int, wait_seconds: float) -> TooFast:
        return TooFast(
            who=self._who,
            instance=self._instance,
            rate=int(self.rates.per_second[measure]),
            burst=self.rates.burst[measure],
            what=_WORDS[measure],
            wait_seconds=wait_seconds,
        )


class Meters:
    """Those of one home: by kind and number of the caller, and instance."""

    def __init__(self, broker: Broker, *, clock: Callable[[], float] = time.monotonic, most: int = MAX_METERS) -> None:
        self._broker = broker
        self._clock = clock
        self._most = most
        self._meters: dict[tuple[str, int, str], Meter] = {}

    def __len__(self) -> int:
        return len(self._meters)

    def of_all(self, instance: str, rates: Rates) -> Meter:
        """Return the meter of all who publish to the instance. As `of`."""
        return self.of(_ALL, 0, instance, rates, who=_ALL_TOGETHER)

    def of(self, kind: str, id: int, instance: str, rates: Rates, *, who: str = "You") -> Meter:
        """Return the caller's meter; with other rates than it had, it begins anew once nobody waits on it."""
        key = kind, id, instance
        meter = self._meters.get(key)
        if meter is None or (meter.rates is not rates and meter.idle):
            while len(self._meters) >= self._most and key not in self._meters:
                self._forget_one()
            meter = self._meters[key] = Meter(
                f"{kind}:{id}:{instance}", instance, rates, self._broker, self._clock, who=who
            )
        return meter

    def check_early_of_all(self, instance: str, size: int) -> None:
        """Refuse a body likewise that is too much for the instance. Raises: TooFast."""
        self.check_early(_ALL, 0, instance, size)

    def check_early(self, kind: str, id: int, instance: str, size: int) -> None:
        """Refuse a body of that size which certainly can't be taken, before it is parsed; from any thread.

        Raises: TooFast.
        """
        meter = self._meters.get((kind, id, instance))
        if meter is not None:
            meter.check_early(1, size)

    def stop(self, refusal: Refusal) -> None:
        """Refuse who still waits, everywhere."""
        for meter in list(self._meters.values()):
            meter.stop(refusal)
        self._meters.clear()

    def _forget_one(self) -> None:
        key = next((key for key, meter in self._meters.items() if meter.idle), next(iter(self._meters)))
        del self._meters[key]
