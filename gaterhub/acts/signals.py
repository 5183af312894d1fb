"""Which signal is told as which act."""

import functools
import logging
from collections.abc import Callable
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import Signal

from consumers.notices import subscription_closed, subscription_opened
from gaterhub.acts import changes, logins, operations
from gaterhub.acts.subscriptions import Subscriptions
from instances.access.models import Token

logger = logging.getLogger(__name__)

_subscriptions: Final = Subscriptions()

Row = tuple[Signal, Callable[..., None], type[Model] | None]

ROWS: Final[tuple[Row, ...]] = (
    (user_logged_in, logins.logged_in, None),
    (user_logged_out, logins.logged_out, None),
    (user_login_failed, logins.login_failed, None),
    (post_save, operations.admin_acted, LogEntry),
    (post_save, operations.token_made, Token),
    (subscription_opened, _subscriptions.opened, None),
    (subscription_closed, _subscriptions.closed, None),
    *((pre_save, changes.remember, model) for model in changes.WATCHED),
    *((post_save, changes.saved, model) for model in changes.WATCHED),
    *((post_delete, changes.deleted, model) for model in changes.WATCHED),
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
