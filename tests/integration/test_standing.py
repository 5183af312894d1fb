"""Who is connected may be so no more: found by asking again, and what is followed is what may be followed."""

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from consumers.close_codes import ACCESS_REVOKED, CloseCode
from consumers.granted import NotGranted, reads_personal, review
from consumers.hub import Hub
from consumers.running import start_hub, stop_hub
from consumers.standing import Credential, Standing, look_up
from instances.access.models import Grant, Token
from instances.access.principal import Principal
from instances.access.rights import EVERYTHING, NOTHING, Granted, Rights, Verb
from instances.catalog import find
from instances.publishing import apublish
from instances.streams import Position
from instances.topics import Pattern
from tests.accounts import account, role
from tests.integration.test_hub import follower

pytestmark = pytest.mark.django_db(transaction=True)

FAILURE = {"user_id": "ada", "ip_address": "203.0.113.7", "reason": "invalid_credentials"}


@pytest.fixture
async def hub(sequencer: None) -> AsyncIterator[Hub]:
    yield await start_hub()
    await stop_hub()


def of_token(token: Token, address: str | None = None) -> Credential:
    return Credential(token.pk, None, address)


def standing_of(credential: Credential) -> Principal | None:
    return look_up([credential])[credential]


class TestACredential:
    def test_of_a_token_stands_for_what_it_may_do_now(self) -> None:
        token = Token.objects.issue(name="orders", roles=()).token
        principal = standing_of(of_token(token))
        assert principal is not None
        assert principal.rights == NOTHING

        Grant.objects.create(token=token, verb="subscribe", instance="health", pattern="process_health:*")

        principal = standing_of(of_token(token))
        assert principal is not None
        assert principal.rights.allows(Verb.SUBSCRIBE, "health", "process_health:web")

    def test_of_a_token_ends_with_it(self) -> None:
        revoked, expired, free = (Token.objects.issue(name=name).token for name in ("revoked", "expired", "free"))
        Token.objects.filter(pk=revoked.pk).revoke(at=timezone.now())
        Token.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

        found = look_up([of_token(token) for token in (revoked, expired, free)])

        assert [found[of_token(token)] is None for token in (revoked, expired, free)] == [True, True, False]

    def test_of_a_token_ends_with_its_account(self) -> None:
        user = account("ada")
        token = Token.objects.issue(name="ada's", user=user).token
        user.is_active = False
        user.save()

        assert standing_of(of_token(token)) is None

    def test_of_a_token_ends_where_its_networks_do(self) -> None:
        token = Token.objects.issue(name="orders", networks="10.0.0.0/8 2001:db8::/32").token

        assert standing_of(of_token(token, "10.1.2.3")) is not None
        assert standing_of(of_token(token, "::ffff:10.1.2.3")) is not None
        assert standing_of(of_token(token, "192.0.2.1")) is None
        assert standing_of(of_token(token, None)) is None

    def test_of_a_session_ends_with_a_log_out_a_new_password_or_the_account(self, client: Client) -> None:
        ada = account("ada", password="correct horse")
        client.force_login(ada)
        key = client.session.session_key
        assert key is not None
        credential = Credential(None, key, None)
        principal = standing_of(credential)
        assert principal is not None
        assert principal.name == "ada"

        ada.set_password("another horse")
        ada.save()
        assert standing_of(credential) is None

        client.force_login(ada)
        credential = Credential(None, client.session.session_key, None)
        assert standing_of(credential) is not None
        client.logout()
        assert standing_of(credential) is None
        assert not SessionStore().exists(credential.session_key or "")


class TestStanding:
    async def test_tells_each_what_its_credential_stands_for(self) -> None:
        told: dict[str, Principal | None] = {}
        good, bad = Credential(1, None, None), Credential(2, None, None)
        principal = Principal("token", 1, "good")

        def look(asked: Iterable[Credential]) -> Mapping[Credential, Principal | None]:
            return {each: principal if each is good else None for each in asked}

        standing = Standing(look)
        standing.watch("a", good, lambda who: told.update(a=who))
        standing.watch("b", bad, lambda who: told.update(b=who))
        standing.watch("c", bad, lambda who: told.update(c=who))
        standing.forget("c")
        await standing.turn()

        assert told == {"a": principal, "b": None}

    async def test_leaves_everybody_while_the_database_is_out(self) -> None:
        told: list[Principal | None] = []

        def look(asked: Iterable[Credential]) -> Mapping[Credential, Principal | None]:
            raise OperationalError("connection refused")

        standing = Standing(look)
        standing.watch("a", Credential(1, None, None), told.append)
        await standing.turn()

        assert told == []


def rights(pattern: str, *, instance: str = "security", personal: bool = False) -> Rights:
    return Rights([Granted(Verb.SUBSCRIBE, instance, Pattern(pattern), personal)])


class TestWhatIsFollowed:
    def test_must_lie_within_a_grant(self) -> None:
        spec = find("security")

        with pytest.raises(NotGranted, match='Following "\\*" of security is not granted'):
            reads_personal(rights("security_events:*"), spec, Pattern("*"))
        assert not reads_personal(rights("security_events:*"), spec, Pattern("security_events:authentication"))
        assert reads_personal(EVERYTHING, spec, Pattern("*"))

    async def test_comes_without_personal_fields_unless_they_are_granted(self, hub: Hub) -> None:
        _, reads = await follower(hub, "security", "*")
        veiled, plain = await follower(hub, "security")
        begun = await hub.subscribe(veiled, id="s1", spec=find("security"), pattern=Pattern("*"), personal=False)

        await apublish("security", "security_events:authentication", "authentication_failure", data=FAILURE)
        await apublish("security", "security_events:authentication", "own_type", data={"user_id": "ada"})

        whole, redacted = await reads.has(2), await plain.has(2)
        assert whole[0]["data"] == FAILURE
        assert redacted[0]["data"] == FAILURE | {"user_id": "[redacted]", "ip_address": "[redacted]"}
        assert redacted[0] | {"data": None} == whole[0] | {"data": None}
        assert redacted[1] == whole[1]
        assert begun.subscription.personal is False

    async def test_is_replayed_without_personal_fields_too(self, hub: Hub) -> None:
        _, reads = await follower(hub, "security", "*")
        await apublish("security", "security_events:authentication", "authentication_failure", data=FAILURE)
        [event] = await reads.has(1)
        connection, late = await follower(hub, "security")

        await hub.subscribe(
            connection,
            id="s1",
            spec=find("security"),
            pattern=Pattern("*"),
            since={event["stream"]: Position(event["epoch"], event["offset"] - 1)},
            personal=False,
        )

        assert [each["data"]["user_id"] for each in await late.has(1)] == ["[redacted]"]

    async def test_arrives_in_full_where_one_of_two_patterns_may_read_it(self, hub: Hub) -> None:
        connection, reads = await follower(hub, "security", "security_events:authentication")
        await hub.subscribe(connection, id="s1", spec=find("security"), pattern=Pattern("*"), personal=False)

        await apublish("security", "security_events:authentication", "authentication_failure", data=FAILURE)
        await apublish("security", "security_events:other", "authentication_failure", data=FAILURE)

        assert [each["data"]["user_id"] for each in await reads.has(2)] == ["ada", "[redacted]"]

    async def test_changes_with_the_grants(self, hub: Hub) -> None:
        connection, reads = await follower(hub, "security", "*")
        closed: list[CloseCode] = []
        connection.on_close = closed.append

        review(hub, connection, rights("*"))
        await apublish("security", "security_events:authentication", "authentication_failure", data=FAILURE)
        await reads.has(1)
        review(hub, connection, rights("*", personal=True))
        await apublish("security", "security_events:authentication", "authentication_failure", data=FAILURE)

        assert [each["data"]["user_id"] for each in await reads.has(2)] == ["[redacted]", "ada"]
        assert closed == []

        review(hub, connection, rights("security_events:*"))
        assert closed == [ACCESS_REVOKED]

    async def test_reads_what_an_account_is_granted(self) -> None:
        await sync_to_async(Grant.objects.create)(
            group=await sync_to_async(role)("auditor"), verb="query", instance="health", pattern="a:*"
        )
        user = await sync_to_async(account)("ada", "auditor")
        token = (await sync_to_async(Token.objects.issue)(name="t", user=user)).token

        principal = (await sync_to_async(look_up)([of_token(token)]))[of_token(token)]

        assert principal is not None
        assert principal.rights.allows(Verb.QUERY, "health", "a:b")
