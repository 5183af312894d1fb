"""A month of 200,000 entries, or of 3,000 in a usual run: what is planted in it is found, and nothing else."""

import resource
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from consumers.models import Loss
from gaterhub.reports.forms import csv_of, json_of
from gaterhub.reports.structure import Finding
from instances.catalog import find
from instances.journal.append import append
from instances.journal.models import Outage
from instances.journal.router import ALIAS
from instances.schemas import audit, security
from tests.integration.journal.building import draft
from tests.integration.reports.making import figures, findings, made, rows
from tests.seeded_month import BEGINS, BEGINS_MS, Planted, event_of, plant

pytestmark = pytest.mark.django_db

FULL: Final = 200_000
FEW: Final = 3_000
MOST_SECONDS: Final = 60.0
PAGE_MEMORY_MAX_KIB: Final = 150_000
"""More than a page of entries and what sections remember; far less than a month of them."""
HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
FAILED: Final = security.authentication_failure


def failures(at_ms: int, users: list[str], origins: list[str], *, each_ms: int = 5_000) -> Iterator[Planted]:
    for number, (user, origin) in enumerate(zip(users, origins, strict=True)):
        event = event_of(FAILED, user_id=user, actor=f"user:{user}", ip_address=origin)
        yield Planted("security", at_ms + number * each_ms, event)


def planted() -> list[Planted]:
    """Return what is amiss in the month, each thing a while after the one before."""
    own = [f"192.0.2.{number}" for number in range(20)]
    lacking = event_of(audit.user_action)
    del lacking["data"]["outcome"]
    erased = event_of(audit.admin_operation, actor="user:eve", action="erase", outcome="failure")
    nobodys = event_of(audit.command_executed, action="flush")
    del nobodys["data"]["actor"]
    return [
        *failures(1 * DAY, ["mallory"] * 12, ["192.0.2.66"] * 12),
        *failures(2 * DAY, ["victor"] * 15, own[:15]),
        Planted("security", 2 * DAY + 10 * 60_000, event_of(security.authentication_success, user_id="victor")),
        *failures(3 * DAY, [f"guess-{number}" for number in range(11)], ["192.0.2.99"] * 11),
        # Nine are a person who mistyped, and so are ten that took ten minutes.
        *failures(4 * DAY, ["nora"] * 9, own[:9]),
        *failures(5 * DAY, ["sten"] * 10, own[:10], each_ms=60_000),
        Planted("security", 6 * DAY, event_of(security.repeated_denials, kinds={"login": 40}, ip_address="192.0.2.50")),
        Planted("security", 7 * DAY, event_of(security.access_violation, resource="payroll", blocked=True)),
        Planted("security", 7 * DAY + HOUR, event_of(security.access_violation, resource="payroll", blocked=True)),
        Planted("security", 8 * DAY, event_of(security.access_violation, resource="vault", blocked=False)),
        Planted("audit", 9 * DAY, erased),
        Planted("audit", 9 * DAY + HOUR, erased),
        Planted("audit", 10 * DAY, nobodys),
        Planted("audit", 11 * DAY, event_of(audit.user_action, action="  ")),
        Planted("audit", 12 * DAY, lacking),
        *(Planted("audit", 13 * DAY + at, {"topic": "audit_trail:odd", "event_type": "odd_thing"}) for at in range(3)),
        Planted("audit", 14 * DAY, event_of(audit.compliance_assessed, control="7.1", result="not_met")),
        Planted("audit", 15 * DAY, event_of(audit.compliance_assessed, control="7.2", result="partly_met")),
        # What was mended and assessed anew is none.
        Planted("audit", 16 * DAY, event_of(audit.compliance_assessed, control="7.3", result="not_met")),
        Planted("audit", 17 * DAY, event_of(audit.compliance_assessed, control="7.3", result="met")),
        Planted("audit", 18 * DAY, event_of(audit.recording_gap, **_gap(18 * DAY, "web-2"))),
    ]  # fmt: skip


def _gap(at_ms: int, process: str) -> dict[str, Any]:
    began = BEGINS_MS + at_ms - HOUR
    return {"began_at": began, "ended_at": began + 60_000, "refused": 7, "cause": "No space left", "process": process}


def plant_beside() -> None:
    """Plant what is not in the journals' entries: an outage, a loss, and an entry that waits for its place."""
    Outage.objects.using(ALIAS).create(
        instance="security", process="web-1", began_ms=BEGINS_MS + 19 * DAY, ended_ms=BEGINS_MS + 19 * DAY + 5_000,
        cause="disk full", refused=3,
    )  # fmt: skip
    for at, instance in ((BEGINS, "audit"), (BEGINS, "health")):
        Loss.objects.create(
            at=at, kind="gap", instance=instance, stream=f"{instance}.x", first=1, last=5, count=5, reason="slow",
            principal_kind="token", principal_id=9, principal="siem",
        )  # fmt: skip
    waiting = draft(event_of(audit.user_action) | {"timestamp": BEGINS_MS})
    waiting.received_ms = BEGINS_MS + 20 * DAY
    append([[waiting]], find("audit"))


EXPECTED: Final = Counter(
    {
        ("type-not-seen", 1): 1,
        ("type-unregistered", 3): 1,
        ("login-burst", 12): 1,
        ("login-burst-succeeded", 15): 1,
        ("login-spray", 11): 1,
        ("login-flood", 1): 1,
        ("operation-failed", 2): 1,
        ("operation-by-nobody", 1): 1,
        ("access-violation", 2): 1,
        ("access-not-blocked", 1): 1,
        ("required-empty", 1): 1,
        # The user action that tells no outcome, and the command that nobody executed.
        ("expected-missing", 1): 2,
        ("control-not-met", 1): 1,
        ("control-partly-met", 1): 1,
        ("unsealed", 1): 1,
        # One told by the journal, one by the row that the hub keeps of it.
        ("unrecorded", 7): 1,
        ("unrecorded", 3): 1,
        ("losses", 1): 1,
    }
)
"""What is found: the kind and how many times, and how many findings of that there are."""


class TestAMonth:
    def test_has_all_that_is_planted_found_and_nothing_else(self, journal: str, soaking: bool) -> None:
        entries = FULL if soaking else FEW
        amiss = planted()
        plant(*amiss, entries=entries, tail=300, without={"consent_withdrawn"})
        plant_beside()
        before, began = _memory_kib(), time.monotonic()

        document = made()

        took, grew = time.monotonic() - began, _memory_kib() - before
        print(f"{journal}: {entries:,} entries in {took:.1f} s, {grew:,} KiB more memory at its highest")
        found = findings(document)
        assert Counter((each.kind, each.count) for each in found) == EXPECTED
        assert took < MOST_SECONDS * (4 if soaking else 1), "the soak may share its machine"
        assert grew < PAGE_MEMORY_MAX_KIB
        assert sum(each.entries for each in document.journals) == entries + len(amiss)
        assert figures(document, "coverage")["entries"] == entries + len(amiss)
        assert sum(int(str(row[-1])) for row in rows(document, "coverage", "types")) == entries + len(amiss)
        assert sum(document.findings.values()) == len(found)
        self._names_what_it_is_about(found)
        assert len(json_of(document)) < 500_000
        assert csv_of(document).count("\r\n") > 100

    def _names_what_it_is_about(self, found: list[Finding]) -> None:
        says = {(each.kind, each.count): each.says for each in found}
        for key, words in {
            ("type-not-seen", 1): "consent_withdrawn",
            ("type-unregistered", 3): "odd_thing",
            ("login-burst", 12): "mallory failed",
            ("login-burst-succeeded", 15): "victor failed",
            ("login-spray", 11): "under 11 names failed from 192.0.2.99",
            ("login-flood", 1): "192.0.2.50",
            ("operation-failed", 2): "erase by eve",
            ("access-violation", 2): "payroll",
            ("access-not-blocked", 1): "vault",
            ("required-empty", 1): "lacks data.action",
            ("control-not-met", 1): "7.1",
            ("control-partly-met", 1): "7.2",
            ("unrecorded", 7): "web-2",
            ("unrecorded", 3): "web-1",
            ("losses", 1): "token:siem did not get all of audit",
        }.items():
            assert words in says[key]
        told = [each for each in found if each.kind not in ("type-not-seen", "unsealed", "losses") and each.count != 3]
        assert all(each.entries for each in told)


def _memory_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
