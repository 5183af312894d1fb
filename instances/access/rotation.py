"""A token's secret changed without a pause: a successor, beside which the old one still works for a while."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from instances.access.models import Grant, Issued, Token
from instances.error_codes import Refusal

OVERLAP_DEFAULT: Final = timedelta(hours=24)
# Longer, and it would be two tokens rather than one whose secret changes.
OVERLAP_MAX: Final = timedelta(days=30)


def check_overlap(overlap: timedelta) -> None:
    """Make sure that a token may go on for so long beside its successor. Raises: Refusal."""
    if not timedelta() <= overlap <= OVERLAP_MAX:
        raise Refusal("bad_request", f"The overlap is 0 to {OVERLAP_MAX.days} days, in which both tokens work.")


def rotate(token: Token, *, at: datetime, overlap: timedelta = OVERLAP_DEFAULT) -> Issued:
    """Make the successor of a token, and return it with its text, which can never be had again.

    1. Lock the token, so that of two who rotate it at once the second is told of the first's successor.
    2. Make the successor: the same name, user, roles, grants, networks and limits. It lives as long as the old one
       was made for, from now.
    3. End the old one after the overlap, or when it would have ended anyway; without an overlap it is revoked.

    Raises: Refusal, `bad_request` for the overlap, `conflict` for a token that is no longer good or has a successor.
    """
    check_overlap(overlap)
    with transaction.atomic():
        # Of the token alone: a row that it is joined to by a column which may be null can't be locked.
        old = Token.objects.select_for_update(of=("self",)).select_related("user").get(pk=token.pk)
        _check_rotatable(old, at=at)
        issued = _succeed(old, at=at)
        if overlap:
            end = at + overlap
            old.expires_at = end if old.expires_at is None else min(end, old.expires_at)
            old.save(update_fields=["expires_at"])
        else:
            Token.objects.filter(pk=old.pk).revoke(at=at)
    return issued


def _check_rotatable(token: Token, *, at: datetime) -> None:
    reason = token.why_refused(at=at)
    if reason is not None:
        raise Refusal("conflict", f"{reason} Make a new one instead.")
    successor = token.replaced_by.first()
    if successor is not None:
        raise Refusal("conflict", f"The token was rotated already: {successor} replaces it. Rotate that one.")


def _succeed(old: Token, *, at: datetime) -> Issued:
    issued = Token.objects.issue(
        name=old.name,
        user=old.user,
        roles=list(old.roles.all()) if old.limited else None,
        replaces=old,
        networks=old.networks,
        events_per_second=old.events_per_second,
        bytes_per_second=old.bytes_per_second,
        connections=old.connections,
        created_at=at,
        expires_at=None if old.expires_at is None else at + (old.expires_at - old.created_at),
    )
    if not old.limited:
        # They mean nothing until somebody limits the token, and then they must still be there.
        issued.token.roles.set(old.roles.all())
    # In bulk, which sends no signal for each: nobody is granted anything new.
    Grant.objects.bulk_create(
        Grant(
            token=issued.token,
            verb=grant.verb,
            instance=grant.instance,
            pattern=grant.pattern,
            personal=grant.personal,
        )
        for grant in old.grants.all()
    )
    return issued
