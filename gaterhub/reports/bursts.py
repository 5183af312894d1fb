"""Failures that come too fast for a person who mistyped: a window that slides over the times of each key."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from gaterhub.reports.counting import Sample
from gaterhub.reports.entries import Taken

FAILURES: Final = 10
"""More than a person needs to give up or to ask for help; fewer than a guesser has to try."""
WINDOW_MS: Final = 5 * 60_000
AFTERWARDS_MS: Final = 30 * 60_000
"""A log-in so soon after a burst may be that of whoever guessed."""
KEYS_MAX: Final = 10_000
"""Watched at once; the one that was quiet longest goes first."""
FOUND_MAX: Final = 1_000
_OTHERS_MAX: Final = 100


@dataclass(slots=True)
class Burst:
    key: str
    began_ms: int
    ended_ms: int
    failures: Sample
    others: set[str] = field(default_factory=set)
    """On the other side: the addresses of a name, the names of an address; a hundred at most."""
    succeeded: Sample = field(default_factory=Sample)


@dataclass(slots=True)
class _Watched:
    recent: deque[Taken] = field(default_factory=lambda: deque(maxlen=FAILURES))
    others: deque[str] = field(default_factory=lambda: deque(maxlen=FAILURES))
    burst: Burst | None = None


class Bursts:
    """The bursts of a journal, which is shown in its order; times may be a little out of theirs."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watched] = {}
        self._found: list[Burst] = []
        self.beyond = 0
        """Bursts beyond FOUND_MAX, which are counted alone."""

    def failed(self, key: str, entry: Taken, *, other: str) -> None:
        watched = self._watched.pop(key, None) or _Watched()
        self._watched[key] = watched
        if len(self._watched) > KEYS_MAX:
            oldest = next(iter(self._watched))
            self._close(self._watched.pop(oldest))
        watched.recent.append(entry)
        watched.others.append(other)
        burst, at_ms = watched.burst, entry.occurred_ms
        if burst is not None:
            if at_ms - burst.ended_ms <= WINDOW_MS:
                burst.ended_ms = max(burst.ended_ms, at_ms)
                burst.failures.add(entry)
                if len(burst.others) < _OTHERS_MAX:
                    burst.others.add(other)
                return
            self._close(watched)
            watched.recent.clear()
            watched.others.clear()
            watched.recent.append(entry)
            watched.others.append(other)
        elif len(watched.recent) == FAILURES:
            times = [each.occurred_ms for each in watched.recent]
            if max(times) - min(times) <= WINDOW_MS:
                watched.burst = Burst(key, min(times), max(times), Sample(watched.recent), set(watched.others))

    def succeeded(self, key: str, entry: Taken) -> None:
        """Note a log-in, which ends what was tried before it, unless that was a burst."""
        watched = self._watched.get(key)
        if watched is None:
            return
        if watched.burst is None:
            watched.recent.clear()
            watched.others.clear()
        elif entry.occurred_ms - watched.burst.ended_ms <= AFTERWARDS_MS:
            watched.burst.succeeded.add(entry)

    def found(self) -> list[Burst]:
        """Return all of them, the earliest first."""
        for watched in self._watched.values():
            self._close(watched)
        self._watched.clear()
        return sorted(self._found, key=lambda burst: (burst.began_ms, burst.key))

    def _close(self, watched: _Watched) -> None:
        burst, watched.burst = watched.burst, None
        if burst is None:
            return
        if len(self._found) < FOUND_MAX:
            self._found.append(burst)
        else:
            self.beyond += 1
