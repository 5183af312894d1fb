"""The page of an instance's event types as the server makes it; tests/functional/browser/test_types.py drives it."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client

from instances import config
from instances.catalog import INSTANCES, NAMES
from instances.models import DeprecatedUse
from instances.schemas.json_schema import schema_of
from instances.schemas.registered import RegisteredType, version_of
from instances.schemas.registry import CATALOG, replace_operators_types, types_of
from instances.schemas.sample import sample_event
from instances.schemas.words import Compatibility, EventType, Field, Kind
from instances.spec import EVIDENCE
from tests.accounts import READS_AND_PUBLISHES, account
from tests.unit.gaterhub.pages.test_views import FOREIGN, POLICY_BREAKERS, text_of

LAST_AT = datetime(2026, 11, 2, 3, 4, tzinfo=UTC)
TAG = re.compile(r"</?code>")
ROWS = [row for types in CATALOG for row in types]


@pytest.fixture
def analyst(client: Client, db: None) -> Client:
    """Give a client on which somebody without any further right is logged in."""
    client.force_login(account("analyst", *READS_AND_PUBLISHES))
    return client


@pytest.fixture
def operators_type() -> Iterator[RegisteredType]:
    """Give a type that operators registered, among the instance's others."""
    said = RegisteredType(
        instance="events",
        name="parcel.lost",
        title="Parcel lost",
        purpose="Nobody knows <b>where</b> the parcel is.",
        topic="domain_events:parcels:{parcel_id}",
        parameters=("parcel_id",),
        source="operator",
        compatibility=Compatibility.BACKWARD,
        rank=6,
        versions={1: version_of(1, schema_of((Field("parcel_id", Kind.TEXT, "Which parcel.", required=True),)))},
    )
    replace_operators_types([said])
    yield said
    replace_operators_types([])


def page_of(client: Client, instance: str, query: str = "") -> str:
    answer = client.get(f"/instances/{instance}/types/{query}")
    assert answer.status_code == 200
    return text_of(answer)


def section_of(page: str, name: str) -> str:
    """Cut out what the page says of one type."""
    start = page.index(f'<details class="type" data-type="{name}"')
    end = page.find('<details class="type"', start + 1)
    return html.unescape(page[start:end])


class TestTypes:
    @pytest.mark.parametrize("name", NAMES)
    def test_has_every_type_of_the_instance_with_an_anchor_and_an_entry_in_the_index(
        self, analyst: Client, name: str
    ) -> None:
        page = page_of(analyst, name)

        names = [each.name for each in types_of(name)]
        assert names != []
        assert re.findall(r'<details class="type" data-type="([^"]+)"', page) == names
        assert re.findall(r'<li><a href="#([^"]+)">', page) == names
        assert re.findall(r'<div class="body" id="([^"]+)"', page) == names

    @pytest.mark.parametrize("name", NAMES)
    def test_tells_of_each_its_purpose_topic_fields_example_and_how_to_publish_it(
        self, analyst: Client, name: str
    ) -> None:
        page = page_of(analyst, name)

        for row in [row for row in ROWS if row.instance == name]:
            section = section_of(page, row.name)
            assert row.title in section
            told = TAG.sub("", section)
            assert row.purpose.replace("`", "") in told
            assert f"<code>{row.topic}</code>" in section
            for field in (*row.data, *row.metadata):
                assert f"<dt><code>{field.name}</code>" in section
                assert field.help.replace("`", "") in told
                assert field.unit is None or f", {field.unit}" in section
                assert all(f"<code>{choice}</code>" in section for choice in field.choices)
            assert f'"event_type": "{row.name}"' in section
            assert f"/api/v1/instances/{name}/events/" in section
            assert f"python manage.py publish {name} " in section
            assert f"event = {name}.{row.name}(" in section

    @pytest.mark.parametrize("row", [row for row in ROWS if row.earlier], ids=lambda row: row.name)
    def test_tells_of_each_earlier_version_its_fields_and_how_it_is_read_up(
        self, analyst: Client, row: EventType
    ) -> None:
        section = section_of(page_of(analyst, row.instance), row.name)

        for number, version in enumerate(row.earlier, 1):
            told = section[section.index(f"<summary>Version {number}") :]
            assert f"Read as version {number + 1}" in told
            deprecated = (version.deprecated or "").replace("`", "")
            assert version.deprecated is None or f"Deprecated: {deprecated}" in TAG.sub("", told)
            for field in version.data:
                assert f"<dt><code>{field.name}</code>" in told
            for path, new in version.step.rename.items():
                assert f"<code>{path}</code> becomes <code>{new}</code>" in told

    def test_names_who_still_uses_a_deprecated_version_to_those_who_manage_the_instance(
        self, analyst: Client, client: Client
    ) -> None:
        used = {
            "instance": "metrics",
            "event_type": "latency_measured",
            "version": 1,
            "first_at": LAST_AT,
            "last_at": LAST_AT,
        }
        DeprecatedUse.objects.create(**used, role="sender", name="<shop>", events=1_200)
        DeprecatedUse.objects.create(**used, role="subscriber", name="olga", pattern="performance_metrics:*")

        assert "1,200 events" not in page_of(analyst, "metrics")

        client.force_login(account("operator", "operator"))
        page = page_of(client, "metrics")
        assert "<shop>" not in page
        told = TAG.sub("", section_of(page, "latency_measured"))
        assert "<shop> sends it: 1,200 events, the last 2026-11-02 03:04 UTC." in told
        assert "olga follows it with performance_metrics:*, last seen 2026-11-02 03:04 UTC." in told

    def test_has_at_least_one_type_with_an_earlier_version(self) -> None:
        """Else the test above would look at nothing."""
        assert [row.name for row in ROWS if row.earlier] != []

    def test_marks_what_is_required_and_what_is_personal(self, analyst: Client) -> None:
        [row] = [row for row in ROWS if (row.instance, row.name) == ("security", "authentication_failure")]
        marked = [field.name for field in row.data if field.required]
        section = section_of(page_of(analyst, "security"), row.name)

        assert marked != []
        for name in marked:
            assert re.search(rf'<code>{name}</code> <span class="mark">required</span>', section) is not None
        personal = [field.name for field in (*row.data, *row.metadata) if field.personal]
        assert personal != []
        for name in personal:
            assert re.search(rf'<dt><code>{name}</code>[^\n]*<span class="mark personal"', section) is not None

    def test_escapes_what_operators_wrote_and_tells_whose_type_it_is(
        self, analyst: Client, operators_type: RegisteredType
    ) -> None:
        page = page_of(analyst, "events")

        assert "<b>where</b>" not in page
        section = section_of(page, operators_type.name)
        assert "Operators of this hub registered this type." in section
        assert "/admin/" not in section
        assert 'publish(\n    "events",' in section

    def test_leads_staff_to_the_admin_for_who_may_publish(
        self, analyst: Client, operators_type: RegisteredType
    ) -> None:
        User.objects.update(is_staff=True)

        assert 'href="/admin/instances/domaintype/"' in section_of(page_of(analyst, "events"), operators_type.name)

    def test_is_nothing_for_the_anonymous(self, client: Client) -> None:
        answer = client.get("/instances/health/types/")

        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/instances/health/types/")

    def test_takes_no_post(self, analyst: Client) -> None:
        assert analyst.post("/instances/health/types/").status_code == 405

    def test_has_one_address_to_which_its_aliases_lead(self, analyst: Client) -> None:
        answer = analyst.get("/instances/:ex_esdb_health/types/?q=open")

        assert (answer.status_code, answer["Location"]) == (301, "/instances/health/types/?q=open")

    def test_of_an_unknown_instance_is_a_404_that_names_the_ten(self, analyst: Client) -> None:
        answer = analyst.get("/instances/helth/types/")

        assert answer.status_code == 404
        assert re.findall(r'<dt><a href="/instances/(\w+)/">', text_of(answer)) == list(NAMES)

    @pytest.mark.parametrize("name", NAMES)
    def test_keeps_to_the_policy_and_to_this_host(self, analyst: Client, name: str) -> None:
        page = page_of(analyst, name)

        assert POLICY_BREAKERS.search(page) is None
        assert FOREIGN.search(page) is None

    @pytest.mark.parametrize("name", NAMES)
    def test_uses_no_id_twice(self, analyst: Client, name: str) -> None:
        ids = re.findall(r'\sid="([^"]+)"', page_of(analyst, name))

        assert sorted(ids) == sorted(set(ids))


class TestSearch:
    def test_shows_the_types_with_all_of_its_words_without_any_script(self, analyst: Client) -> None:
        page = page_of(analyst, "health", "?q=Registration+SUCCEEDED")

        assert re.findall(r'<details class="type" data-type="([^"]+)"', page) == ["registration_success"]
        assert 'value="Registration SUCCEEDED"' in page

    def test_looks_through_the_names_of_fields(self, analyst: Client) -> None:
        page = page_of(analyst, "metrics", "?q=duration_ms")

        assert "latency_measured" in re.findall(r'<details class="type" data-type="([^"]+)"', page)

    def test_without_a_hit_says_so_and_leads_back(self, analyst: Client) -> None:
        page = page_of(analyst, "health", "?q=%3Cscript%3Enothing")

        assert '<details class="type"' not in page
        assert '<div class="none" id="types~none">' in page
        assert "<script>nothing" not in page


class TestPublishing:
    @pytest.mark.parametrize("spec", INSTANCES, ids=lambda spec: spec.name)
    def test_is_warned_of_where_what_is_published_stays(self, analyst: Client, spec: object) -> None:
        page = page_of(analyst, spec.name)  # type: ignore[attr-defined]  # A row of the catalog.

        assert ('data-kept="yes"' in page) is (spec.delivery is EVIDENCE)  # type: ignore[attr-defined]  # As above.
        assert ("nobody can take it back" in page) is (spec.delivery is EVIDENCE)  # type: ignore[attr-defined]  # As above.

    def test_is_not_offered_where_the_instance_is_disabled(
        self, analyst: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert 'class="open-form"' in page_of(analyst, "health")

        config_of = config.effective("health")
        monkeypatch.setattr(config, "effective", lambda name: type(config_of)(enabled=False, strict=False))
        page = page_of(analyst, "health")

        assert "An operator has disabled health" in page
        assert 'class="open-form"' not in page
        assert '<form class="test"' not in page


class TestExample:
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.instance}.{row.name}")
    def test_fits_its_own_type(self, row: EventType) -> None:
        [known] = [each for each in types_of(row.instance) if each.name == row.name]

        for number in known.versions:
            example = sample_event(known, number)
            known.check(number, example.data, example.metadata)
