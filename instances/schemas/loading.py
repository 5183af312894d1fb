"""The operators' event types from the database into the process, compiled where they changed."""

import logging
import os
import threading
from collections import defaultdict
from typing import Any

import msgspec
from django.db import DatabaseError, transaction
from django.db.models import Count, Max, Sum
from django.db.models.signals import post_delete, post_save

from instances.models import DomainType, DomainTypeVersion
from instances.schemas.registered import RegisteredType, RegisteredVersion, version_of
from instances.schemas.registry import replace_operators_types
from instances.schemas.steps import read_step
from instances.schemas.words import Compatibility, parameters_of
from instances.severity import UNSTATED

logger = logging.getLogger(__name__)

_State = tuple[tuple[int | None, ...], ...]
_loading = threading.Lock()
_state: _State | None = None
_compiled: dict[tuple[int, int], RegisteredVersion] = {}
"""By a version's row and revision."""


def load() -> None:
    """Have the registry know what the database has; blocks on it. A database that is out leaves the last one standing.

    Raises: nothing. What can't be compiled is logged and left out: its events pass as unregistered.
    """
    global _state
    with _loading:
        try:
            state = _read_state()
            if state == _state:
                return
            rows = list(DomainType.objects.all())
            versions = defaultdict(list)
            for version in DomainTypeVersion.objects.order_by("number"):
                versions[version.domain_type_id].append(version)
        except DatabaseError as error:
            logger.warning("The registered event types could not be read, so the last ones stand: %s", error)
            return
        replace_operators_types([known for row in rows if (known := _registered(row, versions[row.pk])) is not None])
        wanted = {(each.pk, each.revision) for rows in versions.values() for each in rows}
        for key in _compiled.keys() - wanted:
            del _compiled[key]
        _state = state


def _read_state() -> _State:
    """Return what differs after any change: ids are never used twice, and every change raises a revision.

    Times would not do, because hosts disagree about them.
    """
    figures = {"count": Count("pk"), "newest": Max("pk"), "revisions": Sum("revision")}
    return tuple(
        tuple(model._default_manager.aggregate(**figures)[name] for name in figures)
        for model in (DomainType, DomainTypeVersion)
    )


def _registered(row: DomainType, versions: list[DomainTypeVersion]) -> RegisteredType | None:
    try:
        compiled = [_version(each) for each in versions]
        if not compiled:
            return None
        return RegisteredType(
            instance=row.instance,
            name=row.name,
            title=row.title,
            purpose=row.purpose,
            topic=row.topic,
            parameters=parameters_of(row.topic),
            source="operator",
            compatibility=Compatibility(row.compatibility),
            rank=UNSTATED,
            versions={each.number: each for each in compiled},
        )
    except Exception:
        # Whatever came into the table by whatever way, the other types and the hub go on.
        logger.exception("The registered event type %s can't be used; its events pass as unregistered.", row)
        return None


def _version(row: DomainTypeVersion) -> RegisteredVersion:
    key = row.pk, row.revision
    if key not in _compiled:
        _compiled[key] = version_of(
            row.number,
            msgspec.json.decode(row.data_schema),
            msgspec.json.decode(row.metadata_schema),
            step=read_step(msgspec.json.decode(row.step)) if row.step else None,
            deprecated=row.deprecated or None,
        )
    return _compiled[key]


def connect() -> None:
    """Make changes hold at once in the process that commits them."""
    for model in (DomainType, DomainTypeVersion):
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"{__name__}.{model.__name__}.{id(signal)}")


def _changed(*, using: str, **signal: Any) -> None:
    transaction.on_commit(load, using=using)


def forget() -> None:
    """Let go of what was read, so that the next load reads everything anew."""
    global _state
    with _loading:
        _state = None
        _compiled.clear()
        replace_operators_types(())


def _unlock_after_fork() -> None:
    """Another thread of the parent may have held the lock when it forked."""
    global _loading
    _loading = threading.Lock()


os.register_at_fork(after_in_child=_unlock_after_fork)
