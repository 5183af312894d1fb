from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from gaterhub.api.type_rows import TypeList
from instances.access.models import Grant, Token
from instances.catalog import NAMES
from instances.models import DomainType
from instances.publishing.pipeline import check
from instances.schemas import usage
from instances.schemas.registry import registered, types_of

URL = "/api/v1/instances/events/types/"
PAID = f"{URL}order_paid/"
SCHEMA = {
    "type": "object",
    "properties": {
        "sum": {"type": "number", "description": "What is paid.", "x-unit": "EUR", "minimum": 0},
        "state": {"enum": ["full", "part"]},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}},
    },
    "required": ["sum"],
}
NEXT = {"type": "object", "properties": {"total": {"type": "number", "x-unit": "EUR"}}, "required": ["total"]}
NEW = {
    "event_type": "order_paid",
    "title": "Order paid",
    "purpose": "An order is paid.",
    "topic": "aggregate_events:{aggregate_id}",
    "data_schema": SCHEMA,
}
SECOND = {"event_type": "order_paid", "version": 2, "data_schema": NEXT, "step": {"rename": {"sum": "total"}}}


@pytest.fixture
def paid(publisher: APIClient) -> dict[str, Any]:
    answer = publisher.post(URL, NEW)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


class TestTheListOfTypes:
    @pytest.mark.parametrize("instance", NAMES)
    def test_has_the_catalog_s_types_in_the_declared_shape(self, publisher: APIClient, instance: str) -> None:
        answer = publisher.get(f"/api/v1/instances/{instance}/types/")

        assert answer.status_code == 200, answer.content
        listed = msgspec.json.decode(answer.content, type=TypeList)
        assert [row.event_type for row in listed.results] == [known.name for known in types_of(instance)]
        assert {row.source for row in listed.results} <= {"catalog"}

    @pytest.mark.parametrize("instance", NAMES)
    def test_has_examples_that_fit_their_versions(self, publisher: APIClient, instance: str) -> None:
        for row in publisher.get(f"/api/v1/instances/{instance}/types/").json()["results"]:
            known = registered(instance, row["event_type"])
            assert known is not None
            for version in row["versions"]:
                example = version["example"]
                known.check(example["schema_version"], example["data"], example["metadata"])

    def test_says_everything_of_a_catalog_s_type(self, publisher: APIClient) -> None:
        row = publisher.get("/api/v1/instances/health/types/registration_success/").json()

        assert (row["topic"], row["current"]) == ("subscription_health:{store_id}:{subscription_name}", 1)
        assert row["parameters"] == ["store_id", "subscription_name"]
        [version] = row["versions"]
        assert version["example"]["topic"].startswith("subscription_health:")
        assert (version["deprecated"], version["step"], version["usage"]) == (None, None, None)
        assert version["data"][0]["path"] == "store_id"

    def test_is_for_nobody_without_credentials(self, stranger: APIClient) -> None:
        assert stranger.get(URL).status_code == 401

    def test_knows_neither_other_instances_nor_other_types(self, publisher: APIClient) -> None:
        assert publisher.get("/api/v1/instances/nonesuch/types/").json()["code"] == "unknown_instance"
        assert publisher.get(f"{URL}nonesuch/").json()["code"] == "not_found"


class TestRegistering:
    def test_makes_a_type_that_is_listed_with_its_fields(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        [row] = [row for row in publisher.get(URL).json()["results"] if row["source"] == "operator"]

        assert row == paid
        fields = {field["path"]: field for field in row["versions"][0]["data"]}
        assert list(fields) == ["sum", "state", "lines", "lines[].sku"]
        assert (fields["sum"]["unit"], fields["sum"]["required"], fields["sum"]["least"]) == ("EUR", True, 0)
        assert (fields["state"]["type"], fields["state"]["choices"]) == ("enum", ["full", "part"])
        assert row["versions"][0]["data_schema"] == SCHEMA
        assert row["versions"][0]["example"]["data"] == {"sum": 0, "state": "full", "lines": [{"sku": "text"}]}
        assert DomainType.objects.get().created_by == "gater-1"

    def test_has_its_events_checked_from_then_on(
        self, publisher: APIClient, paid: dict[str, Any], running_instances: object
    ) -> None:
        event = {"topic": "aggregate_events:o1", "event_type": "order_paid", "data": {"sum": "3"}}

        answer = publisher.post("/api/v1/instances/events/events/", event)

        assert answer.status_code == 400
        assert answer.json()["code"] == "bad_schema"
        assert '`data.sum` is "3"; it must be number' in answer.json()["detail"]

    def test_makes_a_version_by_which_old_data_is_read(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        answer = publisher.post(URL, SECOND)

        assert answer.status_code == 201, answer.content
        assert (answer.json()["current"], answer.json()["versions"][0]["step"]["rename"]) == (2, {"sum": "total"})
        read = publisher.post(f"{PAID}read-up/", {"schema_version": 1, "data": {"sum": 3, "own": [1]}})
        assert read.json() == {"schema_version": 2, "data": {"total": 3, "own": [1]}}

    @pytest.mark.parametrize(
        ("change", "status", "code", "message"),
        [
            ({"step": {}}, 409, "conflict", "`data.total` is required in one only"),
            ({"step": None}, 400, "bad_request", "needs a `step`"),
            ({"step": {"renam": {}}}, 400, "bad_request", "renam"),
            ({"version": 3}, 409, "conflict", "the next one is version 2"),
            ({"version": 0}, 400, "bad_request", "version"),
            ({"event_type": "nonesuch"}, 404, "not_found", "No operator registered"),
            ({"data_schema": {"type": "strin"}}, 400, "bad_schema", "strin"),
            ({"colour": "red"}, 400, "bad_request", "colour"),
        ],
    )
    def test_refuses_with_a_problem_that_says_why(
        self, publisher: APIClient, paid: dict[str, Any], change: dict[str, Any], status: int, code: str, message: str
    ) -> None:
        answer = publisher.post(URL, {**SECOND, **change})

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"
        assert message in answer.json()["detail"]

    def test_reads_no_body_that_is_too_long_or_too_deep(self, publisher: APIClient) -> None:
        long = publisher.generic("POST", URL, " " * 300_000, "application/json")
        deep = publisher.generic("POST", URL, "[" * 100_000, "application/json")

        assert (long.status_code, deep.status_code) == (413, 400)

    def test_is_not_for_other_instances(self, publisher: APIClient) -> None:
        answer = publisher.post("/api/v1/instances/health/types/", NEW)

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


class TestWhoMayRegister:
    def test_is_neither_a_user_nor_a_token_of_one_without_the_permission(self, db: None) -> None:
        user = User.objects.create_user("clerk")
        by_cookie, by_token = APIClient(), APIClient()
        by_cookie.force_login(user)
        by_token.credentials(HTTP_AUTHORIZATION=f"Bearer {Token.objects.issue(name='t', user=user).secret}")

        for client in (by_cookie, by_token):
            for method, url in (
                ("post", URL),
                ("patch", PAID),
                ("delete", PAID),
                ("patch", f"{PAID}versions/1/"),
                ("put", f"{PAID}versions/1/"),
            ):
                answer = getattr(client, method)(url, NEW)
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), (method, url)
        assert not DomainType.objects.exists()

    def test_is_a_user_and_a_token_of_one_with_it_where_managing_is_granted(self, db: None) -> None:
        user = User.objects.create_user("keeper")
        user.user_permissions.add(Permission.objects.get(codename="add_domaintype"))
        Grant.objects.create(user=user, verb="manage", instance="events", pattern="*")
        by_cookie, by_token = APIClient(), APIClient()
        by_cookie.force_login(user)
        by_token.credentials(HTTP_AUTHORIZATION=f"Bearer {Token.objects.issue(name='t', user=user).secret}")

        assert by_cookie.post(URL, NEW).status_code == 201
        assert by_token.post(URL, {**NEW, "event_type": "order_lost"}).status_code == 201

    def test_sends_the_csrf_token_with_a_cookie(self, operator: User) -> None:
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(operator)

        assert client.post(URL, NEW).status_code == 403


class TestChanging:
    def test_adds_to_a_version_and_deprecates_it(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        more = {**SCHEMA, "properties": {**SCHEMA["properties"], "note": {"type": "string"}}}  # type: ignore[dict-item]

        answer = publisher.patch(f"{PAID}versions/1/", {"data_schema": more, "deprecated": "Send order_settled."})

        [version] = answer.json()["versions"]
        assert (version["data_schema"], version["deprecated"]) == (more, "Send order_settled.")
        assert publisher.put(f"{PAID}versions/1/", {"deprecated": None}).json()["versions"][0]["deprecated"] is None

    def test_does_all_or_nothing(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        answer = publisher.patch(f"{PAID}versions/1/", {"data_schema": NEXT, "deprecated": "Gone soon."})

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "Register it as version 2" in answer.json()["detail"]
        assert publisher.get(PAID).json() == paid

    def test_describes_the_type_better(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        answer = publisher.patch(PAID, {"title": "Order settled"})

        assert answer.json() == {**paid, "title": "Order settled"}

    def test_leaves_the_catalog_s_types_alone(self, publisher: APIClient) -> None:
        name = types_of("events")[0].name

        answer = publisher.patch(f"{URL}{name}/", {"title": "Mine"})

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_deletes_nothing_that_may_be_in_use(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        answer = publisher.delete(PAID)

        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


class TestUsage:
    def test_of_a_deprecated_version_names_who_sends_and_who_follows(
        self, publisher: APIClient, paid: dict[str, Any]
    ) -> None:
        publisher.patch(f"{PAID}versions/1/", {"deprecated": "Send order_settled."})
        event = b'{"topic":"aggregate_events:o1","event_type":"order_paid","data":{"sum":1}}'
        check("events", event, publisher="shop")
        usage.note_subscribed("events", "billing", "aggregate_events:*")
        usage.flush()

        [version] = publisher.get(PAID).json()["versions"]

        [sender], [subscriber] = version["usage"]["senders"], version["usage"]["subscribers"]
        assert (sender["publisher"], sender["events"]) == ("shop", 1)
        assert (subscriber["name"], subscriber["pattern"]) == ("billing", "aggregate_events:*")
        assert sender["last_at_ms"] > 1_600_000_000_000


class TestReadingUp:
    def test_says_what_does_not_fit(self, publisher: APIClient, paid: dict[str, Any]) -> None:
        misfit = publisher.post(f"{PAID}read-up/", {"schema_version": 1, "data": {}})
        unknown = publisher.post(f"{PAID}read-up/", {"schema_version": 9, "data": {}})

        assert (misfit.status_code, misfit.json()["code"]) == (400, "bad_schema")
        assert "`data.sum` is missing" in misfit.json()["detail"]
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
