"""Sockets that are ended because access was revoked, or by an operator, told to `security`."""

from typing import Any, Final

from gaterhub.acts.denials import LOGINS_SINGLY, Denials, Origin
from gaterhub.origin import plain
from instances.schemas import security

ENDINGS: Final = Denials(singly=LOGINS_SINGLY)
"""A token that is revoked may end thousands of sockets at once; all but the first are told as a sum."""


def socket_was_ended(*, connection: str, actor: str, address: str | None, code: str, **signal: Any) -> None:
    """Tell whose socket it was, from where, and why it was ended."""
    actor = plain(actor)
    ENDINGS.denied(
        Origin(address, actor, "websocket"),
        code,
        lambda: security.session_ended(
            user_id=actor.partition(":")[2] or actor,
            actor=actor,
            ip_address=address,
            origin="websocket",
            target=f"connection:{connection}",
            outcome="success",
            reason=code,
        ),
    )
