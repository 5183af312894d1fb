"""Token buckets that know no clock: time is passed in, in seconds from anywhere."""

from typing import NamedTuple

from instances.limits.rates import Amount, Rates


class Bucket:
    """Fills at a rate up to its capacity; begins full."""

    __slots__ = ("_at", "_level", "capacity", "rate")

    def __init__(self, *, rate: float, capacity: float, now: float) -> None:
        self.rate = rate
        self.capacity = capacity
        self._level = capacity
        self._at = now

    def wait_seconds(self, amount: float, now: float) -> float:
        """Return how long it takes until so much is in it; 0: it is there."""
        return max(amount - self.level(now), 0.0) / self.rate

    def level(self, now: float) -> float:
        # A clock that went back fills nothing, and takes nothing either.
        self._level = min(self.capacity, self._level + max(now - self._at, 0.0) * self.rate)
        self._at = max(now, self._at)
        return self._level

    def take(self, amount: float, now: float) -> None:
        """Take so much out, as far as it is there."""
        self._level = max(self.level(now) - amount, 0.0)


class Lease(NamedTuple):
    """What may be spent, or how long to wait for it, of each measure."""

    granted: Amount
    waits: Amount
    """In seconds; where one of them isn't 0, nothing was granted."""

    @property
    def refused(self) -> bool:
        return self.waits.events > 0 or self.waits.bytes > 0


NO_WAIT = Amount(0.0, 0.0)
NOTHING = Amount(0.0, 0.0)


class LocalBuckets:
    """The two buckets of one caller in this process's memory: all or nothing of both."""

    def __init__(self, rates: Rates, *, now: float) -> None:
        self._buckets = [
            Bucket(rate=rate, capacity=capacity, now=now) if rate else None
            for rate, capacity in zip(rates.per_second, rates.burst, strict=True)
        ]

    def lease(self, need: Amount, want: Amount, now: float) -> Lease:
        """Grant as much of `want` as there is, if that is `need` at least."""
        waits = [
            0.0 if bucket is None else bucket.wait_seconds(amount, now)
            for bucket, amount in zip(self._buckets, need, strict=True)
        ]
        if any(waits):
            return Lease(NOTHING, Amount(*waits))
        granted = [
            amount if bucket is None else min(amount, bucket.level(now))
            for bucket, amount in zip(self._buckets, want, strict=True)
        ]
        self.take(Amount(*granted), now)
        return Lease(Amount(*granted), NO_WAIT)

    def take(self, amount: Amount, now: float) -> None:
        """Take out what was granted elsewhere."""
        for bucket, taken in zip(self._buckets, amount, strict=True):
            if bucket is not None:
                bucket.take(taken, now)
