import logging
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from gaterhub.api import instances as instances_module


class TestEveryError:
    @pytest.mark.parametrize(
        ("method", "url", "headers", "status", "code"),
        [
            ("GET", "/api/v1/", {}, 404, "not_found"),
            ("GET", "/api/v1/nowhere/", {}, 404, "not_found"),
            ("POST", "/api/v1/nowhere/at/all", {}, 404, "not_found"),
            ("GET", "/api/v1/instances/nonesuch/", {}, 404, "unknown_instance"),
            ("POST", "/api/v1/instances/nonesuch/events/", {}, 404, "unknown_instance"),
            ("GET", "/api/v1/instances/%00/", {}, 404, "unknown_instance"),
            ("GET", "/api/v1/instances/%FF/", {}, 404, "unknown_instance"),
            ("DELETE", "/api/v1/instances/", {}, 405, "bad_request"),
            ("PUT", "/api/v1/instances/health/events/", {}, 405, "bad_request"),
            ("TRACE", "/api/v1/instances/", {}, 405, "bad_request"),
            ("GET", "/api/v1/instances/", {"Accept": "text/html"}, 406, "bad_request"),
            ("POST", "/api/v1/instances/health/events/", {}, 415, "bad_request"),
            ("POST", "/api/v1/instances/health/events/", {"Content-Type": "text/plain"}, 415, "bad_request"),
        ],
    )
    def test_is_a_problem(
        self, publisher: APIClient, method: str, url: str, headers: dict[str, str], status: int, code: str
    ) -> None:
        answer = publisher.generic(method, url, "x", headers.get("Content-Type", ""), headers=headers)

        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        said = answer.json()
        assert said["status"] == status
        assert said["code"] == code
        assert said["type"] == f"urn:gaterhub:problem:{code}"
        assert said["title"]
        assert said["detail"]

    def test_of_a_method_names_those_that_are_allowed(self, publisher: APIClient) -> None:
        assert publisher.put("/api/v1/instances/health/events/", {})["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_of_a_lost_slash_says_so(self, publisher: APIClient) -> None:
        answer = publisher.post("/api/v1/instances/health/events", {})

        assert answer.status_code == 404
        assert "did you mean /api/v1/instances/health/events/ ?" in answer.json()["detail"]

    def test_of_a_database_that_is_out_asks_to_try_again(
        self, publisher: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def out(*asked: object) -> None:
            raise OperationalError("connection refused by 10.0.0.7")

        monkeypatch.setattr(instances_module, "described", out)
        answer = publisher.get("/api/v1/instances/health/")

        assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (503, "unavailable", True)
        assert answer["Retry-After"]
        assert b"10.0.0.7" not in answer.content

    def test_that_nobody_expected_is_internal_logged_and_without_a_traceback(
        self, publisher: APIClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(spec: Any) -> None:
            raise ZeroDivisionError("of all things")

        monkeypatch.setattr(instances_module, "described", broken)
        answer = publisher.get("/api/v1/instances/health/")

        assert answer.status_code == 500
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "internal"
        assert b"things" not in answer.content
        assert b"Traceback" not in answer.content
        [record] = [record for record in caplog.records if record.name == "gaterhub.api.problem"]
        assert record.levelno == logging.ERROR
        assert record.exc_info
