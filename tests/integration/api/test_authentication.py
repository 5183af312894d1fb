from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from instances.access.models import Token

EVENT = {"topic": "system_status:web", "event_type": "started"}
URLS = [
    "/api/v1/",
    "/api/v1/instances/",
    "/api/v1/instances/health/",
    "/api/v1/instances/nonesuch/",
    "/api/v1/schema/",
    "/api/v1/nowhere/",
]


class TestTheAnonymous:
    @pytest.mark.parametrize("url", URLS)
    def test_hear_401_everywhere_and_how_to_come_in(self, stranger: APIClient, url: str) -> None:
        answer = stranger.get(url)

        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"] == 'Bearer realm="gaterhub"'
        assert answer.json()["code"] == "unauthorized"

    def test_publish_nothing(
        self, stranger: APIClient, published: Callable[[str], int], running_instances: object
    ) -> None:
        answer = stranger.post("/api/v1/instances/system/events/", EVENT)

        assert answer.status_code == 401
        assert published("system") == 0

    def test_are_led_from_the_docs_page_to_the_log_in_page(self, stranger: APIClient) -> None:
        answer = stranger.get("/api/v1/docs/")

        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/login/?next=/api/v1/docs/"


class TestATokenInTheHeader:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
    def test_lets_its_holder_in(self, token: str, scheme: str) -> None:
        answer = APIClient().get("/api/v1/instances/", HTTP_AUTHORIZATION=f"{scheme} {token}")

        assert answer.status_code == 200

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "header", ["Bearer", "Bearer ", "Bearer gh_x", "Bearer a b", "Bearer é", "Bearer " + "x" * 5_000]
    )
    def test_is_refused_when_it_is_none(self, header: str) -> None:
        answer = APIClient().get("/api/v1/instances/", HTTP_AUTHORIZATION=header.encode().decode("latin-1"))

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="gaterhub", error="invalid_token"'
        assert answer.json()["detail"] == "The token is not valid."

    @pytest.mark.django_db
    def test_outranks_the_cookie(self, operator: User) -> None:
        client = APIClient()
        client.force_login(operator)

        answer = client.get("/api/v1/instances/", HTTP_AUTHORIZATION="Bearer gh_x")

        assert answer.status_code == 401

    @pytest.mark.django_db
    def test_is_refused_once_revoked(self) -> None:
        secret = Token.objects.issue(name="gater-1").secret
        Token.objects.revoke(at=timezone.now())

        answer = APIClient().get("/api/v1/instances/", HTTP_AUTHORIZATION=f"Bearer {secret}")

        assert answer.status_code == 401
        assert answer.json()["detail"] == "The token was revoked."

    @pytest.mark.django_db
    def test_is_refused_once_expired(self) -> None:
        secret = Token.objects.issue(name="gater-1", expires_at=timezone.now() - timedelta(seconds=1)).secret

        answer = APIClient().get("/api/v1/instances/", HTTP_AUTHORIZATION=f"Bearer {secret}")

        assert answer.json()["detail"] == "The token has expired."

    def test_costs_no_query_once_it_is_known(
        self,
        publisher: APIClient,
        running_instances: object,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        publisher.post("/api/v1/instances/system/events/", EVENT)

        with django_assert_num_queries(0):
            answer = publisher.post("/api/v1/instances/system/events/", EVENT)

        assert answer.status_code == 202


class TestASessionCookie:
    def test_lets_its_user_read(self, operator: User) -> None:
        client = APIClient()
        client.force_login(operator)

        assert client.get("/api/v1/instances/").status_code == 200

    def test_needs_the_csrf_token_to_publish(
        self, operator: User, published: Callable[[str], int], running_instances: object
    ) -> None:
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(operator)

        answer = client.post("/api/v1/instances/system/events/", EVENT)

        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "forbidden"
        assert "CSRF" in answer.json()["detail"]
        assert published("system") == 0

    def test_publishes_with_it(self, operator: User, running_instances: object) -> None:
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(operator)
        client.cookies["csrftoken"] = "c" * 32

        answer = client.post("/api/v1/instances/system/events/", EVENT, HTTP_X_CSRFTOKEN="c" * 32)

        assert answer.status_code == 202, answer.content

    def test_of_a_deactivated_user_is_worth_nothing(self, operator: User) -> None:
        client = APIClient()
        client.force_login(operator)
        User.objects.update(is_active=False)

        assert client.get("/api/v1/instances/").status_code == 401
