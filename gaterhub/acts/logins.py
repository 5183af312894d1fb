"""Log-ins and log-outs, told to `security`; too many failures, told to `alerts`."""

import logging
from typing import Any, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from gaterhub.acts import denials
from gaterhub.acts.actor import client_address, user_agent
from gaterhub.acts.attempts import ALERT_AT, WINDOW_SECONDS, Attempts
from gaterhub.acts.denials import Origin
from gaterhub.acts.telling import tell
from gaterhub.origin import plain
from gaterhub.people.guessing import failures_that_locked, is_untried, locked_until
from instances.schemas import alerts, security

attempts: Final = Attempts()
"""Of this process; several processes count each for itself."""


def logged_in(*, request: HttpRequest | None, user: AbstractBaseUser, **signal: Any) -> None:
    """Tell that somebody came in.

    The name's failures are forgiven. The address's aren't, or an intruder with one account could clear them at will.
    """
    name = plain(user.get_username())
    failures_before = attempts.forget(("name", name))
    tell(security.authentication_success(**_whose(request, name), outcome="success", failures_before=failures_before))


def logged_out(*, request: HttpRequest | None, user: AbstractBaseUser | None, **signal: Any) -> None:
    """Tell that somebody went. A log-out of nobody, as with a session that had expired, is no act."""
    if user is not None:
        tell(security.session_ended(**_whose(request, plain(user.get_username())), outcome="success"))


def login_failed(*, credentials: dict[str, Any], request: HttpRequest | None = None, **signal: Any) -> None:
    """Tell that somebody was refused, and raise an alert at the fifth time; of the credentials, only the name."""
    name = plain(str(credentials.get("username", "")), at_most=150)
    address = None if request is None else client_address(request)
    by_name = attempts.failed(("name", name))
    by_address = attempts.failed(("address", address)) if address else 0
    reason = "account_locked" if is_untried(request) else "invalid_credentials"
    whose = _whose(request, name)
    origin = Origin(address, "anonymous", whose["origin"])
    denials.LOGINS.denied(
        origin,
        "login",
        lambda: security.authentication_failure(
            **whose, outcome="failure", reason=reason, attempt_count=max(by_name, by_address)
        ),
    )
    if request is not None and (failures := failures_that_locked(request)):
        _tell_lock(request, name, failures)
    # Told when the number is reached, so once for each series; a series ends when its window has passed.
    if by_name == ALERT_AT:
        _alert(f"the name {name!r}", by_name, request)
    if by_address == ALERT_AT:
        _alert(f"the address {address}", by_address, request)


def _tell_lock(request: HttpRequest, name: str, failures: int) -> None:
    event = security.account_locked(
        user_id=name,
        actor="gaterhub",
        reason="too_many_failures",
        failure_count=failures,
        locked_until=int(locked_until(request).timestamp() * 1_000),
    )
    tell(event, log_level=logging.WARNING)


def _whose(request: HttpRequest | None, name: str) -> dict[str, Any]:
    known = {"user_id": name, "actor": f"user:{name}", "target": "gaterhub"}
    if request is None:
        return {**known, "origin": "python"}
    return {**known, "origin": "web", "ip_address": client_address(request), "user_agent": user_agent(request)}


def _alert(whose: str, count: int, request: HttpRequest | None) -> None:
    event = alerts.repeated_authentication_failure(
        severity="high",
        component="authentication",
        message=f"{count} log-ins of {whose} failed within {WINDOW_SECONDS / 60:.0f} minutes",
        state="raised",
        affected=whose,
        attempt_count=count,
        ip_address=None if request is None else client_address(request),
        user_agent=None if request is None else user_agent(request),
        escalation_required=False,
    )
    tell(event, log_level=logging.WARNING)
