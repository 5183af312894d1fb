import pytest
from django.contrib.auth.models import Permission, User

from instances.access.delegation import Beyond, Giver
from instances.access.models import Grant, Token
from instances.access.rights import Granted, Verb
from instances.topics import Pattern
from tests.accounts import account, role

pytestmark = pytest.mark.django_db


def granted(text: str, *, personal: bool = False) -> list[Granted]:
    verb, instance, pattern = text.split()
    return [Granted(Verb(verb), instance, Pattern(pattern), personal)]


@pytest.fixture
def clerk() -> User:
    """Somebody who reads health and queries a part of audit, and has no permission at all."""
    clerk = account("clerk", is_staff=True)
    Grant.objects.create(user=clerk, verb="subscribe", instance="health", pattern="*")
    Grant.objects.create(user=clerk, verb="query", instance="audit", pattern="audit_trail:*", personal=True)
    return clerk


class TestGiver:
    @pytest.mark.parametrize("text", ["subscribe health *", "subscribe health a:b", "query audit audit_trail:web"])
    def test_grants_what_it_may_do(self, clerk: User, text: str) -> None:
        Giver(clerk).check_grants(granted(text))

    @pytest.mark.parametrize("text", ["publish health *", "query audit *", "subscribe metrics *"])
    def test_grants_nothing_else_and_says_what_is_missing(self, clerk: User, text: str) -> None:
        verb, instance, pattern = text.split()

        with pytest.raises(Beyond) as refused:
            Giver(clerk).check_grants(granted(text))
        assert f"{verb} on {instance} {pattern}" in refused.value.message

    def test_grants_no_personal_fields_that_it_does_not_read(self, clerk: User) -> None:
        Giver(clerk).check_grants(granted("query audit audit_trail:*", personal=True))

        with pytest.raises(Beyond, match="with personal fields"):
            Giver(clerk).check_grants(granted("subscribe health *", personal=True))

    def test_grants_anything_with_the_permission_to_grant(self, clerk: User) -> None:
        clerk.user_permissions.add(Permission.objects.get(codename="add_grant"))

        Giver(User.objects.get(pk=clerk.pk)).check_grants(granted("query audit *", personal=True))

    def test_gives_no_role_with_permissions_that_it_lacks(self, clerk: User) -> None:
        clerk.user_permissions.add(Permission.objects.get(codename="add_grant"))
        operator = role("operator")
        operator.permissions.set([Permission.objects.get(codename="change_instanceconfig")])

        with pytest.raises(Beyond, match=r"operator is beyond you.*instances\.change_instanceconfig"):
            Giver(User.objects.get(pk=clerk.pk)).check_role(operator)

    def test_gives_no_role_with_grants_that_it_lacks(self, clerk: User) -> None:
        with pytest.raises(Beyond, match="publisher is beyond you"):
            Giver(clerk).check_role(role("publisher"))

    def test_lets_only_a_superuser_make_a_token_that_may_do_everything(self, clerk: User) -> None:
        Giver(User.objects.create_superuser("root")).check_token(user=None, limited=False)

        with pytest.raises(Beyond, match="Only a superuser"):
            Giver(clerk).check_token(user=None, limited=False)

    def test_makes_tokens_that_are_limited_or_act_for_itself(self, clerk: User) -> None:
        giver = Giver(clerk)
        giver.check_token(user=clerk, limited=False)
        giver.check_token(user=None, limited=True)

        with pytest.raises(Beyond, match="another account"):
            giver.check_token(user=account("other"), limited=False)

    def test_rotates_its_own_token_and_none_that_may_do_more(self, clerk: User) -> None:
        Giver(clerk).check_rotation(Token.objects.issue(name="own", user=clerk).token)
        free = Token.objects.issue(name="free").token
        mighty = Token.objects.issue(name="mighty", roles=[role("publisher")]).token

        for token in (free, mighty):
            with pytest.raises(Beyond):
                Giver(clerk).check_rotation(token)

    def test_edits_no_account_of_a_superuser_or_that_may_do_more(self, clerk: User) -> None:
        Giver(clerk).check_account(clerk)
        Giver(clerk).check_account(account("stranger"))

        for mightier in (User.objects.create_superuser("root"), account("service", "publisher")):
            with pytest.raises(Beyond):
                Giver(clerk).check_account(mightier)
