"""Changes of rows that decide what the hub does and who may do what: told with what was and what is.

Configuration is told to `system`, grants to `security`, tokens, roles and accounts to `audit`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model

from gaterhub.acts.actor import current_actor
from gaterhub.acts.rights import grant_changed
from gaterhub.acts.telling import tell_on_commit
from gaterhub.consoles.models import OwnConsole
from gaterhub.incident.models import ConsoleNote
from gaterhub.objectives.models import Objective
from gaterhub.origin import plain
from instances.access.models import Grant, Token
from instances.models import DomainType, DomainTypeVersion, InstanceConfig, RetentionPolicy
from instances.schemas import audit, system
from instances.schemas.typed_event import TypedEvent

_BEFORE: Final = "_gaterhub_before"
VALUE_MAX_CHARACTERS: Final = 2_000
"""A schema may have 64 KiB, which is as much as a whole event."""


Action = Literal["created", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a row. The values are those of the fields that are other than before."""

    row: Model
    action: Action
    fields: tuple[str, ...]
    before: Mapping[str, Any] | None
    """None where it is new."""
    after: Mapping[str, Any] | None
    """None where it is gone."""

    @property
    def target(self) -> str:
        return plain(f"{self.row._meta.label}:{self.row}")


@dataclass(frozen=True, slots=True)
class Watched:
    """Which of a model's fields are watched, and what their change is told as."""

    event: Callable[[Change], TypedEvent]
    fields: tuple[str, ...] = ()
    """None named: all but those that the saving sets itself."""
    secret: tuple[str, ...] = ()
    """That they changed is told, what they hold is not."""
    created: bool = True
    """Whether a new row is told, too; not where it is told otherwise."""


def _configuration(change: Change) -> TypedEvent:
    return system.configuration_changed(
        service="gaterhub",
        **current_actor(),
        action=change.action,
        target=change.target,
        before=change.before,
        after=change.after,
        outcome="success",
    )


def _data(change: Change) -> TypedEvent:
    actor = current_actor()
    return audit.data_changed(
        actor=actor["actor"],
        action=change.action,
        resource=change.target,
        fields=list(change.fields),
        before=change.before,
        after=change.after,
        outcome="success",
        ip_address=actor.get("ip_address"),
    )


def _grant(change: Change) -> TypedEvent:
    return grant_changed(change.row, change.before, change.after)


WATCHED: Final[Mapping[type[Model], Watched]] = {
    InstanceConfig: Watched(_configuration),
    RetentionPolicy: Watched(_configuration),
    DomainType: Watched(_configuration),
    DomainTypeVersion: Watched(_configuration),
    Objective: Watched(_configuration),
    OwnConsole: Watched(_configuration),
    Grant: Watched(_grant, ("user_id", "group_id", "token_id", "verb", "instance", "pattern", "personal")),
    Token: Watched(
        _data,
        (
            "name",
            "user_id",
            "limited",
            "networks",
            "events_per_second",
            "bytes_per_second",
            "connections",
            "expires_at",
        ),
        secret=("digest", "signing_secret"),
        created=False,
    ),
    Group: Watched(_data, ("name",)),
    ConsoleNote: Watched(_data, ("console", "moment_ms", "text", "author_name", "corrects_id")),
    get_user_model(): Watched(_data, ("username", "is_active", "is_staff", "is_superuser"), secret=("password",)),
}
"""One more model is one more row here."""

# Set by the saving itself, so they are no news.
_NO_NEWS: Final = frozenset({"updated_at"})


def remember(
    *,
    sender: type[Model],
    instance: Model,
    using: str,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **signal: Any,
) -> None:
    """Keep with the object what its row holds before it is saved. A fixture's load is no act."""
    # A log-in saves when it was, and nothing that is watched.
    if raw or (update_fields is not None and not _touches(sender, update_fields)):
        return
    row = sender._default_manager.using(using).filter(pk=instance.pk).values(*_fields(sender)).first()
    setattr(instance, _BEFORE, row)


def saved(
    *,
    sender: type[Model],
    instance: Model,
    using: str,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **signal: Any,
) -> None:
    """Tell what a saving changed, once it is committed; a saving that changes nothing is no act."""
    if raw or (update_fields is not None and not _touches(sender, update_fields)):
        return
    before: dict[str, Any] | None = instance.__dict__.pop(_BEFORE, None)
    after = {name: getattr(instance, name) for name in _fields(sender)}
    changed = [name for name in after if before is None or before[name] != after[name]]
    if changed and (before is not None or WATCHED[sender].created):
        _tell(instance, "created" if before is None else "changed", before, after, changed, using=using)


def deleted(*, sender: type[Model], instance: Model, using: str, **signal: Any) -> None:
    """Tell, once it is committed, that a row is gone; called before it is, while what it belongs to is there, too."""
    before = {name: getattr(instance, name) for name in _fields(sender)}
    _tell(instance, "deleted", before, None, list(before), using=using)


def _touches(model: type[Model], update_fields: Collection[str]) -> bool:
    watched = set(_fields(model))
    return any(model._meta.get_field(name).attname in watched for name in update_fields)  # type: ignore[union-attr]  # Only concrete fields are saved.


def _fields(model: type[Model]) -> list[str]:
    watched = WATCHED[model]
    if watched.fields:
        return [*watched.fields, *watched.secret]
    return [field.attname for field in model._meta.concrete_fields if field.name not in _NO_NEWS]


def _tell(
    row: Model,
    action: Action,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    changed: list[str],
    *,
    using: str,
) -> None:
    watched = WATCHED[type(row)]
    shown = [name for name in changed if name not in watched.secret]
    change = Change(row, action, tuple(changed), _shown(before, shown), _shown(after, shown))
    tell_on_commit(watched.event(change), using=using)


def _shown(values: Mapping[str, Any] | None, names: list[str]) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: plain(value, at_most=VALUE_MAX_CHARACTERS) if isinstance(value, str) else value
        for name, value in values.items()
        if name in names
    }
