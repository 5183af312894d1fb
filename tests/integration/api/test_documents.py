import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.test import APIClient

from instances.error_codes import CODES


@pytest.fixture
def document(publisher: APIClient) -> dict[str, Any]:
    answer: dict[str, Any] = publisher.get("/api/v1/schema/").json()
    return answer


def references(node: Any) -> set[str]:
    """Return what every $ref below the node points to."""
    match node:
        case dict():
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(value) for value in node.values()))
        case list():
            return set().union(*(references(value) for value in node))
        case _:
            return set()


class TestTheDocument:
    def test_is_openapi_3_1_in_json(self, publisher: APIClient) -> None:
        answer = publisher.get("/api/v1/schema/")

        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"
        assert answer.json()["openapi"] == "3.1.0"

    def test_comes_as_yaml_where_that_is_asked_for(self, publisher: APIClient) -> None:
        answer = publisher.get("/api/v1/schema/", HTTP_ACCEPT="application/yaml")

        assert answer.content.startswith(b"openapi: 3.1.0")

    def test_is_valid_and_made_without_a_warning(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("spectacular", validate=True, fail_on_warn=True)

        assert "openapi: 3.1.0" in capsys.readouterr().out

    def test_has_every_operation_behind_a_token_or_a_session(self, document: dict[str, Any]) -> None:
        operations = {
            (method, path): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

        assert set(operations) == {
            ("get", "/api/v1/figures/"),
            ("get", "/api/v1/consoles/{console}/pins/"),
            ("post", "/api/v1/consoles/{console}/pins/"),
            ("delete", "/api/v1/consoles/{console}/pins/{instance}/{id}/"),
            ("get", "/api/v1/consoles/{console}/views/"),
            ("post", "/api/v1/consoles/{console}/views/"),
            ("delete", "/api/v1/consoles/{console}/views/{id}/"),
            ("get", "/api/v1/consoles/{console}/alerts/"),
            ("get", "/api/v1/consoles/{console}/holes/"),
            ("get", "/api/v1/consoles/{console}/notes/"),
            ("post", "/api/v1/consoles/{console}/notes/"),
            ("get", "/api/v1/journals/{instance}/"),
            ("get", "/api/v1/journals/{instance}/checkpoints/"),
            ("get", "/api/v1/journals/{instance}/entries/{index}/"),
            ("get", "/api/v1/journals/{instance}/proof/"),
            ("get", "/api/v1/journals/{instance}/consistency/"),
            ("get", "/api/v1/capacity/"),
            ("get", "/api/v1/objectives/"),
            ("get", "/api/v1/losses/"),
            ("get", "/api/v1/reports/"),
            ("post", "/api/v1/reports/"),
            ("get", "/api/v1/reports/{id}/"),
            ("get", "/api/v1/instances/{instance}/topics/"),
            ("get", "/api/v1/instances/{instance}/pattern/"),
            ("get", "/api/v1/traces/"),
            ("post", "/api/v1/traces/"),
            ("get", "/api/v1/traces/{id}/"),
            ("delete", "/api/v1/traces/{id}/"),
            ("get", "/api/v1/presence/"),
            ("get", "/api/v1/subscribers/"),
            ("get", "/api/v1/subscribers/{id}/"),
            ("delete", "/api/v1/subscribers/{id}/"),
            ("get", "/api/v1/instances/{instance}/events/{id}/seen/"),
            ("get", "/api/v1/tokens/"),
            ("post", "/api/v1/tokens/"),
            ("get", "/api/v1/tokens/{prefix}/"),
            ("delete", "/api/v1/tokens/{prefix}/"),
            ("post", "/api/v1/tokens/{prefix}/rotate/"),
            ("get", "/api/v1/grants/"),
            ("post", "/api/v1/tokens/{prefix}/signing-secret/"),
            ("get", "/api/v1/instances/"),
            ("get", "/api/v1/instances/{instance}/"),
            ("get", "/api/v1/instances/{instance}/events/"),
            ("post", "/api/v1/instances/{instance}/events/"),
            ("get", "/api/v1/instances/{instance}/events/{id}/"),
            ("get", "/api/v1/instances/{instance}/types/"),
            ("post", "/api/v1/instances/{instance}/types/"),
            ("get", "/api/v1/instances/{instance}/types/{event_type}/"),
            ("patch", "/api/v1/instances/{instance}/types/{event_type}/"),
            ("delete", "/api/v1/instances/{instance}/types/{event_type}/"),
            ("patch", "/api/v1/instances/{instance}/types/{event_type}/versions/{version}/"),
            ("put", "/api/v1/instances/{instance}/types/{event_type}/versions/{version}/"),
            ("post", "/api/v1/instances/{instance}/types/{event_type}/read-up/"),
            ("post", "/api/v1/witness/add-checkpoint"),
        }
        witness = operations.pop(("post", "/api/v1/witness/add-checkpoint"))
        assert not witness.get("security"), "the signature in the body is what lets a log in"
        for operation in operations.values():
            assert operation["security"] == [{"token": []}, {"session": []}]

    def test_refers_to_no_shape_that_it_lacks(self, document: dict[str, Any]) -> None:
        there = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

        assert references(document) == there

    def test_names_the_codes_of_each_error_answer(self, document: dict[str, Any]) -> None:
        answers = document["paths"]["/api/v1/instances/{instance}/events/"]["post"]["responses"]

        for status, answer in answers.items():
            if status in ("201", "202"):
                continue
            assert set(answer["content"]) == {"application/problem+json"}
            for code in (code for code, row in CODES.items() if str(row.status) == status):
                assert code in answer["description"]


class TestTheDocsPage:
    @pytest.fixture
    def reader(self, operator: User) -> APIClient:
        client = APIClient()
        client.force_login(operator)
        return client

    def test_stays_under_the_strict_policy_but_for_its_icons(self, reader: APIClient) -> None:
        page = reader.get("/api/v1/docs/")

        assert page.status_code == 200
        directives = dict(directive.strip().split(" ", 1) for directive in page["Content-Security-Policy"].split(";"))
        assert directives["script-src"] == "'self'"
        assert directives["style-src"] == "'self'"
        assert directives["img-src"] == "'self' data:"

    def test_alone_may_show_data_images(self, reader: APIClient) -> None:
        policy = reader.get("/api/v1/instances/")["Content-Security-Policy"]

        assert "img-src 'self'" in policy
        assert "data:" not in policy

    def test_has_no_inline_script_and_no_inline_style(self, reader: APIClient) -> None:
        page = reader.get("/api/v1/docs/").content.decode()

        assert "<script>" not in page
        assert "<style" not in page
        assert "style=" not in page
        assert "//" not in page.replace("<!doctype html>", "")

    def test_has_its_script_from_an_address_of_its_own(self, reader: APIClient) -> None:
        script = reader.get("/api/v1/docs/?script=")

        assert script["Content-Type"].startswith("application/javascript")
        assert "/api/v1/schema/" in script.content.decode().replace("\\u002D", "-").replace("\\/", "/")

    def test_asks_no_validator_elsewhere_about_the_document(self, reader: APIClient) -> None:
        script = reader.get("/api/v1/docs/?script=").content.decode()

        settings = json.loads(script.split("const swaggerSettings = ", 1)[1].split(";", 1)[0])
        assert settings["validatorUrl"] is None
