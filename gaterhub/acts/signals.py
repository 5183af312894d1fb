"""Which signal is told as which act."""

import functools
import logging
from collections.abc import Callable
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save
from django.dispatch import Signal

from consumers.notices import attempt_denied, socket_ended, subscription_closed, subscription_opened
from gaterhub.acts import attempted, changes, endings, evidence_reads, logins, operations, rights
from gaterhub.acts.subscriptions import Subscriptions
from instances.access.models import Token
from instances.access.notices import tokens_revoked
from instances.journal.notices import journal_read

logger = logging.getLogger(__name__)

_subscriptions: Final = Subscriptions()

Row = tuple[Signal, Callable[..., None], type[Model] | None]

_User: Final = get_user_model()
_MEMBERSHIPS: Final[tuple[type[Model], ...]] = (
    _User.groups.through,
    _User.user_permissions.through,
    Group.permissions.through,
    Token.roles.through,
)

ROWS: Final[tuple[Row, ...]] = (
    (user_logged_in, logins.logged_in, None),
    (user_logged_out, logins.logged_out, None),
    (user_login_failed, logins.login_failed, None),
    (post_save, operations.admin_acted, LogEntry),
    (post_save, operations.token_made, Token),
    (tokens_revoked, operations.tokens_were_revoked, None),
    (attempt_denied, attempted.socket_denied, None),
    (socket_ended, endings.socket_was_ended, None),
    (journal_read, evidence_reads.read_in_admin, None),
    *((m2m_changed, rights.members_changed, through) for through in _MEMBERSHIPS),
    (subscription_opened, _subscriptions.opened, None),
    (subscription_closed, _subscriptions.closed, None),
    *((pre_save, changes.remember, model) for model in changes.WATCHED),
    *((post_save, changes.saved, model) for model in changes.WATCHED),
    *((pre_delete, changes.deleted, model) for model in changes.WATCHED),
)


def connect() -> None:
    """Have every act of the table told; a second call changes nothing."""
    for signal, receiver, sender in ROWS:
        signal.connect(_safe(receiver), sender=sender, weak=False, dispatch_uid=_uid(receiver, sender))


def _safe(receiver: Callable[..., None]) -> Callable[..., None]:
    """Return the receiver with whatever it raises logged: a report must never break the act that it reports."""

    @functools.wraps(receiver)
    def safe(**signal: Any) -> None:
        try:
            receiver(**signal)
        except Exception:
            logger.exception("An act could not be told.")

    return safe


def _uid(receiver: Callable[..., None], sender: type[Model] | None) -> str:
    whose = "" if sender is None else sender._meta.label
    return f"{receiver.__module__}.{receiver.__qualname__}:{whose}"
