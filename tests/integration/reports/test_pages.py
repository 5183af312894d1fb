"""The pages, the files and the API of reports: what they show, to whom, and what they say of bad input."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from gaterhub.reports import starting
from gaterhub.reports.models import ComplianceReport, note_progress
from gaterhub.reports.running import run
from instances.access.models import Grant, Token
from instances.journal.committers import stop_committers
from instances.journal.models import AuditEntry
from tests.accounts import account, role
from tests.seeded_month import plant

pytestmark = pytest.mark.django_db

FEBRUARY = {"month": "2026-02"}


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sequence[str]]]:
    """Note the commands that would be started."""
    started: list[Sequence[str]] = []

    def process(arguments: Sequence[str]) -> None:
        started.append(arguments)

    monkeypatch.setattr(starting, "start_process", process)
    yield started
    stop_committers()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def auditor() -> Client:
    return client_of(account("anna", "auditor"))


@pytest.fixture
def reader_without_persons() -> Client:
    user = account("rita")
    for instance in ("audit", "security"):
        Grant.objects.create(user=user, verb="query", instance=instance, pattern="*")
    return client_of(user)


def make(client: Client, **said: str) -> ComplianceReport:
    """Have a report made by the page, and make it."""
    answer = client.post("/reports/", FEBRUARY | said)
    assert answer.status_code == 302
    row = ComplianceReport.objects.get(pk=answer["Location"].strip("/").rpartition("/")[2])
    run(row)
    return ComplianceReport.objects.get(pk=row.pk)


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


class TestMaking:
    def test_begins_with_a_form_and_is_watched(self, auditor: Client, started: list[Sequence[str]]) -> None:
        assert "Make the report" in shown(auditor, "/reports/")

        answer = auditor.post("/reports/", FEBRUARY)

        row = ComplianceReport.objects.get()
        assert started == [["compliance_report", "--run", str(row.pk)]]
        assert (answer["Location"], row.made_by, row.clear) == (f"/reports/{row.pk}/", "anna", ["audit", "security"])
        note_progress(row.pk, pid=0, stage="Reading audit", done=30, whole=120, at=timezone.now())
        page = words(shown(auditor, answer["Location"]))
        assert "It is being made" in page
        assert "Reading audit 25 %" in page
        assert "being made, 25 %" in words(shown(auditor, "/reports/"))

    @pytest.mark.parametrize(
        ("said", "field", "says"),
        [
            ({"from": "soon", "to": "2026-02-03"}, "from", "no day such as"),
            ({"from": "2026-02-01", "to": ""}, "to", "Say when"),
            ({"month": "2099-01"}, "month", "The period is not over"),
            ({"month": "x" * 90}, "month", "such as 2026-10"),
        ],
    )
    def test_tells_a_bad_period_at_its_field(
        self, auditor: Client, said: dict[str, str], field: str, says: str
    ) -> None:
        page = auditor.post("/reports/", said).content.decode()

        assert re.search(rf'<input id="{field}"[^>]*aria-invalid="true" aria-describedby="{field}-error"', page)
        assert says in re.findall(rf'id="{field}-error">([^<]*)<', page)[0]
        assert page.count('class="error"') == 1
        assert f'value="{said.get("from", "")}"' in page, "what was typed is still there"
        assert not ComplianceReport.objects.exists()

    def test_is_refused_while_another_runs(self, auditor: Client, started: list[Sequence[str]]) -> None:
        auditor.post("/reports/", FEBRUARY)

        page = auditor.post("/reports/", FEBRUARY).content.decode()

        assert len(started) == 1
        assert "only one is at a time" in words(page)
        assert f"/reports/{ComplianceReport.objects.get().pk}/" in page

    def test_that_failed_says_why_and_is_made_again(self, auditor: Client) -> None:
        auditor.post("/reports/", FEBRUARY)
        ComplianceReport.objects.update(pid=2**22 + 1)
        row = ComplianceReport.objects.get()

        page = shown(auditor, f"/reports/{row.pk}/")

        assert "ended without a word" in words(page)
        again = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("report", "from", "to")}
        answer = auditor.post("/reports/", {name: unescape(value) for name, value in again.items()})
        assert answer.status_code == 302
        assert [str(each.period) for each in ComplianceReport.objects.all()] == ["February 2026", "February 2026"]


class TestShowing:
    def test_has_equal_figures_in_all_three_forms(self, auditor: Client) -> None:
        plant(entries=300)
        row = make(auditor)

        page = shown(auditor, f"/reports/{row.pk}/")
        of_json = auditor.get(f"/reports/{row.pk}.json")
        of_csv = auditor.get(f"/reports/{row.pk}.csv")

        assert hashlib.sha256(of_json.content).hexdigest() == row.sha256
        assert row.sha256 in page
        said = json.loads(of_json.content)
        assert said["schema_version"] == 1
        lines = list(csv.reader(io.StringIO(of_csv.content.decode("utf-8-sig"), newline="")))
        for section in said["sections"]:
            for figure in section["figures"]:
                assert [section["name"], "figures", figure["title"], str(figure["value"]), figure["unit"]] in lines
                shown_as = f"{figure['value']:,}" if isinstance(figure["value"], int) else "100"
                assert re.search(
                    rf'data-figure="{figure["name"]}"><dt>[^<]*</dt><dd>{shown_as}( %)?</dd>', page
                ), figure  # fmt: skip
        assert said["findings"] == row.findings
        assert "attachment" in of_csv["Content-Disposition"]
        assert "gaterhub-evidence-2026-02-01-to-2026-03-01.csv" in of_csv["Content-Disposition"]

    def test_tells_that_it_is_read(self, auditor: Client) -> None:
        row = make(auditor)
        before = AuditEntry.objects.filter(event_type="evidence_read").count()

        for path in (f"/reports/{row.pk}/", f"/reports/{row.pk}.csv", f"/reports/{row.pk}.json"):
            assert auditor.get(path).status_code == 200

        reads = AuditEntry.objects.filter(event_type="evidence_read")
        assert reads.count() == before + 3
        assert set(reads.values_list("resource", flat=True)) == {f"report/{row.pk}"}

    def test_warns_where_it_is_not_as_it_was_made(self, auditor: Client) -> None:
        row = make(auditor)
        ComplianceReport.objects.update(document=row.document.replace("gaps", "gups"))

        assert "is not as it was made" in shown(auditor, f"/reports/{row.pk}/")

    def test_lists_them_with_their_findings(self, auditor: Client) -> None:
        row = make(auditor)

        page = words(shown(auditor, "/reports/"))

        assert "Evidence review, February 2026" in page
        assert f"{row.findings['low']} low" in page


class TestWho:
    @pytest.mark.parametrize("roles", [(), ("viewer",), ("operator",), ("incident responder",), ("administrator",)])
    def test_without_all_of_evidence_gets_nothing(self, auditor: Client, roles: tuple[str, ...]) -> None:
        row = make(auditor)
        other = client_of(account("otto", *roles, is_staff=True))

        for path in ("/reports/", f"/reports/{row.pk}/", f"/reports/{row.pk}.csv", f"/reports/{row.pk}.json"):
            assert other.get(path).status_code == 403
        assert other.post("/reports/", FEBRUARY).status_code == 403
        assert other.get(f"/api/v1/reports/{row.pk}/").status_code == 404
        assert other.get("/api/v1/reports/").json()["code"] == "forbidden"
        assert "/reports/" not in other.get("/").content.decode()

    @pytest.mark.parametrize("name", ["auditor", "compliance officer", "SOC analyst"])
    def test_with_all_of_it_has_the_link(self, name: str) -> None:
        assert 'href="/reports/"' in shown(client_of(account("otto", name)), "/")

    def test_reads_no_persons_has_them_numbered_and_not_others_reports(
        self, auditor: Client, reader_without_persons: Client
    ) -> None:
        plant(entries=300)
        of_auditor = make(auditor)
        own = make(reader_without_persons)

        assert "person-" in of_auditor.document
        assert "person-" not in own.document
        assert "[redacted] 1" in own.document
        assert reader_without_persons.get(f"/reports/{of_auditor.pk}/").status_code == 404
        assert str(of_auditor.pk) not in shown(reader_without_persons, "/reports/")
        assert "persons redacted and numbered" in shown(reader_without_persons, f"/reports/{own.pk}/")
        assert auditor.get(f"/reports/{own.pk}/").status_code == 200

    def test_may_not_query_alerts_reads_no_report_of_them(self, auditor: Client) -> None:
        watcher = account("olaf", "auditor")
        Grant.objects.create(user=watcher, verb="query", instance="alerts", pattern="*")

        row = make(client_of(watcher))

        assert set(row.instances) == {"security", "audit", "alerts"}
        assert set(row.clear) == {"security", "audit"}
        assert client_of(watcher).get(f"/reports/{row.pk}/").status_code == 200
        assert auditor.get(f"/reports/{row.pk}/").status_code == 404


class TestTheApi:
    @pytest.fixture
    def service(self) -> Client:
        secret = Token.objects.issue(name="audits", roles=[role("auditor")]).secret
        return Client(headers={"Authorization": f"Bearer {secret}"})

    def post(self, client: Client, **said: Any) -> Any:
        return client.post("/api/v1/reports/", json.dumps(said), content_type="application/json")

    def test_makes_one_tells_how_far_it_is_and_what_it_says(self, service: Client) -> None:
        answer = self.post(service, **{"from": "2026-02-01", "to": "2026-02-28"})

        row = answer.json()
        assert (answer.status_code, row["state"], row["by"], row["percent"]) == (202, "running", "token:audits", 0)
        one = f"/api/v1/reports/{row['id']}/"
        assert service.get(one).json()["document"] is None
        run(ComplianceReport.objects.get())
        detail = service.get(one).json()
        assert (detail["report"]["state"], detail["report"]["percent"]) == ("finished", 100)
        assert detail["document"]["id"] == row["id"]
        assert detail["document"]["sections"][0]["name"] == "coverage"

    @pytest.mark.parametrize(
        ("said", "says"),
        [
            ({"month": "2026-1"}, "`month`: A month is"),
            ({"from": "2026-02-01"}, "`to`: Say when"),
            ({"month": "2026-02", "report": "nothing"}, "`report`: there is evidence"),
            ({"month": 2}, "The body can't be read"),
            ({"moth": "2026-02"}, "The body can't be read"),
        ],
    )
    def test_tells_what_is_wrong_and_what_would_be_right(
        self, service: Client, said: dict[str, Any], says: str
    ) -> None:
        answer = self.post(service, **said)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
        assert says in answer.json()["detail"]

    def test_conflicts_while_one_is_made(self, service: Client) -> None:
        self.post(service, **FEBRUARY)

        answer = self.post(service, **FEBRUARY)

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")

    def test_pages_through_them_the_newest_first(self, service: Client) -> None:
        for _ in range(3):
            self.post(service, **FEBRUARY)
            run(ComplianceReport.objects.get(state="running"))

        first = service.get("/api/v1/reports/", {"limit": 2}).json()
        second = service.get("/api/v1/reports/", {"limit": 2, "after": first["next"]}).json()

        ids = [row["id"] for row in (*first["results"], *second["results"])]
        assert ids == [str(each.pk) for each in ComplianceReport.objects.order_by("-asked_at")]
        assert second["next"] is None
        assert service.get("/api/v1/reports/", {"after": "nonsense"}).status_code == 400
        assert service.get("/api/v1/reports/nonsense/").status_code == 404
