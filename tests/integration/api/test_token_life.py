"""Tokens listed, limited, revoked and rotated over the API, and what one may do."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from instances.access.authentication import authenticate_token
from instances.access.models import Grant, Token
from instances.access.roles import BY_NAME
from tests.accounts import account, role

ADDRESS = "/api/v1/tokens/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _roles(db: None) -> None:
    """Have the roles that a test before, which emptied the database after itself, took along."""
    for name in BY_NAME:
        role(name)


def logged_in(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def with_token(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def clerk() -> User:
    """Somebody who may make tokens, and follows health."""
    clerk = account("clerk")
    clerk.user_permissions.add(Permission.objects.get(codename="add_token"))
    Grant.objects.create(user=clerk, verb="subscribe", instance="health", pattern="*")
    return clerk


def permit(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


class TestALimitedToken:
    def test_is_made_with_all_that_was_said(self, operator: User) -> None:
        said = {
            "name": "billing",
            "roles": ["viewer"],
            "grants": [{"verb": "query", "instance": "ex_esdb_audit", "pattern": "a:*", "personal": True}],
            "expires_at": "2999-01-01T00:00:00Z",
            "networks": ["10.0.0.0/8"],
            "events_per_second": 5,
            "bytes_per_second": 6,
            "connections": 7,
        }

        made = logged_in(operator).post(ADDRESS, said).json()

        row = logged_in(operator).get(f"{ADDRESS}{made['prefix']}/").json()
        assert (row["limited"], row["user"], row["roles"]) == (True, "operator", ["viewer"])
        assert row["grants"] == [{"verb": "query", "instance": "audit", "pattern": "a:*", "personal": True}]
        assert (row["networks"], row["events_per_second"], row["connections"]) == (["10.0.0.0/8"], 5, 7)
        assert row["expires_at"] == 32472144000000

    @pytest.mark.parametrize(
        "said",
        [
            {"roles": ["viewr"]},
            {"grants": [{"verb": "read", "instance": "audit"}]},
            {"grants": [{"verb": "query", "instance": "audit", "pattern": "a*"}]},
            {"expires_at": "2001-01-01T00:00:00Z"},
            {"expires_at": "2999-01-01"},
            {"expires_at": 10**14 * 9},
            {"networks": ["10/x"]},
            {"connections": 0},
            {"events_per_second": 2**31},
            {"roles": "viewer"},
        ],
    )
    def test_is_refused_for_what_cannot_be_right(self, operator: User, said: dict[str, Any]) -> None:
        answer = logged_in(operator).post(ADDRESS, {"name": "billing", **said})

        assert answer.status_code == 400, answer.content
        assert not Token.objects.exists()

    def test_gets_no_more_than_its_maker_has(self, clerk: User) -> None:
        client = logged_in(clerk)
        beyond = {"name": "x", "grants": [{"verb": "query", "instance": "audit"}]}

        refused = client.post(ADDRESS, beyond)

        assert refused.status_code == 403
        assert "query on audit *" in refused.json()["detail"]
        assert client.post(ADDRESS, {"name": "x", "roles": [role("auditor").name]}).status_code == 403
        assert not Token.objects.exists()
        within = {"name": "x", "grants": [{"verb": "subscribe", "instance": "health", "pattern": "a:*"}]}
        assert client.post(ADDRESS, within).status_code == 201


class TestTheList:
    def test_has_one_s_own_tokens_and_no_secret(self, clerk: User) -> None:
        own = Token.objects.issue(name="own", user=clerk)
        Token.objects.issue(name="foreign")

        answer = logged_in(clerk).get(ADDRESS)

        assert [row["name"] for row in answer.json()["results"]] == ["own"]
        assert own.secret[12:] not in answer.content.decode()
        assert own.token.digest not in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"

    def test_has_all_with_the_permission_page_by_page(self, clerk: User) -> None:
        permit(clerk, "view_token")
        for number in range(3):
            Token.objects.issue(name=f"t{number}")
        client = logged_in(clerk)

        first = client.get(ADDRESS, {"limit": 2}).json()
        second = client.get(ADDRESS, {"limit": 2, "after": first["next"]}).json()

        assert [row["name"] for row in first["results"] + second["results"]] == ["t2", "t1", "t0"]
        assert second["next"] is None

    def test_shows_a_limited_token_itself_alone(self, clerk: User) -> None:
        Token.objects.issue(name="sibling", user=clerk)
        secret = Token.objects.issue(name="narrow", user=clerk, roles=[]).secret

        assert [row["name"] for row in with_token(secret).get(ADDRESS).json()["results"]] == ["narrow"]

    @pytest.mark.parametrize("query", [{"after": "x"}, {"limit": "0"}, {"order": "asc"}])
    def test_refuses_a_question_that_it_does_not_know(self, clerk: User, query: dict[str, str]) -> None:
        assert logged_in(clerk).get(ADDRESS, query).status_code == 400


class TestAForeignToken:
    @pytest.mark.parametrize(("method", "rest"), [("get", ""), ("delete", ""), ("post", "rotate/")])
    def test_is_told_as_one_that_does_not_exist(self, clerk: User, method: str, rest: str) -> None:
        foreign = Token.objects.issue(name="foreign").token
        client = logged_in(clerk)

        answers = [getattr(client, method)(f"{ADDRESS}{prefix}/{rest}", {}) for prefix in (foreign.prefix, "zzzzzzzz")]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
        foreign.refresh_from_db()
        assert foreign.revoked_at is None
        assert Token.objects.count() == 1

    def test_that_is_seen_is_not_thereby_revoked_or_rotated(self, clerk: User) -> None:
        permit(clerk, "view_token")
        foreign = Token.objects.issue(name="foreign").token

        assert logged_in(clerk).delete(f"{ADDRESS}{foreign.prefix}/").status_code == 403
        assert logged_in(clerk).post(f"{ADDRESS}{foreign.prefix}/rotate/", {}).status_code == 403
        foreign.refresh_from_db()
        assert foreign.revoked_at is None


class TestRevoking:
    def test_ends_one_s_own_token_at_once_and_twice_is_as_good(self, clerk: User) -> None:
        own = Token.objects.issue(name="own", user=clerk)
        client = logged_in(clerk)

        answers = [client.delete(f"{ADDRESS}{own.token.prefix}/").status_code for _ in range(2)]

        assert answers == [204, 204]
        assert with_token(own.secret).get(ADDRESS).status_code == 401

    def test_takes_the_permission_for_any(self, clerk: User) -> None:
        permit(clerk, "revoke_token")
        foreign = Token.objects.issue(name="foreign").token

        assert logged_in(clerk).delete(f"{ADDRESS}{foreign.prefix}/").status_code == 204


class TestRotating:
    def test_gives_a_successor_once(self, clerk: User) -> None:
        own = Token.objects.issue(name="own", user=clerk)
        address = f"{ADDRESS}{own.token.prefix}/rotate/"

        answer = logged_in(clerk).post(address, {"overlap_seconds": 60})

        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        assert authenticate_token(answer.json()["token"]).name == "own"
        assert authenticate_token(own.secret).name == "own"
        assert logged_in(clerk).post(address, {}).status_code == 409

    @pytest.mark.parametrize("seconds", [-1, 2_592_001, 10**30, "60", None])
    def test_refuses_an_overlap_out_of_bounds(self, clerk: User, seconds: object) -> None:
        own = Token.objects.issue(name="own", user=clerk).token

        answer = logged_in(clerk).post(f"{ADDRESS}{own.prefix}/rotate/", {"overlap_seconds": seconds})

        assert answer.status_code == 400

    def test_gives_nobody_the_secret_of_a_token_that_may_do_more(self, clerk: User) -> None:
        permit(clerk, "rotate_token")
        free = Token.objects.issue(name="free").token

        answer = logged_in(clerk).post(f"{ADDRESS}{free.prefix}/rotate/", {})

        assert answer.status_code == 403
        assert Token.objects.count() == 1

    def test_is_not_for_tokens(self) -> None:
        free = Token.objects.issue(name="free")

        assert with_token(free.secret).post(f"{ADDRESS}{free.token.prefix}/rotate/", {}).status_code == 403


class TestGrants:
    def test_say_by_which_role_or_by_oneself(self) -> None:
        auditor = account("eve", "auditor")
        Grant.objects.create(user=auditor, verb="publish", instance="health", pattern="a:*")

        said = logged_in(auditor).get("/api/v1/grants/").json()

        assert not said["everything"]
        assert said["results"][0] == {
            "verb": "publish", "instance": "health", "pattern": "a:*", "personal": False, "role": None,
        }  # fmt: skip
        assert {"verb": "query", "instance": "audit", "pattern": "*", "personal": True, "role": "auditor"} in said[
            "results"
        ]

    def test_of_a_token_reach_as_far_as_its_account_s(self, clerk: User) -> None:
        token, secret = Token.objects.issue(name="narrow", user=clerk, roles=[])
        Grant.objects.create(token=token, verb="subscribe", instance="health", pattern="a:*", personal=True)
        Grant.objects.create(token=token, verb="query", instance="health", pattern="*")

        rows = with_token(secret).get("/api/v1/grants/").json()["results"]

        assert rows == [{"verb": "subscribe", "instance": "health", "pattern": "a:*", "personal": False, "role": None}]

    def test_of_a_superuser_are_everything(self, operator: User) -> None:
        said = logged_in(operator).get("/api/v1/grants/").json()

        assert said["everything"]
        assert len(said["results"]) == 40
