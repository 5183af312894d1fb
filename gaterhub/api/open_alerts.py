"""`consoles/{console}/alerts/`: the alerts that are open."""

from typing import Annotated, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.profiles import granted
from gaterhub.api.console_question import CONSOLE, console_of, private
from gaterhub.api.openapi import answer_of, problems
from gaterhub.api.question import check_parameters, limit_of
from gaterhub.incident.open_alerts import ALERTS, Alert, Told
from gaterhub.incident.standing import JOURNAL, as_read_by, seen_by
from instances.access.principal import Principal
from instances.access.rights import Verb
from instances.error_codes import Refusal
from instances.event import now_ms
from instances.topics import Pattern


class AnswerEvent(Struct, frozen=True):
    """An event that answers an alert, to be published to `alerts` as it is."""

    topic: str
    event_type: str
    data: dict[str, str]


class Answers(Struct, frozen=True):
    """What the caller may publish about an alert; null: it is not granted, or the alert isn't answered so."""

    acknowledge: AnswerEvent | None
    resolve: AnswerEvent | None


class OpenAlert(Struct, frozen=True, kw_only=True):
    """An alert that was raised and isn't resolved."""

    event: Annotated[str, Meta(description="The id of the event that raised it first, by which it can be resolved.")]
    topic: str
    event_type: str
    raised: Annotated[int, Meta(description="When it was raised first, in milliseconds since 1970 UTC.")]
    latest: Annotated[int, Meta(description="When it was raised again, or there was news of it, last.")]
    latest_event: Annotated[str, Meta(description="The id of that event.")]
    times: Annotated[int, Meta(description="How often it was raised.")]
    severity: str
    rank: int
    state: Annotated[str, Meta(description="`raised`; `acknowledged` or `escalated`, whichever was told last.")]
    message: str
    alert_id: str
    incident_id: str
    component: str
    rule: str
    affected: str
    publisher: str
    escalation_required: bool | None
    estimated_impact: str
    affected_subscriptions: int | None
    remedy: str
    runbook: str
    acknowledged_at: int | None = None
    acknowledged_by: str = ""
    escalated_at: int | None = None
    escalated_to: str = ""
    answers: Answers


class OpenAlertsAnswer(Struct, frozen=True):
    results: Annotated[list[OpenAlert], Meta(description="The gravest first; of equal ones, the longest open.")]
    total: Annotated[int, Meta(description="So many the caller may see; `results` has `limit` of them at most.")]
    whole: Annotated[bool, Meta(description="Whether the journal of alerts was read to its end; if not, ask again.")]
    read: Annotated[int, Meta(description="Entries of the journal that this is known from.")]
    size: Annotated[int, Meta(description="Entries that the journal has.")]
    now: int


class OpenAlertsView(APIView):
    @extend_schema(
        operation_id="list_open_alerts",
        summary="Open alerts",
        parameters=[CONSOLE, OpenApiParameter("limit", int, description="1 to 1,000; 100 by default.")],
        responses={200: answer_of(OpenAlertsAnswer, "They."), **problems(400, 401, 404, 503)},
    )
    def get(self, request: Request, console: str) -> Response:
        """Alerts of a console that were raised and aren't resolved, however long ago; those the caller may query."""
        who, found = console_of(request, console)
        check_parameters(request.query_params, ("limit",))
        limit = limit_of(request.query_params)
        followed = [each for each in found.profile.subscriptions if each.instance == ALERTS]
        if not granted(followed, who.rights, Verb.QUERY):
            raise Refusal("not_found", f"The console {console[:80]!r} has no alerts that you may query.")
        patterns = [Pattern(each.pattern) for each in followed]
        standing = JOURNAL.standing()
        open_here = [
            alert
            for alert in standing.alerts
            if who.rights.allows(Verb.QUERY, ALERTS, alert.raised.topic)
            and any(each.matches(alert.raised.topic) for each in patterns)
        ]
        shown = [_alert(alert, who) for alert in open_here[:limit]]
        return private(OpenAlertsAnswer(shown, len(open_here), standing.whole, standing.read, standing.size, now_ms()))


def _alert(alert: Alert, who: Principal) -> OpenAlert:
    rights = who.rights
    raised = as_read_by(rights, alert.raised)
    latest = seen_by(rights, alert.latest) or raised
    acknowledged, escalated = seen_by(rights, alert.acknowledged), seen_by(rights, alert.escalated)
    text = _either(latest, raised)
    escalate, subscriptions = (
        _first(latest, raised, "escalation_required"),
        _first(latest, raised, "affected_subscriptions"),
    )
    return OpenAlert(
        event=raised.id,
        topic=raised.topic,
        event_type=raised.event_type,
        raised=raised.received,
        latest=latest.received,
        latest_event=latest.id,
        times=alert.times,
        severity=alert.severity,
        rank=alert.rank,
        state=_state(alert),
        message=text["message"],
        alert_id=text["alert_id"],
        incident_id=text["incident_id"],
        component=text["component"] or text["service"],
        rule=text["rule"] or text["objective"],
        affected=text["affected"],
        publisher=raised.publisher,
        escalation_required=escalate if isinstance(escalate, bool) else None,
        estimated_impact=text["estimated_impact"],
        affected_subscriptions=subscriptions if type(subscriptions) is int else None,
        remedy=text["remedy"],
        runbook=text["runbook"],
        acknowledged_at=None if alert.acknowledged is None else alert.acknowledged.received,
        acknowledged_by="" if acknowledged is None else acknowledged.text("acknowledged_by"),
        escalated_at=None if alert.escalated is None else alert.escalated.received,
        escalated_to="" if escalated is None else escalated.text("escalated_to"),
        answers=_answers(alert, who),
    )


def _answers(alert: Alert, who: Principal) -> Answers:
    raised = alert.raised
    if not who.rights.allows(Verb.PUBLISH, ALERTS, raised.topic):
        return Answers(None, None)
    if incident_id := raised.text("incident_id"):
        said = {"incident_id": incident_id, "severity": alert.severity or "info"}
        return Answers(None, AnswerEvent(raised.topic, "incident_resolved", said))
    about = {"alert_id": raised.id}
    return Answers(
        AnswerEvent(raised.topic, "alert_acknowledged", about | {"acknowledged_by": who.name, "state": "acknowledged"}),
        AnswerEvent(raised.topic, "alert_resolved", about | {"resolved_by": who.name, "state": "resolved"}),
    )


_TEXTS: Final = (
    "message",
    "alert_id",
    "incident_id",
    "component",
    "service",
    "rule",
    "objective",
    "affected",
    "estimated_impact",
    "remedy",
    "runbook",
)


def _either(latest: Told, raised: Told) -> dict[str, str]:
    return {name: latest.text(name) or raised.text(name) for name in _TEXTS}


def _first(latest: Told, raised: Told, name: str) -> object:
    said = latest.says(name)
    return raised.says(name) if said is None else said


def _state(alert: Alert) -> str:
    if alert.escalated is None:
        return "raised" if alert.acknowledged is None else "acknowledged"
    taken_since = alert.acknowledged is not None and alert.acknowledged.received > alert.escalated.received
    return "acknowledged" if taken_since else "escalated"
