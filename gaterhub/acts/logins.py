"""Log-ins and log-outs, told to `security`; too many failures, told to `alerts`."""

import logging
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from gaterhub.acts.actor import client_address, user_agent
from gaterhub.acts.attempts import ALERT_AT, WINDOW_SECONDS, Attempts
from gaterhub.acts.telling import tell
from gaterhub.origin import plain

TOPIC: Final = "security_events:authentication"

attempts: Final = Attempts()
"""Of this process; several processes count each for itself."""


def logged_in(*, request: HttpRequest | None, user: AbstractBaseUser, **signal: Any) -> None:
    """Tell that somebody came in.

    The name's failures are forgiven. The address's aren't, or an intruder with one account could clear them at will.
    """
    name = plain(user.get_username())
    failures_before = attempts.forget(("name", name))
    metadata = {**_metadata(request), "failures_before": failures_before}
    tell("security", TOPIC, "authentication_success", data=_data(request, name, "success"), metadata=metadata)


def logged_out(*, request: HttpRequest | None, user: AbstractBaseUser | None, **signal: Any) -> None:
    """Tell that somebody went. A log-out of nobody, as with a session that had expired, is no act."""
    if user is not None:
        data = _data(request, plain(user.get_username()), "success")
        tell("security", TOPIC, "session_ended", data=data, metadata=_metadata(request))


def login_failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **signal: Any) -> None:
    """Tell that somebody was refused, and raise an alert at the fifth time; of the credentials, only the name."""
    name = plain(str(credentials.get("username", "")), at_most=150)
    address = None if request is None else client_address(request)
    by_name = attempts.failed(("name", name))
    by_address = attempts.failed(("address", address)) if address else 0
    data = {**_data(request, name, "failure"), "reason": "invalid_credentials"}
    metadata = {**_metadata(request), "attempt_count": max(by_name, by_address)}
    tell("security", TOPIC, "authentication_failure", data=data, metadata=metadata)
    # Told when the number is reached, so once for each series; a series ends when its window has passed.
    if by_name == ALERT_AT:
        _alert(f"the name {name!r}", by_name, metadata, address)
    if by_address == ALERT_AT:
        _alert(f"the address {address}", by_address, metadata, address)


def _data(request: HttpRequest | None, name: str, outcome: str) -> dict[str, Any]:
    return {
        "user_id": name,
        "actor": f"user:{name}",
        "ip_address": None if request is None else client_address(request),
        "origin": "web" if request is not None else "python",
        "target": "gaterhub",
        "outcome": outcome,
    }


def _metadata(request: HttpRequest | None) -> dict[str, Any]:
    return {} if request is None else {"user_agent": user_agent(request)}


def _alert(whose: str, count: int, metadata: dict[str, Any], address: str | None) -> None:
    minutes = WINDOW_SECONDS / 60
    data = {
        "severity": "high",
        "component": "authentication",
        "message": f"{count} log-ins of {whose} failed within {minutes:.0f} minutes",
        "state": "raised",
    }
    metadata = {**metadata, "affected": whose, "ip_address": address, "escalation_required": False}
    tell(
        "alerts",
        "incident_alerts:warning",
        "repeated_authentication_failure",
        data=data,
        metadata=metadata,
        log_level=logging.WARNING,
    )
