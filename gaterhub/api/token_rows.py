"""How a token is told over the API: all of it but its secret."""

from typing import Annotated

from django.db.models import QuerySet
from msgspec import Meta, Struct

from instances.access.issuing import GRANTS_MAX
from instances.access.models import NAME_MAX_LENGTH, Token
from instances.access.rights import Verb
from instances.topics import WILDCARD

FIGURE_MAX = 2_147_483_647
"""The most that the database's column holds."""

Figure = Annotated[int, Meta(ge=1, le=FIGURE_MAX)]


class GrantRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One verb on one pattern of an instance."""

    verb: Verb
    instance: Annotated[str, Meta(description="One of the ten, or its alias.")]
    pattern: str = WILDCARD
    personal: Annotated[bool, Meta(description="Whether personal fields are read in the clear.")] = False


class NewToken(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new token is to be."""

    name: Annotated[str, Meta(max_length=NAME_MAX_LENGTH, description="Its events carry this as their publisher.")]
    roles: Annotated[
        Annotated[list[str], Meta(max_length=100)] | None,
        Meta(description="With roles or grants, none at all included, it may do what they say and no more."),
    ] = None
    grants: Annotated[list[GrantRow], Meta(max_length=GRANTS_MAX)] | None = None
    expires_at: Annotated[
        str | int | None, Meta(description="RFC 3339 with a zone, or milliseconds since 1970 UTC. Absent: never.")
    ] = None
    networks: Annotated[
        list[str], Meta(max_length=100, description="From where it is taken, such as 10.0.0.0/8; empty: anywhere.")
    ] = []
    events_per_second: Figure | None = None
    bytes_per_second: Figure | None = None
    connections: Figure | None = None


class Overlap(Struct, frozen=True, forbid_unknown_fields=True):
    """How long both tokens work."""

    overlap_seconds: Annotated[int, Meta(description="0 to 2,592,000; 0: the old one is revoked at once.")] = 86_400


class TokenRow(Struct, frozen=True):
    """A token without its secret. Times are milliseconds since 1970 UTC."""

    prefix: str
    name: str
    user: Annotated[str | None, Meta(description="For whom it acts.")]
    limited: Annotated[bool, Meta(description="Whether it may do only what its roles and grants say.")]
    roles: list[str]
    grants: list[GrantRow]
    networks: list[str]
    events_per_second: int | None
    bytes_per_second: int | None
    connections: int | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None
    replaces: Annotated[str | None, Meta(description="The prefix of the token that it was rotated from.")]


class TokenList(Struct, frozen=True):
    """Tokens, the newest first."""

    results: list[TokenRow]
    next: Annotated[str | None, Meta(description="What `after` says for the next page; null at the end.")]


class MadeToken(Struct, frozen=True):
    """A token, told this once."""

    token: Annotated[str, Meta(description="The token itself. Nobody can show it again.")]
    name: str
    prefix: Annotated[str, Meta(description="By which it is listed, revoked and rotated.")]


def with_rows(tokens: QuerySet[Token]) -> QuerySet[Token]:
    """Return the tokens with what their rows tell, in a few queries for all."""
    return tokens.select_related("user", "replaces").prefetch_related("roles", "grants")


def token_row(token: Token) -> TokenRow:
    return TokenRow(
        prefix=token.prefix,
        name=token.name,
        user=None if token.user is None else token.user.get_username(),
        limited=token.limited,
        roles=sorted(role.name for role in token.roles.all()),
        grants=[GrantRow(Verb(row.verb), row.instance, row.pattern, row.personal) for row in token.grants.all()],
        networks=token.networks.split(),
        events_per_second=token.events_per_second,
        bytes_per_second=token.bytes_per_second,
        connections=token.connections,
        created_at=round(token.created_at.timestamp() * 1000),
        expires_at=None if token.expires_at is None else round(token.expires_at.timestamp() * 1000),
        revoked_at=None if token.revoked_at is None else round(token.revoked_at.timestamp() * 1000),
        last_used_at=None if token.last_used_at is None else round(token.last_used_at.timestamp() * 1000),
        replaces=None if token.replaces is None else token.replaces.prefix,
    )
