"""The API does what its OpenAPI document says, whatever it is asked: no undeclared answer, no error of its own."""

import asyncio
from typing import Any, Final

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from instances.schemas.registry import types_of

CASES: Final = 200
SOAK_CASES: Final = 4_000
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PATH_PARAMETERS: Final[dict[str, list[Any]]] = {
    "instance": ["events", "security", "health", "ex_esdb_health"],
    "event_type": [types_of(name)[0].name for name in ("events", "security", "health")],
    "version": [1, 2],
}
"""What is there to be found: a random word would nearly always end in 404."""

pytestmark = pytest.mark.fault


@pytest.fixture
def document(publisher: APIClient, running_instances: asyncio.AbstractEventLoop) -> dict[str, Any]:
    answer = publisher.get("/api/v1/schema/?format=json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_every_answer_is_as_the_document_says(document: dict[str, Any], token: str, soaking: bool) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = get_wsgi_application()
    operations: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) >= 15
    examples = (SOAK_CASES if soaking else CASES) // len(operations)
    wrong: dict[str, str] = {}
    for operation in operations:

        @settings(
            max_examples=examples,
            database=None,
            derandomize=not soaking,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), data=st.data())
        def conforms(case: Any, data: Any) -> None:
            for name, known in PATH_PARAMETERS.items():
                if name in (case.path_parameters or {}) and data.draw(st.booleans()):
                    case.path_parameters[name] = data.draw(st.sampled_from(known))
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

        try:
            conforms()
        except Exception as error:  # noqa: BLE001  Each operation is to be heard, whatever the one before said.
            wrong[operation.label] = str(error)

    assert wrong == {}, "\n\n".join(f"{label}\n{said}" for label, said in wrong.items())
