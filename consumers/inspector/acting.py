"""What an operator does to subscribers: on record in `audit` before it is done, and told to whom it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from consumers.inspector.asking import ask_all, find_subscriber
from consumers.inspector.desk import BANNED, DISCONNECT, UNSUBSCRIBE
from consumers.inspector.sending_away import Order, encode
from consumers.inspector.subscriber import Inspected, Subscriber
from consumers.models import Ban
from instances.error_codes import Refusal
from instances.models import BECAUSE_CHARACTERS
from instances.publishing.required import audit_required
from instances.schemas import audit

BAN_LONGEST: Final = timedelta(days=30)
"""Who is to stay away for good is to lose its token, its account or its grants."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts: an account, or a token."""

    kind: str
    name: str

    @property
    def said(self) -> dict[str, str]:
        return {"actor": f"{self.kind}:{self.name}", "actor_kind": self.kind}


class NotConnected(Refusal):
    def __init__(self, id: str) -> None:
        super().__init__("not_found", f"No process that answers has a subscriber {id[:80]!r}; it may have left.")


def disconnect(id: str, *, by: Operator, because: str) -> Subscriber:
    """Close a connection with 4503, wherever it is, and return who it was. Raises: Refusal, NotRecorded.

    It may connect again, if its program does in spite of the code; who must not is banned.
    """
    found, because = _found(id).subscriber, reason_of(because)
    said = {**by.said, "action": "disconnect", **_whom(found), "reason": because}
    with audit_required(audit.subscriber_disconnected.topic, audit.subscriber_disconnected.name, data=said):
        _order(DISCONNECT, Order(connection=id, because=because))
    return found


def unsubscribe(id: str, sub: str, *, by: Operator, because: str) -> None:
    """End one subscription of a connection, which lives on. Raises: Refusal, NotRecorded."""
    found, because = _found(id), reason_of(because)
    followed = next((each for each in found.following if each.id == sub), None)
    if followed is None:
        raise Refusal("not_found", f"The subscriber {id[:80]!r} has no subscription {sub[:80]!r}; it may have ended.")
    said: dict[str, Any] = {**by.said, "action": "unsubscribe", **_whom(found.subscriber), "reason": because}
    what = {"instance": followed.instance, "pattern": followed.pattern}
    with audit_required(audit.subscription_ended.topic, audit.subscription_ended.name, data=said | what):
        _order(UNSUBSCRIBE, Order(connection=id, sub=sub, because=because))


def ban(kind: str, principal_id: int, name: str, *, until: datetime, by: Operator, because: str) -> Ban:
    """Close all sockets of an account or token, and let it open none until then. Raises: Refusal, NotRecorded.

    It holds in every process within two seconds. What it publishes by HTTP is not concerned: its token is.
    """
    because, now = reason_of(because), timezone.now()
    if not now < until <= now + BAN_LONGEST:
        raise Refusal(
            "bad_request",
            f"A ban ends within {BAN_LONGEST.days} days from now; who is to stay away for good is to lose its token, "
            "its account or its grants.",
        )
    said = {
        **by.said,
        "action": "ban",
        "resource": f"{kind}:{principal_id}",
        "subscriber": f"{kind}:{name}",
        "until": round(until.timestamp() * 1000),
        "reason": because,
    }
    with audit_required(audit.subscriber_banned.topic, audit.subscriber_banned.name, data=said):
        row = Ban.objects.create(
            principal_kind=kind, principal_id=principal_id, principal=name, until=until, because=because, by=by.name
        )
        ask_all(BANNED, b"")
    return row


def lift(row: Ban, *, by: Operator, because: str) -> None:
    """End a ban before its time. Raises: Refusal, NotRecorded."""
    because = reason_of(because)
    said = {
        **by.said,
        "action": "lift_ban",
        "resource": f"{row.principal_kind}:{row.principal_id}",
        "subscriber": f"{row.principal_kind}:{row.principal}",
        "reason": because,
    }
    with audit_required(audit.ban_lifted.topic, audit.ban_lifted.name, data=said):
        Ban.objects.filter(pk=row.pk, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by.name)
        ask_all(BANNED, b"")


def _found(id: str) -> Inspected:
    found = find_subscriber(id)
    if found is None:
        raise NotConnected(id)
    return found


def _order(verb: str, order: Order) -> None:
    """Have the process that has the connection do it. Raises: NotConnected where it left meanwhile."""
    if not ask_all(verb, encode(order)).by_process:
        raise NotConnected(order.connection)


def _whom(found: Subscriber) -> dict[str, Any]:
    return {
        "resource": f"connection:{found.id}",
        "subscriber": f"{found.kind}:{found.principal}",
        "subscriber_address": found.address,
    }


def reason_of(because: str) -> str:
    """Return the reason as it is told. Raises: Refusal."""
    because = " ".join(because.split())
    if not because or len(because) > BECAUSE_CHARACTERS or not because.isprintable():
        raise Refusal(
            "bad_request",
            f"Say why, in at most {BECAUSE_CHARACTERS} characters: the subscriber and the audit trail are told.",
        )
    return because
