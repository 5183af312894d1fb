"""Attempts that are refused, by API, pages, admin and sockets."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils import timezone

from consumers.close_codes import ACCESS_REVOKED, AUTHENTICATION_FAILED, DISCONNECTED, ORIGIN_REFUSED, SLOW_CONSUMER
from consumers.denied import tell_ended, tell_kept_out, tell_refused
from consumers.frames import Connect, Frame
from gaterhub import urls
from gaterhub.acts import denials, endings, logins
from instances.access.models import Grant, Token
from instances.access.principal import Principal
from instances.access.secret import new_token_text
from instances.error_codes import Refusal
from instances.publishing.pipeline import BatchRefused
from tests.integration.acts.conftest import PASSWORD, Told

EVENTS = "/api/v1/instances/health/events/"
SCOPE = {"client": ("203.0.113.7", 4711), "headers": []}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", password=PASSWORD, is_staff=True)


class TestToken:
    @pytest.mark.parametrize("wrong", ["unknown", "revoked", "expired", "foreign"])
    def test_that_is_refused_is_told_by_its_prefix_alone(
        self, visitor: Client, told: list[Told], db: None, wrong: str
    ) -> None:
        fields: dict[str, object] = {"networks": "10.0.0.0/8"} if wrong == "foreign" else {}
        if wrong == "expired":
            fields = {"expires_at": timezone.now()}
        token, secret = Token.objects.issue(name="orders", **fields)  # type: ignore[arg-type]  # Some fields have names of their own.
        if wrong == "revoked":
            Token.objects.filter(pk=token.pk).revoke(at=timezone.now())
        if wrong == "unknown":
            secret = new_token_text()
        told.clear()

        assert visitor.get(EVENTS, headers=bearer(secret)).status_code == 401

        (denied,) = told
        assert (denied.instance, denied.event_type) == ("security", "authentication_failure")
        assert denied.data["user_id"] == f"gh_{secret.split('_')[1]}"
        assert denied.data["ip_address"] == "203.0.113.7"
        assert (denied.data["method"], denied.data["origin"], denied.data["outcome"]) == ("token", "web", "failure")
        assert denied.data["reason"].startswith("The token ")
        assert secret.split("_")[2] not in str(told)

    def test_of_no_known_form_is_not_named(self, visitor: Client, told: list[Told], db: None) -> None:
        visitor.get(EVENTS, headers=bearer("somebody-elses-secret"))

        assert told[0].data["user_id"] == "unknown"
        assert "somebody-elses-secret" not in str(told)

    def test_in_a_flood_is_told_once_and_summed_up(self, visitor: Client, told: list[Told], db: None) -> None:
        for _ in range(30):
            visitor.get(EVENTS, headers=bearer(new_token_text()))
        assert len(told) == 1

        denials.DENIALS.flush()

        assert [each.event_type for each in told] == ["authentication_failure", "repeated_denials"]
        assert told[1].data["kinds"] == {"token": 29}

    def test_that_is_missing_is_no_attempt(self, visitor: Client, told: list[Told], db: None) -> None:
        assert visitor.get(EVENTS).status_code == 401
        assert told == []


class TestPermission:
    def test_that_a_token_lacks_is_told(self, visitor: Client, told: list[Told], db: None) -> None:
        _, secret = Token.objects.issue(name="orders", roles=())
        told.clear()

        body = {"topic": "process_health:web", "event_type": "probe_failed"}
        assert visitor.post(EVENTS, body, "application/json", headers=bearer(secret)).status_code == 403

        (denied,) = told
        assert (denied.event_type, denied.data["actor"]) == ("authorization_denied", "token:orders")
        assert (denied.data["action"], denied.data["resource"]) == ("POST", EVENTS)
        assert "not granted" in denied.data["reason"]

    def test_that_is_lacked_for_one_event_of_a_batch_is_told(self, visitor: Client, told: list[Told], db: None) -> None:
        token, secret = Token.objects.issue(name="orders", roles=())
        Grant.objects.create(token=token, verb="publish", instance="health", pattern="process_health:*")
        told.clear()

        batch = [{"topic": "circuit_breaker_status:x", "event_type": "x"}, {"topic": "no topic", "event_type": "x"}]
        assert visitor.post(EVENTS, batch, "application/json", headers=bearer(secret)).status_code == 400

        assert [each.event_type for each in told] == ["authorization_denied"]

    def test_that_is_lacked_in_the_admin_is_told(self, visitor: Client, bob: User, told: list[Told]) -> None:
        visitor.force_login(bob)
        told.clear()

        assert visitor.get("/admin/auth/user/").status_code == 403

        (denied,) = told
        assert (denied.data["actor"], denied.data["resource"]) == ("user:bob", "/admin/auth/user/")

    def test_is_told_though_the_request_is_rolled_back(self, told: list[Told], db: None) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            with transaction.atomic():
                User.objects.create_user("eve")
                raise PermissionDenied("Not you.")

        with override_settings(
            ROOT_URLCONF=type("Urls", (), {**vars(urls), "urlpatterns": [path("secret/", view), *urls.urlpatterns]})
        ):
            Client(REMOTE_ADDR="203.0.113.7").get("/secret/")

        assert not User.objects.filter(username="eve").exists()
        assert [each.data["resource"] for each in told if each.event_type == "authorization_denied"] == ["/secret/"]


class TestCsrf:
    def test_of_a_form_is_told(self, told: list[Told], db: None) -> None:
        stranger = Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.7")

        assert stranger.post("/accounts/login/", {"username": "ada", "password": PASSWORD}).status_code == 403

        (denied,) = told
        assert (denied.event_type, denied.data["rule"]) == ("access_violation", "csrf")
        assert PASSWORD not in str(told)

    def test_of_the_api_under_a_cookie_is_told(self, ada: User, told: list[Told]) -> None:
        page = Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.7")
        page.force_login(ada)
        told.clear()

        assert page.post(EVENTS, {}, "application/json").status_code == 403

        assert [(each.event_type, each.data["rule"]) for each in told] == [("access_violation", "csrf")]


class TestSocket:
    def test_with_a_bad_token_is_told(self, told: list[Told]) -> None:
        secret = new_token_text()

        tell_kept_out(SCOPE, Connect(token=secret), AUTHENTICATION_FAILED, "The token has expired.")

        (denied,) = told
        assert (denied.event_type, denied.data["user_id"]) == ("authentication_failure", f"gh_{secret.split('_')[1]}")
        assert (denied.data["reason"], denied.data["origin"]) == ("The token has expired.", "websocket")
        assert secret.split("_")[2] not in str(told)

    @pytest.mark.parametrize(
        ("code", "event_type"),
        [(AUTHENTICATION_FAILED, "authentication_failure"), (ORIGIN_REFUSED, "access_violation")],
    )
    def test_of_a_page_that_is_kept_out_is_told(self, told: list[Told], code: object, event_type: str) -> None:
        tell_kept_out(SCOPE, Connect(), code, "no")  # type: ignore[arg-type]

        assert [each.event_type for each in told] == [event_type]

    @pytest.mark.parametrize(
        "refusal",
        [
            Refusal("forbidden", "Following `*` is not granted to you."),
            BatchRefused([{"index": 0, "code": "bad_topic", "message": ""}, {"index": 1, "code": "forbidden"}]),
        ],
    )
    def test_that_asks_for_what_is_not_granted_is_told(self, told: list[Told], refusal: Refusal) -> None:
        principal = Principal(kind="token", id=1, name="orders")
        frame = Frame(id=1, connect=Connect())

        tell_refused(SCOPE, principal, frame, refusal)
        tell_refused(SCOPE, principal, frame, Refusal("bad_topic", "A mistake."))

        (denied,) = told
        assert (denied.event_type, denied.data["actor"]) == ("authorization_denied", "token:orders")
        assert denied.data["reason"] == refusal.message

    def test_that_is_ended_for_its_access_is_told_and_a_thousand_are_summed_up(self, told: list[Told]) -> None:
        principal = Principal(kind="user", id=1, name="ada")
        tell_ended(SCOPE, principal, "c_1", SLOW_CONSUMER)
        tell_ended(SCOPE, principal, "c_1", DISCONNECTED)
        for number in range(1_000):
            tell_ended(SCOPE, principal, f"c_{number}", ACCESS_REVOKED)

        assert len(told) == 10
        assert [each.data["reason"] for each in told[:2]] == ["disconnected", "access_revoked"]
        assert told[0].data["target"] == "connection:c_1"
        endings.ENDINGS.flush()
        assert told[-1].data["count"] == 991


class TestLogIn:
    def test_beyond_the_tenth_of_a_minute_is_summed_up(self, visitor: Client, told: list[Told], db: None) -> None:
        for number in range(14):
            logins.login_failed(credentials={"username": f"name-{number}"}, request=None)
        denials.LOGINS.flush()

        failures = [each for each in told if each.instance == "security"]
        assert [each.event_type for each in failures] == ["authentication_failure"] * 10 + ["repeated_denials"]
        assert failures[-1].data["count"] == 4
