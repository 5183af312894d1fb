"""Who may do more than before, or less: grants, roles and their members, permissions, told to `security`."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.contrib.auth.models import AbstractUser, Group, Permission
from django.db.models import Model

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell_on_commit
from gaterhub.origin import plain
from instances.access.models import Grant, Token
from instances.schemas import security
from instances.schemas.typed_event import TypedEvent

MEMBERS_MAX: Final = 100
"""Of one act, told one by one; the others are told as a number."""

_ADDED: Final = "post_add"
_REMOVED: Final = ("post_remove", "pre_clear")


def grant_changed(row: Model, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> TypedEvent:
    """Return what is told of a grant that was made, changed or taken back."""
    if not isinstance(row, Grant):
        raise TypeError(f"{row!r} is no grant.")
    known = {name: getattr(row, name) for name in ("verb", "instance", "pattern", "personal")}
    granted: list[str] = [] if after is None else [str(Grant(**known))]
    revoked: list[str] = []
    if before is not None:
        earlier = {name: before.get(name, value) for name, value in known.items()}
        revoked = [str(Grant(**earlier))]
    return _event(name_of(row.user or row.group or row.token), granted, revoked)


def members_changed(
    *,
    instance: Model,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: Collection[int] | None,
    using: str,
    sender: type[Model],
    **signal: Any,
) -> None:
    """Tell which roles and permissions somebody has now, or no longer, whichever side they were set from."""
    if action != _ADDED and action not in _REMOVED:
        return
    others = list(_others(sender, instance, model, pk_set, using=using))
    pairs: dict[str, list[str]] = {}
    for other in others:
        whose, what = (other, instance) if reverse else (instance, other)
        pairs.setdefault(name_of(whose), []).append(name_of(what))
    none: list[str] = []
    told = dict(list(pairs.items())[:MEMBERS_MAX])
    if len(pairs) > MEMBERS_MAX:
        told[f"{len(pairs) - MEMBERS_MAX} others"] = [name_of(instance)]
    for whose_name, names in told.items():
        granted, revoked = (names, none) if action == _ADDED else (none, names)
        tell_on_commit(_event(whose_name, granted, revoked), using=using)


def _others(
    through: type[Model], instance: Model, model: type[Model], pk_set: Collection[int] | None, *, using: str
) -> Collection[Model]:
    """Return the rows on the other side; without a set of keys all that there are, because all are let go."""
    rows = model._default_manager.using(using)
    if pk_set is not None:
        return rows.filter(pk__in=pk_set)
    fields = [each for each in through._meta.concrete_fields if each.related_model is not None]
    (here,) = (each for each in fields if each.related_model is type(instance))
    (there,) = (each for each in fields if each is not here)
    keys = through._default_manager.using(using).filter(**{here.attname: instance.pk}).values(there.attname)
    return rows.filter(pk__in=keys)


def name_of(row: object) -> str:
    """Return an account, a role, a token or a permission as events name it."""
    match row:
        case AbstractUser():
            return plain(f"user:{row.get_username()}")
        case Group():
            return plain(f"role:{row.name}")
        case Token():
            return plain(f"token:{row}")
        case Permission():
            return plain(f"{row.content_type.app_label}.{row.codename}")
        case _:
            return plain(str(row))


def _event(whose: str, granted: list[str], revoked: list[str]) -> TypedEvent:
    actor = current_actor()
    return security.permissions_changed(
        user_id=whose,
        actor=actor["actor"],
        granted=granted,
        revoked=revoked,
        ip_address=actor.get("ip_address"),
        origin="web" if "ip_address" in actor else "python",
        target=whose,
        outcome="success",
    )
