import json
import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions

from gaterhub.api import problem
from gaterhub.api.problem import exception_handler
from instances.error_codes import CODES, Refusal
from instances.publishing.pipeline import BatchRefused


def told(error: Exception) -> tuple[HttpResponse, dict[str, Any]]:
    """Return the answer to an error, and what it says."""
    response = exception_handler(error, {"request": RequestFactory().get("/api/v1/instances/")})
    return response, json.loads(response.content)


class TestARefusal:
    @pytest.mark.parametrize("code", CODES)
    def test_becomes_a_problem_with_the_status_and_title_of_its_code(self, code: str) -> None:
        response, said = told(Refusal(code, "One sentence."))

        row = CODES[code]
        assert response.status_code == row.status
        assert response["Content-Type"] == "application/problem+json"
        assert said == {
            "type": f"urn:gaterhub:problem:{code}",
            "title": row.title,
            "status": row.status,
            "detail": "One sentence.",
            "code": code,
            "retry": row.retry,
        }

    def test_of_a_batch_lists_its_bad_events(self) -> None:
        errors = [{"index": 3, "code": "bad_topic", "message": "Two colons meet."}]

        _, said = told(BatchRefused(errors))

        assert said["code"] == "bad_topic"
        assert said["errors"] == errors

    @pytest.mark.parametrize("code", ["unavailable", "too_many_requests"])
    def test_that_will_pass_says_when_to_try_again(self, code: str) -> None:
        response, _ = told(Refusal(code, "Later."))

        assert response["Retry-After"] == "1"

    def test_that_stays_says_nothing_of_trying_again(self) -> None:
        response, _ = told(Refusal("bad_topic", "Never."))

        assert "Retry-After" not in response


class TestWhatTheFrameworkRefuses:
    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (exceptions.ParseError(), 400, "bad_request"),
            (exceptions.ValidationError({"limit": ["Too many."]}), 400, "bad_request"),
            (exceptions.NotAuthenticated(), 401, "unauthorized"),
            (exceptions.AuthenticationFailed(), 401, "unauthorized"),
            (exceptions.PermissionDenied(), 403, "forbidden"),
            (PermissionDenied(), 403, "forbidden"),
            (exceptions.NotFound(), 404, "not_found"),
            (Http404(), 404, "not_found"),
            (exceptions.MethodNotAllowed("PUT"), 405, "bad_request"),
            (exceptions.NotAcceptable(), 406, "bad_request"),
            (RequestDataTooBig(), 413, "too_large"),
            (exceptions.UnsupportedMediaType("text/plain"), 415, "bad_request"),
            (exceptions.Throttled(), 429, "too_many_requests"),
            (exceptions.APIException(), 500, "internal"),
            (SuspiciousOperation("Bad host."), 400, "bad_request"),
        ],
    )
    def test_becomes_a_problem_too(self, error: Exception, status: int, code: str) -> None:
        response, said = told(error)

        assert response.status_code == said["status"] == status
        assert said["code"] == code
        assert said["detail"]

    def test_says_how_long_a_throttle_lasts(self) -> None:
        response, _ = told(exceptions.Throttled(wait=7.2))

        assert response["Retry-After"] == "8"

    def test_says_every_fault_of_a_form_in_one_sentence(self) -> None:
        _, said = told(exceptions.ValidationError({"limit": ["Too many.", "No number."]}))

        assert said["detail"] == "limit: Too many. No number."


class TestAnUnexpectedError:
    def test_is_told_as_internal_without_its_text_and_logged_with_it(self, caplog: pytest.LogCaptureFixture) -> None:
        response, said = told(RuntimeError("the database password is hunter2"))

        assert response.status_code == 500
        assert said["code"] == "internal"
        assert "hunter2" not in response.content.decode()
        [record] = caplog.records
        assert record.levelno == logging.ERROR
        assert "GET /api/v1/instances/" in record.getMessage()
        assert "hunter2" in caplog.text


class TestTheSitesHandlers:
    @pytest.mark.parametrize(
        ("handler", "arguments", "status", "code"),
        [
            (problem.bad_request, [SuspiciousOperation()], 400, "bad_request"),
            (problem.permission_denied, [PermissionDenied("Not yours.")], 403, "forbidden"),
            (problem.page_not_found, [Http404()], 404, "not_found"),
            (problem.server_error, [], 500, "internal"),
        ],
    )
    def test_answer_with_a_problem_under_the_api_and_with_a_page_elsewhere(
        self, handler: Any, arguments: list[Exception], status: int, code: str
    ) -> None:
        under_api = handler(RequestFactory().get("/api/v2/"), *arguments)
        elsewhere = handler(RequestFactory().get("/somewhere/"), *arguments)

        assert under_api.status_code == elsewhere.status_code == status
        assert under_api["Content-Type"] == "application/problem+json"
        assert json.loads(under_api.content)["code"] == code
        assert elsewhere["Content-Type"].startswith("text/html")
