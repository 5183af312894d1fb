"""What administrators do: admin actions and tokens made, told to `audit`."""

from typing import Any, Final

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell_on_commit
from gaterhub.origin import plain
from instances.access.models import Token
from instances.schemas import audit

_ACTIONS: Final = {ADDITION: "add", CHANGE: "change", DELETION: "delete"}


def admin_acted(*, instance: LogEntry, created: bool, using: str, raw: bool = False, **signal: Any) -> None:
    """Tell what an administrator did, in the words of the admin's own log."""
    if raw or not created:
        return
    model = instance.content_type
    actor = current_actor() | {"actor": f"user:{plain(str(instance.user))}", "actor_kind": "user"}
    event = audit.admin_operation(
        **actor,
        action=_ACTIONS.get(instance.action_flag, "other"),
        resource=f"{model.app_label}.{model.model}:{instance.object_id}" if model else str(instance.object_id),
        resource_name=plain(instance.object_repr),
        change=plain(instance.get_change_message()),
        outcome="success",
    )
    tell_on_commit(event, using=using)


def token_made(*, instance: Token, created: bool, using: str, raw: bool = False, **signal: Any) -> None:
    """Tell that a token exists: its name, its public prefix, and for whom it acts; never its secret."""
    if raw or not created:
        return
    user = instance.user
    event = audit.token_created(
        **current_actor(),
        action="create_token",
        resource=f"access.token:{instance.pk}",
        resource_name=plain(instance.name),
        prefix=instance.prefix,
        acts_for=None if user is None else plain(user.get_username()),
        expires_at=None if instance.expires_at is None else instance.expires_at.isoformat(),
        outcome="success",
    )
    tell_on_commit(event, using=using)
