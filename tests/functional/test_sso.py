"""Log-in through an organisation's directory, against one with real signatures."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.functional.conftest import Server, serving
from tests.functional.directory import CLIENT_ID, CLIENT_SECRET, Directory, directory
from tests.functional.visitor import Visitor


@pytest.fixture(scope="module")
def _both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Directory]]:
    folder = tmp_path_factory.mktemp("sso")
    (folder / "secret").write_text(f"{CLIENT_SECRET}\n")
    with directory() as people:
        settings = {
            "GATERHUB_SSO_ISSUER": people.issuer,
            "GATERHUB_SSO_CLIENT_ID": CLIENT_ID,
            "GATERHUB_SSO_CLIENT_SECRET_FILE": str(folder / "secret"),
            "GATERHUB_SSO_NAME": "the directory",
            "GATERHUB_SSO_DOMAINS": "hub.example",
            "GATERHUB_SSO_ROLES": "soc=SOC analyst,hub-admins=administrator,gone=no such role",
        }
        with serving(folder, settings=settings) as server:
            yield server, people


@pytest.fixture
def server(_both: tuple[Server, Directory]) -> Server:
    return _both[0]


@pytest.fixture
def people(_both: tuple[Server, Directory]) -> Directory:
    return _both[1]


@pytest.fixture
def visitor(server: Server) -> Visitor:
    return Visitor(server)


def person(name: str, *groups: str, **more: Any) -> dict[str, Any]:
    return {"sub": name, "email": f"{name}@hub.example", "email_verified": True, "groups": list(groups), **more}


def account(server: Server, name: str) -> dict[str, Any]:
    asked = (
        "import json; from django.contrib.auth.models import User;"
        f"u = User.objects.get(username={name!r});"
        "print(json.dumps({'roles': sorted(u.groups.values_list('name', flat=True)), 'staff': u.is_staff,"
        " 'superuser': u.is_superuser, 'password': u.has_usable_password()}))"
    )
    told: dict[str, Any] = json.loads(server.manage("shell", "--no-imports", "-c", asked))
    return told


class TestDirectory:
    def test_lets_its_people_in_and_makes_their_account(
        self, visitor: Visitor, people: Directory, server: Server
    ) -> None:
        people.reset(**person("nora"))
        login = visitor.get("accounts/login/")
        assert "Log in with the directory" in login.text
        assert people.issuer in login.headers["Content-Security-Policy"]

        visitor.log_in_by_directory()

        assert visitor.name == "nora"
        assert account(server, "nora") == {"roles": [], "staff": False, "superuser": False, "password": False}

    def test_gives_the_roles_that_its_groups_are_mapped_to_and_takes_them(
        self, visitor: Visitor, people: Directory, server: Server
    ) -> None:
        people.reset(**person("sven", "soc", "hub-admins", "canteen", "gone"))
        visitor.log_in_by_directory()
        assert account(server, "sven")["roles"] == ["SOC analyst", "administrator"]
        assert account(server, "sven")["staff"]
        assert not account(server, "sven")["superuser"]
        assert visitor.get("admin/").status_code == 200

        by_hand = "from django.contrib.auth.models import Group, User; User.objects.get(username='sven').groups.add("
        server.manage("shell", "--no-imports", "-c", f"{by_hand}Group.objects.get(name='viewer'))")
        people.reset(**person("sven"))
        Visitor(server).log_in_by_directory()

        assert account(server, "sven") == {"roles": ["viewer"], "staff": False, "superuser": False, "password": False}

    def test_never_takes_over_an_account_of_the_same_name(
        self, visitor: Visitor, people: Directory, server: Server
    ) -> None:
        people.reset(**person("a-stranger", preferred_username=server.operator.name, email="olga@hub.example"))
        visitor.log_in_by_directory()

        assert visitor.name not in (None, server.operator.name)
        assert account(server, server.operator.name)["superuser"]

    def test_cannot_be_joined_to_the_account_that_is_logged_in(
        self, visitor: Visitor, people: Directory, server: Server
    ) -> None:
        people.reset(**person("joiner"))
        visitor.log_in(server.operator.name, server.operator.password)
        visitor.send("accounts/sso/login/?process=connect", form_at="accounts/password/")

        assert visitor.name == "joiner"

    def test_leaves_the_password_to_those_who_have_one(self, visitor: Visitor, server: Server) -> None:
        visitor.log_in(server.operator.name, server.operator.password)

        assert visitor.name == server.operator.name
        assert visitor.get("admin/socialaccount/socialaccount/").status_code == 200
        assert visitor.get("admin/socialaccount/socialapp/").status_code == 404

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "eve@elsewhere.example"},
            {"email": "eve@hub.example.elsewhere.example"},
            {"email_verified": False},
            {"email": None},
        ],
    )
    def test_lets_nobody_in_of_another_domain(
        self, visitor: Visitor, people: Directory, claims: dict[str, Any]
    ) -> None:
        people.reset(**person("eve"))
        people.claims |= claims
        answer = visitor.log_in_by_directory()

        assert answer.status_code == 403
        assert "no access" in answer.text
        assert visitor.name is None


class TestToken:
    @pytest.mark.parametrize(
        "instead",
        [
            {"nonce": "of-another-log-in"},
            {"nonce": None},
            {"iss": "http://127.0.0.1:1"},
            {"aud": "another-client"},
            {"aud": [CLIENT_ID, "another-client"]},
            {"exp": 1},
            {"exp": None},
            {"sub": None},
        ],
        ids=["nonce", "no nonce", "issuer", "audience", "issued for another", "over", "for ever", "nobody"],
    )
    def test_is_refused_when_a_claim_is_wrong(
        self, visitor: Visitor, people: Directory, instead: dict[str, Any]
    ) -> None:
        people.reset(**person("eve"))
        people.instead = instead
        answer = visitor.log_in_by_directory()

        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert visitor.name is None

    @pytest.mark.parametrize("algorithm", ["RS256", "HS256", "none"])
    def test_is_refused_when_another_signed_it(self, visitor: Visitor, people: Directory, algorithm: str) -> None:
        people.reset(**person("eve"))
        people.algorithm, people.signer = algorithm, rsa.generate_private_key(65537, 2048)

        assert visitor.log_in_by_directory().status_code == 401
        assert visitor.name is None

    def test_is_asked_for_by_the_browser_that_began(self, visitor: Visitor, people: Directory, server: Server) -> None:
        """An address of the way back that somebody is sent logs nobody in."""
        people.reset(**person("eve"))
        visitor.session.max_redirects = 1
        with pytest.raises(Exception, match="redirects") as stopped:
            visitor.log_in_by_directory()
        way_back = stopped.value.response.headers["Location"]  # type: ignore[attr-defined]  # Of requests' own error.
        assert "/accounts/sso/callback/?code=" in way_back

        victim = Visitor(server)
        assert victim.get(way_back.removeprefix(server.url)).status_code == 401
        assert victim.name is None


class TestLogIn:
    def test_asks_before_a_get_leads_away(self, visitor: Visitor, people: Directory) -> None:
        people.reset(**person("nora"))

        assert "Go there" in visitor.get("accounts/sso/login/", allow_redirects=False).text

    def test_has_no_sign_up(self, visitor: Visitor) -> None:
        for path in ("accounts/signup/", "accounts/sso/signup/", "accounts/email/", "accounts/password/reset/"):
            assert visitor.get(path).status_code == 404
