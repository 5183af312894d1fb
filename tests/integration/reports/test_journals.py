"""What a report says of journals that are not as they should be, of who may not be named, and of gaps."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gaterhub.reports import entries as entries_module
from gaterhub.reports.period import Period
from instances.journal import keys
from instances.journal.models import Checkpoint, Outage, SubjectKey
from instances.journal.router import ALIAS
from instances.schemas import audit, security
from tests.integration.journal.tampering import edit_body, set_value
from tests.integration.reports.making import MONTH, SOON_AFTER, figures, findings, made, rows
from tests.seeded_month import BEGINS, BEGINS_MS, ENDS, LENGTH_MS, event_of, keep, plant

pytestmark = pytest.mark.django_db

COUNT = 400


def kinds(*names: str, **said: Any) -> dict[str, int]:
    return {each.kind: each.count for each in findings(made(**said), *names)}


class TestIntegrity:
    def test_states_size_root_checkpoint_and_who_keeps_it(self, journal: str) -> None:
        plant(entries=COUNT, tail=30)

        document = made()

        assert findings(document, "integrity") == []
        assert figures(document, "integrity") == {"entries": COUNT, "verified": 2, "sealed": 2, "unsealed": 0}
        for row in rows(document, "integrity", "journals"):
            instance, verdict, entries, first, last, begin, size, root, log, over, signed, anchors, witnesses = row
            last_checkpoint = Checkpoint.objects.using(ALIAS).filter(instance=instance).get()
            assert (verdict, entries, first, last) == ("as it was sealed", COUNT // 2, 0, COUNT // 2 - 1)
            assert (begin, size, root) == (0, COUNT // 2 + 30, bytes(last_checkpoint.root).hex())
            assert (log, over, signed) == (keys.log_origin(str(instance)), COUNT // 2 + 30, "2026-03-01T00:00:00Z")
            assert (anchors, witnesses) == (1, 0)

    def test_finds_an_entry_that_was_changed_later(self) -> None:
        plant(entries=COUNT)
        edit_body(7)

        document = made()

        found = {each.kind: each for each in findings(document, "integrity")}
        assert found["verification-leaf-hash"].severity == "high"
        assert [place.index for place in found["verification-leaf-hash"].entries] == [7]
        assert "at 7:" in found["verification-leaf-hash"].says
        assert figures(document, "integrity")["verified"] == 1
        assert [row[1] for row in rows(document, "integrity", "journals")] == [
            "as it was sealed",
            "NOT as it was sealed",
        ]

    def test_weighs_what_is_purged_less(self) -> None:
        plant(entries=COUNT)
        set_value(7, "body", b"")

        (found,) = findings(made(), "integrity")

        assert (found.kind, found.severity) == ("verification-purged", "low")

    def test_verifies_from_the_periods_first_tile(self, journal: str) -> None:
        plant(entries=4_400)
        late = Period(BEGINS + timedelta(days=27), ENDS)

        document = made(period=late)

        (_, verdict, entries, first, _, begin, size, *_), _ = rows(document, "integrity", "journals")
        assert (verdict, size) == ("as it was sealed", 2_200)
        assert (entries, first, begin) == (2_200 - 2_122, 2_122, 2_048)

    @pytest.mark.parametrize(("signed", "kind"), [(True, "not-anchored"), (False, "no-checkpoint")])
    def test_finds_what_nobody_signed_or_keeps(self, settings: Any, signed: bool, kind: str) -> None:
        settings.GATERHUB_JOURNAL_ANCHORS = []
        plant(entries=COUNT, signed=signed)

        assert [each.kind for each in findings(made(), "integrity")] == [kind, kind], "one for each journal"

    def test_says_why_it_can_not_verify(self, anchor: Path) -> None:
        plant(entries=COUNT)
        for each in sorted(anchor.rglob("*"), reverse=True):
            each.unlink() if each.is_file() else each.rmdir()
        anchor.rmdir()

        found = findings(made(), "integrity")

        assert [each.kind for each in found] == ["not-verified", "not-verified"]
        assert "No such file" in found[0].says

    def test_of_a_period_in_which_nothing_came_finds_nothing_amiss(self) -> None:
        plant(entries=COUNT)

        document = made(period=Period(ENDS, ENDS + timedelta(days=1)), now=ENDS + timedelta(days=2))

        assert findings(document, "integrity") == []
        assert figures(document, "coverage")["entries"] == 0


class TestThePeriod:
    def test_is_that_in_which_the_hub_took_an_entry(self, journal: str) -> None:
        first, last = event_of(audit.user_action), event_of(audit.user_action)
        # What a publisher says of the time doesn't count.
        early = {**event_of(audit.user_action), "timestamp": BEGINS_MS + 5}
        keep("audit", [(BEGINS_MS - 1, early), (BEGINS_MS, first), (BEGINS_MS + LENGTH_MS - 1, last)])
        keep("audit", [(BEGINS_MS + LENGTH_MS, early)])

        assert figures(made(), "coverage")["entries"] == 2

    def test_is_read_whole_whatever_the_length_of_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plant(entries=COUNT)
        whole = made()

        monkeypatch.setattr(entries_module, "PAGE_ENTRIES", 7)

        assert made() == whole


class TestPersons:
    @pytest.fixture
    def failed(self) -> None:
        failure = event_of(
            security.authentication_failure, user_id="mallory", actor="user:mallory", ip_address="192.0.2.9"
        )
        keep("security", [(BEGINS_MS + at, failure) for at in range(12)])

    def test_are_named_where_the_maker_may_read_them(self, failed: None) -> None:
        document = made()

        assert rows(document, "failed_logins", "users") == [("mallory", 12)]
        assert rows(document, "failed_logins", "origins") == [("192.0.2.9", 12)]
        assert all(each.personal for each in document.journals)

    def test_are_numbers_where_not_and_the_same_is_found(self, failed: None) -> None:
        document = made(clear=("audit",))

        assert "mallory" not in str(document)
        assert "192.0.2.9" not in str(document)
        assert rows(document, "failed_logins", "users")[0][1] == 12
        assert kinds("failed_logins", clear=("audit",)) == {"login-burst": 12}
        assert [each.personal for each in document.journals] == [False, True]

    def test_that_were_erased_stay_so(self, failed: None) -> None:
        SubjectKey.objects.using(ALIAS).update(wrapped="")

        assert "mallory" not in str(made())
        assert rows(made(), "failed_logins", "users") == [("[erased]", 12)]


class TestGaps:
    def test_tells_from_when_on_losses_are_known(self) -> None:
        assert kinds("gaps") == {}
        assert kinds("gaps", now=SOON_AFTER + timedelta(days=3)) == {"losses-unknown": 1}
        assert MONTH.begins + timedelta(days=30) > SOON_AFTER

    def test_tells_an_outage_once_that_the_journal_and_a_row_tell(self) -> None:
        said = {"process": "web-1", "began_at": BEGINS_MS + 1_000, "refused": 3, "cause": "disk full"}
        told = event_of(security.recording_gap, **said, ended_at=BEGINS_MS + 2_000)
        keep("security", [(BEGINS_MS + 3_000, told)])
        for instance, process in (("security", "web-1"), ("alerts", "web-2")):
            Outage.objects.using(ALIAS).create(
                instance=instance, process=process, began_ms=BEGINS_MS + 1_000, ended_ms=BEGINS_MS + 2_000,
                cause="disk full", refused=3,
            )  # fmt: skip

        document = made()

        (found,) = findings(document, "gaps")
        assert (found.kind, found.count, len(found.entries)) == ("unrecorded", 3, 1)
        assert figures(document, "gaps")["refused"] == 3
        assert rows(document, "gaps", "outages")[0][:3] == ("security", "web-1", "2026-02-01T00:00:01Z")

    def test_tells_an_outage_that_reaches_into_the_period_and_one_that_lasts(self) -> None:
        for began, ended in ((-5_000, 1_000), (LENGTH_MS - 1, None), (-9_000, -1), (LENGTH_MS, None)):
            Outage.objects.using(ALIAS).create(
                instance="audit", process=f"web{began}", began_ms=BEGINS_MS + began, refused=1, cause="disk full",
                ended_ms=None if ended is None else BEGINS_MS + ended,
            )  # fmt: skip

        told = [row[1] for row in rows(made(), "gaps", "outages")]

        assert told == ["web-5000", f"web{LENGTH_MS - 1}"]
