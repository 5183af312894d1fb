"""Changes of the hub's configuration, told to `system` with what was and what is."""

from typing import Any, Final

from django.db.models import Model

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell_on_commit
from instances.models import InstanceConfig
from instances.schemas import system

WATCHED: Final[tuple[type[Model], ...]] = (InstanceConfig,)
"""The models that hold configuration; one more is one more name here."""

_BEFORE: Final = "_gaterhub_before"
# Set by the saving itself, so they are no news.
_NO_NEWS: Final = frozenset({"updated_at"})


def remember(*, sender: type[Model], instance: Model, using: str, raw: bool = False, **signal: Any) -> None:
    """Keep with the object what its row holds before it is saved. A fixture's load is no act."""
    if not raw:
        row = sender._default_manager.using(using).filter(pk=instance.pk).values(*_fields(sender)).first()
        setattr(instance, _BEFORE, row)


def saved(*, sender: type[Model], instance: Model, raw: bool = False, using: str, **signal: Any) -> None:
    """Tell what a saving changed, once it is committed; a saving that changes nothing is no act."""
    if raw:
        return
    before: dict[str, Any] | None = instance.__dict__.pop(_BEFORE, None)
    after = {name: getattr(instance, name) for name in _fields(sender)}
    changed = [name for name in after if before is None or before[name] != after[name]]
    if changed:
        _tell(
            instance,
            "created" if before is None else "changed",
            before=None if before is None else {name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            using=using,
        )


def deleted(*, sender: type[Model], instance: Model, using: str, **signal: Any) -> None:
    before = {name: getattr(instance, name) for name in _fields(sender)}
    _tell(instance, "deleted", before=before, after=None, using=using)


def _fields(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in _NO_NEWS]


def _tell(row: Model, action: str, *, before: dict[str, Any] | None, after: dict[str, Any] | None, using: str) -> None:
    event = system.configuration_changed(
        service="gaterhub",
        **current_actor(),
        action=action,
        target=f"{row._meta.label}:{row}",
        before=before,
        after=after,
        outcome="success",
    )
    tell_on_commit(event, using=using)
