"""Against guessing of passwords: who has failed too often waits. django-axes counts, by rules of ours."""

import math
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gaterhub.acts.actor import client_address

ADDRESS_FACTOR: Final = 5
"""An office shares one address, so it may fail so many times as often as one name from one address."""
IPV6_PREFIX: Final = 64
"""Whoever has one IPv6 address has 2^64 of them (RFC 6177), so they count as one."""

Credentials = dict[str, Any] | None


def counted_address(request: HttpRequest) -> str | None:
    """Return the address that a failure is counted under: the client's, an IPv6 one cut to its network."""
    told = client_address(request)
    if told is None:
        return None
    address = ip_address(told)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address.packed, IPV6_PREFIX), strict=False).network_address)
    return told


class Guessing(AxesDatabaseHandler):  # type: ignore[misc]  # axes ships no types.
    """Locks a name from an address at GATERHUB_LOGIN_ATTEMPTS, and an address, whatever the name, at five times that.

    A lock by the name alone would let anybody lock anybody out.
    """

    def get_failures(self, request: HttpRequest, credentials: Credentials = None) -> int:
        """Return the failures that count against GATERHUB_LOGIN_ATTEMPTS, which an address over its own has too."""
        name = get_client_username(request, credentials)
        by_name = _sum(_counting(_address_of(request)).filter(username=name))
        over = is_address_locked(_address_of(request))
        return max(by_name, settings.AXES_FAILURE_LIMIT) if over else by_name

    def user_logged_out(self, *args: Any, **signal: Any) -> None:
        """Do nothing: the log of those who came and went isn't kept here, and the worker clears what is old."""

    def reset_user_attempts(self, request: HttpRequest, credentials: Credentials = None) -> int:
        """Forgive a name from this address, and not all of the address: whoever has one account could clear it."""
        name = get_client_username(request, credentials)
        forgiven, _ = _of_address(_address_of(request)).filter(username=name).delete()
        return int(forgiven)


def is_untried(request: HttpRequest | None) -> bool:
    """Tell whether the log-in at hand was refused because of a lock, before its password was looked at."""
    return getattr(request, "axes_locked_out", False) and not failures_that_locked(request)


def failures_that_locked(request: HttpRequest | None) -> int:
    """Return how many failures there were when the one at hand led to a lock; 0 where it led to none."""
    failures = getattr(request, "axes_failures_since_start", None) or 0
    return int(failures) if getattr(request, "axes_locked_out", False) else 0


def locked_until(request: HttpRequest) -> datetime:
    """Return when the lock ends at the latest: one cool-off after the newest failure that was counted."""
    newest = _of_address(_address_of(request)).aggregate(newest=Max("attempt_time"))["newest"]
    return (newest or timezone.now()) + settings.AXES_COOLOFF_TIME


def is_address_locked(address: str | None) -> bool:
    """Tell whether an address takes no log-ins, whatever the name.

    Without an address, as behind a Unix socket whose proxy isn't trusted, that would be everybody: nobody is locked.
    """
    return address is not None and _sum(_counting(address)) >= settings.AXES_FAILURE_LIMIT * ADDRESS_FACTOR


def _address_of(request: HttpRequest) -> str | None:
    """Return the address under which axes counts the request at hand."""
    return getattr(request, "axes_ip_address", None)


def _counting(address: str | None) -> QuerySet[Any]:
    """Return the failures from an address whose cool-off isn't over."""
    return _of_address(address).filter(attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME)


def _of_address(address: str | None) -> QuerySet[Any]:
    found: QuerySet[Any] = AccessAttempt.objects.filter(ip_address=address)
    return found


def _sum(attempts: QuerySet[Any]) -> int:
    return int(attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Credentials = None
) -> HttpResponse:
    """Answer a log-in that is not even tried: the same whoever it names, and however right the password."""
    left = (locked_until(request) - timezone.now()).total_seconds()
    seconds = max(1, math.ceil(left))
    told = {"minutes": math.ceil(seconds / 60)}
    answer = render(request, "people/locked.html", told, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def clear_old_attempts() -> None:
    """Delete the failures whose cool-off is over; they count no more, and name people and addresses."""
    AccessAttempt.objects.filter(attempt_time__lte=timezone.now() - settings.AXES_COOLOFF_TIME).delete()
