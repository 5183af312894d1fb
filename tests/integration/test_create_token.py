from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from instances.access.authentication import authenticate_token
from instances.access.models import Token
from instances.access.rights import Verb
from instances.access.roles import BY_NAME
from instances.topics import Pattern
from tests.accounts import role

pytestmark = pytest.mark.django_db


def create_token(*arguments: str) -> tuple[str, str]:
    """Run the command and return what it wrote on standard output and on standard error."""
    out, err = StringIO(), StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def _roles(db: None) -> None:
    """Have the roles that a test before, which emptied the database after itself, took along."""
    for name in BY_NAME:
        role(name)


class TestCreateToken:
    def test_prints_a_token_that_works_and_nothing_else(self) -> None:
        out, err = create_token("gater-1")

        assert out.count("\n") == 1
        assert authenticate_token(out.strip()).name == "gater-1"
        assert err == ""

    def test_makes_it_for_a_user(self) -> None:
        alice = User.objects.create_user("alice")

        create_token("alices-laptop", "--user", "alice")

        assert Token.objects.get().user == alice

    def test_makes_a_second_of_the_same_name_and_says_so_beside_it(self) -> None:
        create_token("gater-1")

        out, err = create_token("gater-1")

        assert authenticate_token(out.strip()).name == "gater-1"
        assert "Live tokens named 'gater-1' before this one: 1" in err

    @pytest.mark.parametrize("name", ["", " gater", "ga\0ter", "g" * 129])
    def test_refuses_a_name_that_cannot_be_shown(self, name: str) -> None:
        with pytest.raises(CommandError, match=r"The name .* No token was made"):
            create_token(name)
        assert not Token.objects.exists()

    def test_refuses_an_unknown_user(self) -> None:
        with pytest.raises(CommandError, match="There is no user 'nobody'"):
            create_token("gater-1", "--user", "nobody")
        assert not Token.objects.exists()

    def test_refuses_a_deactivated_user(self) -> None:
        User.objects.create_user("leaver", is_active=False)

        with pytest.raises(CommandError, match="'leaver' is deactivated"):
            create_token("gater-1", "--user", "leaver")
        assert not Token.objects.exists()

    def test_names_near_and_existing_roles_for_one_that_is_none(self) -> None:
        with pytest.raises(CommandError, match=r"no role \"viewr\".*'viewer' meant.*administrator, auditor"):
            create_token("gater-1", "--role", "viewr")
        assert not Token.objects.exists()

    def test_limits_it_to_the_roles_and_grants_that_are_said(self) -> None:
        out, _ = create_token("gater-1", "--role", "viewer", "--grant", "query ex_esdb_audit audit_trail:* personal")

        rights = authenticate_token(out.strip()).rights
        assert rights.covers(Verb.SUBSCRIBE, "health", Pattern("*"))
        assert rights.covers(Verb.QUERY, "audit", Pattern("audit_trail:*"), personal=True)
        assert not rights.covers(Verb.QUERY, "audit", Pattern("*"))
        assert not rights.covers(Verb.PUBLISH, "health", Pattern("*"))

    @pytest.mark.parametrize(
        "grant", ["", "query audit", "read audit *", "query nowhere *", "query audit a*", "query audit * private"]
    )
    def test_refuses_a_grant_that_cannot_be_read(self, grant: str) -> None:
        with pytest.raises(CommandError, match="No token was made"):
            create_token("gater-1", "--grant", grant)
        assert not Token.objects.exists()

    def test_takes_an_end_and_networks(self) -> None:
        create_token("gater-1", "--expires", "90d", "--network", "10.0.0.0/8", "--network", "2001:db8::/32")

        token = Token.objects.get()
        assert token.expires_at is not None
        assert timedelta(days=89) < token.expires_at - token.created_at < timedelta(days=91)
        assert token.networks == "10.0.0.0/8 2001:db8::/32"

    @pytest.mark.parametrize("arguments", [("--expires", "soon"), ("--expires", "2001-01-01"), ("--network", "10/x")])
    def test_refuses_an_end_or_a_network_that_is_none(self, arguments: tuple[str, str]) -> None:
        with pytest.raises(CommandError, match="No token was made"):
            create_token("gater-1", *arguments)
        assert not Token.objects.exists()


class TestRotateToken:
    def test_prints_the_successor_alone_and_ends_the_old_one(self) -> None:
        old = Token.objects.issue(name="gater-1").token
        out, err = StringIO(), StringIO()

        call_command("rotate_token", f"gh_{old.prefix}", "--overlap", "2", stdout=out, stderr=err)

        old.refresh_from_db()
        assert authenticate_token(out.getvalue().strip()).name == "gater-1"
        assert old.expires_at is not None
        assert "The old one" in err.getvalue()

    def test_refuses_a_prefix_that_is_none_without_repeating_it(self) -> None:
        secret = Token.objects.issue(name="gater-1").secret

        with pytest.raises(CommandError) as refused:
            call_command("rotate_token", secret)

        assert secret[12:] not in str(refused.value)

    @pytest.mark.parametrize("hours", ["-1", "721", "99999999999"])
    def test_refuses_an_overlap_out_of_bounds(self, hours: str) -> None:
        old = Token.objects.issue(name="gater-1").token

        with pytest.raises(CommandError, match="0 to 30 days"):
            call_command("rotate_token", old.prefix, f"--overlap={hours}")


class TestRevokeToken:
    def test_revokes_it_and_says_so(self) -> None:
        token = Token.objects.issue(name="gater-1").token
        out = StringIO()

        call_command("revoke_token", token.prefix, stdout=out)
        call_command("revoke_token", token.prefix, stdout=out)

        token.refresh_from_db()
        assert token.revoked_at is not None
        assert "is revoked." in out.getvalue()
        assert "was revoked before" in out.getvalue()
