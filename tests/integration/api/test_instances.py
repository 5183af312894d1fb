import msgspec
import pytest
from rest_framework.test import APIClient

from gaterhub.api.instances import Instances, Live
from instances import config
from instances.catalog import INSTANCES, NAMES, find
from instances.models import InstanceConfig
from instances.supervisor import instances


class TestTheList:
    def test_has_the_ten_in_the_order_of_the_catalog(self, publisher: APIClient) -> None:
        answer = publisher.get("/api/v1/instances/")

        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"
        assert [row["name"] for row in answer.json()["results"]] == list(NAMES)

    def test_has_the_shape_that_the_document_declares(self, publisher: APIClient) -> None:
        listed = msgspec.json.decode(publisher.get("/api/v1/instances/").content, type=Instances)

        assert len(listed.results) == 10

    def test_says_of_each_what_the_catalog_says(self, publisher: APIClient) -> None:
        rows = {row["name"]: row for row in publisher.get("/api/v1/instances/").json()["results"]}

        for spec in INSTANCES:
            row = rows[spec.name]
            assert row["title"] == spec.title
            assert row["purpose"] == spec.purpose
            assert row["aliases"] == list(spec.aliases)
            assert row["use_cases"] == list(spec.use_cases)
            assert [family["template"] for family in row["families"]] == [family.template for family in spec.families]
            assert row["delivery"]["name"] == spec.delivery.name
            assert row["example"]["topic"] == spec.example.topic


class TestOneInstance:
    @pytest.mark.parametrize("name", ["health", "ex_esdb_health", ":ex_esdb_health", ":health"])
    def test_is_found_by_its_name_and_by_its_aliases(self, publisher: APIClient, name: str) -> None:
        answer = publisher.get(f"/api/v1/instances/{name}/")

        assert answer.status_code == 200
        assert answer.json()["name"] == "health"

    def test_says_everything_about_itself(self, publisher: APIClient) -> None:
        row = publisher.get("/api/v1/instances/health/").json()

        assert row.pop("live").keys() == set(Live.__struct_fields__)
        assert row == {
            "name": "health",
            "aliases": ["ex_esdb_health"],
            "title": "Health Monitoring",
            "purpose": "Health status and monitoring events for system components and processes.",
            "use_cases": list(find("health").use_cases),
            "families": [
                {
                    "name": "subscription_health",
                    "template": "subscription_health:{store_id}:{subscription_name}",
                    "parameters": ["store_id", "subscription_name"],
                    "purpose": row["families"][0]["purpose"],
                },
                {
                    "name": "process_health",
                    "template": "process_health:{component}",
                    "parameters": ["component"],
                    "purpose": row["families"][1]["purpose"],
                },
                {
                    "name": "circuit_breaker_status",
                    "template": "circuit_breaker_status:{service}",
                    "parameters": ["service"],
                    "purpose": row["families"][2]["purpose"],
                },
            ],
            "volume": "medium",
            "volume_note": "Regular health check events",
            "criticality": "high",
            "criticality_note": "Critical for system reliability",
            "delivery": {
                "name": "state",
                "overflow": "conflate",
                "acknowledged": "after the history has it",
                "history_events": 10_000,
                "history_seconds": 21_600,
            },
            "limits": {"event_bytes": 65_536, "depth": 64, "batch_events": 1_000, "body_bytes": 4_194_304},
            "example": {
                "topic": "subscription_health:production_store:user_projection",
                "event_type": "registration_success",
                "data": {"store_id": "production_store", "subscription_name": "user_projection"},
                "metadata": {
                    "proxy_pid": "#PID<0.123.0>",
                    "subscriber_pid": "#PID<0.124.0>",
                    "registration_time": 1672531200000,
                },
            },
            "configuration": {"enabled": True, "strict": False, "signed": False},
        }

    def test_shows_every_live_figure_that_there_is(self) -> None:
        for instance in instances().values():
            assert instance.snapshot().keys() == set(Live.__struct_fields__)

    def test_shows_what_the_operator_has_set(self, publisher: APIClient) -> None:
        InstanceConfig.objects.update_or_create(
            instance="health", defaults={"enabled": False, "strict": True, "signed": True}
        )
        config.refresh()

        try:
            row = publisher.get("/api/v1/instances/health/").json()
        finally:
            InstanceConfig.objects.filter(instance="health").update(enabled=True, strict=False, signed=False)
            config.refresh()

        assert row["configuration"] == {"enabled": False, "strict": True, "signed": True}

    def test_that_is_none_of_the_ten_is_told_with_its_neighbour(self, publisher: APIClient) -> None:
        answer = publisher.get("/api/v1/instances/healht/")

        assert answer.status_code == 404
        assert answer.json()["code"] == "unknown_instance"
        assert "health" in answer.json()["detail"]
