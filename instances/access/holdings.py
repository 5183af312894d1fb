"""What a caller may do, told row by row and by what: its own grants or those of a role."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q

from instances.access.models import Grant, Token
from instances.access.principal import Principal
from instances.access.rights import Verb
from instances.catalog import NAMES
from instances.topics import WILDCARD, BadPattern, Pattern, intersection


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that a caller may do."""

    verb: Verb
    instance: str
    pattern: Pattern
    personal: bool
    role: str | None
    """By which role; None: by itself."""

    def contains(self, other: "Held") -> bool:
        return (
            (self.verb, self.instance) == (other.verb, other.instance)
            and self.pattern.contains(other.pattern)
            and self.personal >= other.personal
        )


def held_by(principal: Principal) -> list[Held]:
    """Return what the caller may do, in the order of verbs and of the catalog; blocks on the database."""
    if principal.kind == "user":
        user = get_user_model().objects.filter(pk=principal.id).first()
        return [] if user is None else _sorted(_of_user(user))
    token = Token.objects.select_related("user").filter(pk=principal.id).first()
    return [] if token is None else _sorted(_of_token(token))


def _of_user(user: User) -> list[Held]:
    if not user.is_active:
        return []
    return _everything() if user.is_superuser else _rows(Q(user=user) | Q(group__user=user))


def _of_token(token: Token) -> list[Held]:
    account = None if token.user is None else _of_user(token.user)
    if not token.limited:
        return _everything() if account is None else account
    own = _rows(Q(token=token) | Q(group__tokens=token))
    return own if account is None else _within(own, account)


def _everything() -> list[Held]:
    return [Held(verb, instance, Pattern(WILDCARD), True, None) for verb in Verb for instance in NAMES]


def _rows(whose: Q) -> list[Held]:
    found = []
    grants = Grant.objects.filter(whose).distinct()
    values = grants.values_list("verb", "instance", "pattern", "personal", "group__name")
    for verb, instance, text, personal, role in values:
        try:
            found.append(Held(Verb(verb), instance, Pattern(text), personal, role))
        except BadPattern:
            # As in `granted_by`: it grants nothing.
            continue
    return found


def _within(own: Iterable[Held], account: list[Held]) -> list[Held]:
    """Return what both allow: a token's grants as far as those of its account reach."""
    both: list[Held] = []
    for mine in own:
        for limit in account:
            if (mine.verb, mine.instance) != (limit.verb, limit.instance):
                continue
            shared = intersection(mine.pattern, limit.pattern)
            if shared is not None:
                both.append(replace(mine, pattern=shared, personal=mine.personal and limit.personal))
    distinct = list(dict.fromkeys(both))
    # Several grants of the account cut the same one of the token in pieces, of which one may hold the others.
    return [
        each
        for each in distinct
        if not any(other != each and other.role == each.role and other.contains(each) for other in distinct)
    ]


def _sorted(rows: Iterable[Held]) -> list[Held]:
    verbs = list(Verb)
    return sorted(
        rows, key=lambda row: (verbs.index(row.verb), NAMES.index(row.instance), row.pattern.text, row.role or "")
    )
