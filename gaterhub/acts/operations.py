"""What administrators do: admin actions, told to `audit`; verifications; and tokens made, rotated and revoked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import DEFAULT_DB_ALIAS

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell, tell_on_commit
from gaterhub.origin import plain
from instances.access.models import Token
from instances.schemas import audit, security

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


def tell_verification(run: str, journals: Iterable[str]) -> None:
    """Tell that somebody has journals verified."""
    event = audit.admin_operation(
        **current_actor(),
        action="verify",
        resource=f"journal.verification:{run}",
        resource_name=", ".join(journals),
        change=f"Started the verification {run}.",
        outcome="success",
    )
    tell(event)


def token_made(*, instance: Token, created: bool, using: str, raw: bool = False, **signal: Any) -> None:
    """Tell that a token exists: its name, its public prefix, and for whom it acts; never its secret."""
    if raw or not created:
        return
    event = audit.token_created(**_token(instance, "create_token"))
    tell_on_commit(event, using=using)
    if instance.replaces is not None:
        rotated = security.credential_rotated(
            **_credential(instance), replaces=f"gh_{instance.replaces.prefix}", expires_at=_ms(instance.expires_at)
        )
        tell_on_commit(rotated, using=using)


def tokens_were_revoked(*, tokens: Iterable[Token], **signal: Any) -> None:
    """Tell of each token that it is good for nothing any more."""
    for token in tokens:
        tell_on_commit(audit.token_revoked(**_token(token, "revoke_token")), using=token._state.db or DEFAULT_DB_ALIAS)


def _token(token: Token, action: str) -> dict[str, Any]:
    user = token.user
    return {
        **current_actor(),
        "action": action,
        "resource": f"access.token:{token.pk}",
        "resource_name": plain(token.name),
        "prefix": token.prefix,
        "acts_for": None if user is None else plain(user.get_username()),
        "expires_at": None if token.expires_at is None else token.expires_at.isoformat(),
        "outcome": "success",
    }


def _credential(token: Token) -> dict[str, Any]:
    actor = current_actor()
    return {
        "credential_id": f"gh_{token.prefix}",
        "credential_kind": "api_token",
        "user_id": None if token.user is None else plain(token.user.get_username()),
        "actor": actor["actor"],
        "ip_address": actor.get("ip_address"),
        "origin": "web" if "ip_address" in actor else "python",
        "outcome": "success",
    }


def _ms(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000)
