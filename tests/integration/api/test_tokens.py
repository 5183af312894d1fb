import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from instances.access.authentication import authenticate_token
from instances.access.models import Token

ADDRESS = "/api/v1/tokens/"


def logged_in(user: User, *, checks_csrf: bool = False) -> APIClient:
    client = APIClient(enforce_csrf_checks=checks_csrf)
    client.force_login(user)
    return client


@pytest.fixture
def staff(db: None) -> User:
    """Somebody whom the admin lets in, but not to tokens."""
    return User.objects.create_user("staff", password="correct horse battery staple", is_staff=True)


class TestMakingAToken:
    def test_gives_a_token_that_works_and_ends_with_the_account(self, operator: User) -> None:
        answer = logged_in(operator).post(ADDRESS, {"name": "billing"})

        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        made = answer.json()
        assert authenticate_token(made["token"]).name == "billing"
        token = Token.objects.get()
        assert (token.name, token.prefix, token.user) == ("billing", made["prefix"], operator)

    def test_is_noted_in_the_admin_s_log_without_its_secret(self, operator: User) -> None:
        secret = logged_in(operator).post(ADDRESS, {"name": "billing"}).json()["token"]

        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id) == (operator, str(Token.objects.get().pk))
        assert secret[12:] not in f"{entry.object_repr} {entry.change_message}"

    def test_is_for_whoever_has_the_permission(self, staff: User) -> None:
        staff.user_permissions.add(Permission.objects.get(codename="add_token"))

        assert logged_in(staff).post(ADDRESS, {"name": "billing"}).status_code == 201

    def test_is_not_for_staff_without_the_permission(self, staff: User) -> None:
        answer = logged_in(staff).post(ADDRESS, {"name": "billing"})

        assert answer.status_code == 403
        assert "Ask an administrator" in answer.json()["detail"]
        assert not Token.objects.exists()

    def test_is_not_for_tokens(self, publisher: APIClient) -> None:
        assert publisher.post(ADDRESS, {"name": "another"}).status_code == 403
        assert Token.objects.count() == 1

    def test_is_not_for_strangers(self, stranger: APIClient) -> None:
        assert stranger.post(ADDRESS, {"name": "billing"}).status_code == 401
        assert not Token.objects.exists()

    def test_takes_the_csrf_token(self, operator: User) -> None:
        assert logged_in(operator, checks_csrf=True).post(ADDRESS, {"name": "billing"}).status_code == 403
        assert not Token.objects.exists()

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "  "}, {"name": "a\nb"}, {"name": 1}, {"name": "n" * 129}, [], {"nam": "x"}]
    )
    def test_refuses_a_name_that_is_none(self, operator: User, body: object) -> None:
        answer = logged_in(operator).post(ADDRESS, body)

        assert answer.status_code == 400
        assert answer.json()["code"] == "bad_request"
        assert not Token.objects.exists()
