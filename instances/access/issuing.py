"""A token as somebody asks for it in words: roles and grants by name, checked before anything is made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from instances.access.delegation import Giver
from instances.access.models import Grant, Issued, Token
from instances.access.rights import Granted, Verb
from instances.catalog import find
from instances.error_codes import Refusal
from instances.topics import Pattern, quoted

GRANTS_MAX: Final = 200
"""Of one token: all four verbs on all ten instances five times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenWish:
    """What a new token is to be."""

    name: str
    user: User | None = None
    """For whom it acts."""
    roles: Sequence[Group] = ()
    grants: Sequence[Granted] = ()
    limited: bool = False
    """Whether it may do only what its roles and grants say, none at all included."""
    expires_at: datetime | None = None
    networks: Sequence[str] = ()
    events_per_second: int | None = None
    bytes_per_second: int | None = None
    connections: int | None = None


def issue(wish: TokenWish, *, giver: Giver | None = None) -> Issued:
    """Make the token and its grants, all or nothing; `giver` is who asks, None where that is the hub's own host.

    Raises: Refusal, `bad_request` for what can't be right, `forbidden` for more than the giver has.
    """
    if giver is not None:
        giver.check_token(user=wish.user, limited=wish.limited)
        for role in wish.roles:
            giver.check_role(role)
        giver.check_grants(wish.grants)
    if wish.expires_at is not None and wish.expires_at <= timezone.now():
        raise Refusal("bad_request", "The token's end has passed; it needs one to come, or none.")
    if len(wish.grants) > GRANTS_MAX:
        raise Refusal("bad_request", f"A token has at most {GRANTS_MAX} grants; make a role of them.")
    with transaction.atomic():
        try:
            issued = Token.objects.issue(
                name=wish.name,
                user=wish.user,
                roles=wish.roles if wish.limited else None,
                expires_at=wish.expires_at,
                networks=" ".join(wish.networks),
                events_per_second=wish.events_per_second,
                bytes_per_second=wish.bytes_per_second,
                connections=wish.connections,
            )
        except ValidationError as error:
            raise Refusal("bad_request", _sentence(error)) from error
        # One by one, so that whoever listens hears of each.
        for each in _widest(wish.grants):
            Grant.objects.create(
                token=issued.token,
                verb=each.verb,
                instance=each.instance,
                pattern=each.pattern.text,
                personal=each.personal,
            )
    return issued


def roles_named(names: Iterable[str]) -> list[Group]:
    """Return the roles of these names. Raises: Refusal, naming those that there are."""
    known = {role.name: role for role in Group.objects.all()}
    found = []
    for name in dict.fromkeys(names):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f" Is {near[0]!r} meant?" if near else ""
            raise Refusal("bad_request", f"There is no role {quoted(name)}.{meant} {_there_are(known)}")
        found.append(known[name])
    return found


def granted(verb: str, instance: str, pattern: str, *, personal: bool = False) -> Granted:
    """Return what the words say; an alias of an instance is taken. Raises: Refusal."""
    if verb not in list(Verb):
        raise Refusal("bad_request", f"There is no verb {quoted(verb)}; there are {', '.join(Verb)}.")
    return Granted(Verb(verb), find(instance).name, Pattern(pattern), personal)


def _there_are(known: Iterable[str]) -> str:
    names = ", ".join(sorted(known))
    return f"There are {names}." if names else "No role is defined."


def _widest(grants: Iterable[Granted]) -> list[Granted]:
    """Return each grant once; one that is there with and without personal fields is with."""
    rows: dict[tuple[Verb, str, Pattern], Granted] = {}
    for each in grants:
        key = (each.verb, each.instance, each.pattern)
        rows[key] = each if each.personal else rows.get(key, each)
    return list(rows.values())


def _sentence(error: ValidationError) -> str:
    fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return " ".join(
        f"The {field.replace('_', ' ')} can't be taken: {message}" if field else message
        for field, messages in fields.items()
        for message in messages
    )
