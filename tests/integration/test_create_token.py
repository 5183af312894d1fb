from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command

from instances.access.authentication import authenticate_token
from instances.access.models import Token

pytestmark = pytest.mark.django_db


def create_token(*arguments: str) -> tuple[str, str]:
    """Run the command and return what it wrote on standard output and on standard error."""
    out, err = StringIO(), StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


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

    def test_refuses_any_role_even_one_called_like_a_group(self) -> None:
        Group.objects.create(name="auditors")

        with pytest.raises(CommandError, match="There is no role 'auditors'"):
            create_token("gater-1", "--role", "auditors")
        assert not Token.objects.exists()
