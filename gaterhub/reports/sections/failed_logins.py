"""Who failed to log in, from where, and where it looks like guessing."""

from typing import Any, Final

from gaterhub.reports.bursts import FAILURES, WINDOW_MS, Burst, Bursts
from gaterhub.reports.counting import Sample, Tally
from gaterhub.reports.entries import Taken
from gaterhub.reports.period import stamp
from gaterhub.reports.section import Gatherer, Making, Result, Section
from gaterhub.reports.structure import Column, Figure, Finding, Severity, Table
from instances.journal.columns import person_of
from instances.journal.models import UNKNOWN
from instances.schemas import security

SPRAYED_NAMES: Final = 2
"""So many names from one address, or the burst is the one that is told of the name."""
_SECURITY: Final = security.TYPES.instance
_FAILURE: Final = security.authentication_failure.name
_SUCCESS: Final = security.authentication_success.name
_LOCKED: Final = security.account_locked.name
_REPEATED: Final = security.repeated_denials.name
_COUNT: Final = Column("failures", "Failures", number=True)
_MINUTES: Final = WINDOW_MS // 60_000


class FailedLogins(Gatherer):
    def __init__(self, making: Making) -> None:
        super().__init__(making)
        self._users: Tally[tuple[str]] = Tally()
        self._origins: Tally[tuple[str]] = Tally()
        self._by_user, self._by_origin = Bursts(), Bursts()
        self._successes = self._locked = self._summed = 0
        self._sums: dict[str, Sample] = {}

    def take(self, entry: Taken) -> None:
        if entry.instance != _SECURITY:
            return
        if entry.event_type == _FAILURE:
            user, origin = _user(entry), entry.origin
            self._users.add((user,))
            self._origins.add((origin,))
            if user != UNKNOWN:
                self._by_user.failed(user, entry, other=origin)
            if origin != UNKNOWN:
                self._by_origin.failed(origin, entry, other=user)
        elif entry.event_type == _SUCCESS:
            self._successes += 1
            self._by_user.succeeded(_user(entry), entry)
        elif entry.event_type == _LOCKED:
            self._locked += 1
        elif entry.event_type == _REPEATED:
            self._take_sum(entry)

    def _take_sum(self, entry: Taken) -> None:
        """Take what the hub added up of one address within a minute, after it had told ten by themselves."""
        kinds = entry.said("kinds")
        failures = kinds.get("login") if type(kinds) is dict else None
        if type(failures) is not int or failures <= 0:
            return
        self._summed += failures
        if failures >= FAILURES and (entry.origin in self._sums or len(self._sums) < FAILURES * 10):
            self._sums.setdefault(entry.origin, Sample()).add(entry)

    def result(self) -> Result:
        shown = self.making.names.shown
        bursts = self._by_user.found()
        sprays = [each for each in self._by_origin.found() if len(each.others) >= SPRAYED_NAMES]
        findings = [self._guessed(each) for each in bursts]
        findings += [self._sprayed(each) for each in sprays]
        findings += [self._added_up(origin, sample) for origin, sample in sorted(self._sums.items())]
        beyond = self._by_user.beyond + self._by_origin.beyond
        figures = (
            Figure("failures", "Failed log-ins", self._users.total),
            Figure("failures_summed", "More, added up by the hub", self._summed),
            Figure("successes", "Log-ins", self._successes),
            Figure("locked", "Accounts locked", self._locked),
            Figure("bursts", "Bursts", len(bursts) + len(sprays) + beyond),
        )

        def rows(tally: Tally[tuple[str]]) -> Any:
            return tally.rows(lambda key: (shown(_SECURITY, key[0]),), width=1)

        tables = (
            Table("users", "Failed log-ins by user", (Column("user", "User"), _COUNT), rows(self._users)),
            Table("origins", "Failed log-ins by origin", (Column("origin", "Origin"), _COUNT), rows(self._origins)),
        )
        return Result(figures, tables, findings)

    def _guessed(self, burst: Burst) -> Finding:
        who = self.making.names.shown(_SECURITY, burst.key)
        times = f"{burst.failures.count:,} log-ins as {who} failed between {stamp(burst.began_ms)} and "
        times += f"{stamp(burst.ended_ms)}, from {len(burst.others):,} origin{'s' * (len(burst.others) != 1)}"
        if burst.succeeded.count:
            return Finding(
                "login-burst-succeeded",
                Severity.HIGH,
                f"{times}, and soon after one succeeded.",
                "Ask the person whether it was they who logged in; if not, lock the account and look what was done.",
                burst.failures.count,
                (*burst.succeeded.entries[:1], *burst.failures.entries[:-1]),
            )
        return Finding(
            "login-burst",
            Severity.MEDIUM,
            f"{times}.",
            "See whether a program has an old password; else somebody guesses: ask for a second factor.",
            burst.failures.count,
            burst.failures.entries,
        )

    def _sprayed(self, burst: Burst) -> Finding:
        return Finding(
            "login-spray",
            Severity.MEDIUM,
            f"{burst.failures.count:,} log-ins under {len(burst.others):,} names failed from "
            f"{self.making.names.shown(_SECURITY, burst.key)} between {stamp(burst.began_ms)} and "
            f"{stamp(burst.ended_ms)}.",
            "Find out whose address that is, and keep it out if it is nobody's who should be there.",
            burst.failures.count,
            burst.failures.entries,
        )

    def _added_up(self, origin: str, sample: Sample) -> Finding:
        return Finding(
            "login-flood",
            Severity.MEDIUM,
            f"So many log-ins failed from {self.making.names.shown(_SECURITY, origin)} that the hub added them up: "
            f"{FAILURES} or more in a minute, {sample.count:,} time{'s' * (sample.count != 1)}.",
            "Find out whose address that is, and keep it out if it is nobody's who should be there.",
            sample.count,
            sample.entries,
        )


def _user(entry: Taken) -> str:
    """Return the name that was tried, else whoever the event names as actor."""
    name = entry.said("user_id")
    return person_of(name) if type(name) is str and name.strip() else entry.actor


SECTION: Final = Section(
    "failed_logins",
    "Failed log-ins",
    f"Log-ins that failed, by name and by origin. {FAILURES} within {_MINUTES} minutes under one name, or under "
    "several names from one origin, are a burst.",
    FailedLogins,
)
