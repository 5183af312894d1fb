import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from instances.models import DeprecatedUse, DomainType, DomainTypeVersion
from instances.schemas.registry import registered

TYPES = "/admin/instances/domaintype/"
VERSIONS = "/admin/instances/domaintypeversion/"
SCHEMA = {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}
NEXT = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
FORM = {
    "instance": "events",
    "name": "order_paid",
    "title": "Order paid",
    "purpose": "An order is paid.",
    "topic": "aggregate_events:{id}",
    "compatibility": "backward",
    "data_json": json.dumps(SCHEMA),
    "metadata_json": "",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin"))
    return client


def version(number: int) -> DomainTypeVersion:
    return DomainTypeVersion.objects.get(number=number)


def add_next(admin: Client, step: str) -> str:
    form = {
        "domain_type": DomainType.objects.get().pk,
        "data_json": json.dumps(NEXT),
        "metadata_json": "",
        "step_json": step,
    }
    return admin.post(f"{VERSIONS}add/", form, follow=True).content.decode()


class TestATypeInTheAdmin:
    def test_is_registered_with_its_first_version(self, admin: Client) -> None:
        answer = admin.post(f"{TYPES}add/", FORM)

        assert answer.status_code == 302, answer.content.decode()
        known = registered("events", "order_paid")
        assert known is not None
        assert known.versions[1].data_schema == SCHEMA
        assert version(1).created_by == "admin"
        assert LogEntry.objects.get().object_id == str(DomainType.objects.get().pk)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"data_json": "{"}, "The data schema can&#x27;t be registered: it is no JSON"),
            ({"data_json": '{"requird": []}'}, "probably &#x27;required&#x27; is meant"),
            ({"topic": "nonesuch:{id}"}, "begins with none of the families of events"),
            ({"name": "order paid"}, "must be 1 to 128 of A-Z a-z 0-9"),
            ({"data_json": "[" * 70_000 + "]" * 70_000}, "131072 characters"),
            ({"data_json": "[" * 5_000 + "]" * 5_000}, "The data schema can&#x27;t be registered"),
        ],
    )
    def test_is_refused_where_the_form_is(self, admin: Client, change: dict[str, str], message: str) -> None:
        answer = admin.post(f"{TYPES}add/", {**FORM, **change})

        assert answer.status_code == 200
        assert message in answer.content.decode()
        assert not DomainType.objects.exists()

    def test_is_told_of_a_name_that_is_taken(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)

        assert "already exists" in admin.post(f"{TYPES}add/", FORM).content.decode()

    def test_can_be_described_better(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)
        address = f"{TYPES}{DomainType.objects.get().pk}/change/"

        answer = admin.post(address, {**FORM, "title": "Order settled", "name": "other"})

        assert answer.status_code == 302, answer.content.decode()
        row = DomainType.objects.get()
        assert (row.title, row.name) == ("Order settled", "order_paid")
        assert "Version 1" in admin.get(address).content.decode()

    def test_needs_the_permission(self, client: Client) -> None:
        viewer = User.objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_domaintype"))
        client.force_login(viewer)

        assert client.post(f"{TYPES}add/", FORM).status_code == 403
        assert not DomainType.objects.exists()


class TestAVersionInTheAdmin:
    def test_is_registered_as_the_next_one(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)

        add_next(admin, '{"rename": {"sum": "total"}}')

        known = registered("events", "order_paid")
        assert known is not None
        assert known.read_up(1, {"sum": 3}) == (2, {"total": 3})

    def test_is_refused_with_what_breaks(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)

        page = add_next(admin, "")

        assert "`data.total` is required in one only" in page
        assert DomainTypeVersion.objects.count() == 1

    def test_is_changed_and_deprecated(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)
        more = {**SCHEMA, "properties": {**SCHEMA["properties"], "note": {"type": "string"}}}  # type: ignore[dict-item]
        form = {"data_json": json.dumps(more), "metadata_json": "", "step_json": "", "deprecated": "Gone soon."}

        answer = admin.post(f"{VERSIONS}{version(1).pk}/change/", form)

        assert answer.status_code == 302, answer.content.decode()
        assert version(1).deprecated == "Gone soon."
        assert "note" in version(1).data_schema

    def test_is_not_changed_into_another(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)
        form = {"data_json": json.dumps(NEXT), "metadata_json": "", "step_json": "", "deprecated": ""}

        page = admin.post(f"{VERSIONS}{version(1).pk}/change/", form).content.decode()

        assert "Register it as version 2" in page
        assert json.loads(version(1).data_schema) == SCHEMA

    def test_shows_its_schema_on_many_lines_and_who_uses_it_escaped(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)
        now = timezone.now()
        DeprecatedUse.objects.create(
            instance="events",
            event_type="order_paid",
            version=1,
            role="sender",
            name="<b>shop",
            events=1234,
            first_at=now,
            last_at=now,
        )

        page = admin.get(f"{VERSIONS}{version(1).pk}/change/").content.decode()

        assert "  &quot;properties&quot;: {\n" in page
        assert "&lt;b&gt;shop: sent 1,234" in page
        assert "shop" in admin.get("/admin/instances/deprecateduse/").content.decode()

    def test_can_not_be_deleted(self, admin: Client) -> None:
        admin.post(f"{TYPES}add/", FORM)

        assert admin.post(f"{VERSIONS}{version(1).pk}/delete/", {"post": "yes"}).status_code == 403
        assert admin.post(f"{TYPES}{DomainType.objects.get().pk}/delete/", {"post": "yes"}).status_code == 403
