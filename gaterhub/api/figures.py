"""`GET figures/`: how the ten and the hub itself fare at this moment, light enough to be asked once a second."""

import time
from typing import Annotated, Any, Final

import msgspec
from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from msgspec import Meta, Struct
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consumers.figures import InstanceFigures, SubscriberFigures, Told
from consumers.missed import sees_all
from consumers.running import processes
from gaterhub.api.authentication import caller
from gaterhub.api.instances import LastEvent, last_event_for
from gaterhub.api.openapi import answer_of, problems
from gaterhub.standing import standing
from instances import config
from instances.access.rights import Rights
from instances.breaker import State
from instances.error_codes import Refusal
from instances.instance import Instance
from instances.supervisor import home, instances

HISTORY_MAX_SECONDS: Final = 300
"""As far back as a process remembers its samples."""


class InstanceRow(Struct, frozen=True, omit_defaults=True):
    """How one of the ten fares in all processes together. Counts of losses begin with each process."""

    name: str
    up: Annotated[bool, Meta(description="Whether it takes and delivers events in every process that runs.")]
    enabled: Annotated[bool, Meta(description="Whether an operator lets it take events.")]
    total: Annotated[int, Meta(description="Events in its streams so far.")]
    rate_1s: Annotated[float, Meta(description="Events per second, over about that time.")]
    rate_10s: float
    rate_60s: float
    refused: Annotated[int, Meta(description="Publishes refused for what they held.")]
    failed: Annotated[int, Meta(description="Events that could not be published.")]
    waiting: Annotated[int, Meta(description="Events accepted and not yet on their way.")]
    subscribers: Annotated[int, Meta(description="Live connections that follow anything of it.")]
    dropped: Annotated[int, Meta(description="Events given up for subscribers that were too slow.")]
    conflated: Annotated[int, Meta(description="Events that a newer one replaced for subscribers that were too slow.")]
    gaps: Annotated[int, Meta(description="Gaps told to subscribers, for whatever reason.")]
    closed: Annotated[int, Meta(description="Connections closed because they were too slow for it.")]
    last_event: LastEvent | None
    history: Annotated[
        list[float | None] | None,
        Meta(description="With `?history=`: events per second of each of the last seconds, oldest first, or null."),
    ] = None


class Process(Struct, frozen=True):
    """One serving process."""

    name: str
    up: Annotated[bool, Meta(description="Whether it was heard from in the last five seconds.")]
    silent_seconds: Annotated[float, Meta(description="Since it was heard from; forgotten after five minutes.")]
    version: str
    started: Annotated[int, Meta(description="Milliseconds since 1970 UTC.")]
    connections: Annotated[int, Meta(description="WebSockets.")]
    queued_bytes: Annotated[int, Meta(description="Waiting for connections that are slower than their events.")]
    breaker: Annotated[State, Meta(description="Its circuit to Redis: open while Redis can't be reached.")]

    healed: Annotated[int, Meta(description="Events that did not arrive by themselves and were read from history.")]
    pump_age_seconds: Annotated[
        float | None, Meta(description="Since the quietest of its pumps heard something; null where none ever did.")
    ]
    slowest: Annotated[
        tuple[SubscriberFigures, ...],
        Meta(description="Its subscribers that are furthest behind, 20 at most; for who may view losses."),
    ]


class HubRow(Struct, frozen=True):
    """The hub itself."""

    version: str
    process: Annotated[str | None, Meta(description="The process that answers.")]
    started: Annotated[int | None, Meta(description="Of the oldest process that runs, in milliseconds since 1970 UTC.")]
    mode: Annotated[str, Meta(description="`redis`, where several processes share streams, or `memory`.")]
    breaker: Annotated[State, Meta(description="Of the process that answers; `closed` is well.")]
    database: Annotated[bool, Meta(description="Whether the database answers.")]
    worker: Annotated[str | None, Meta(description="The process whose worker leads, or null where none does.")]
    connections: Annotated[int, Meta(description="WebSockets of all processes.")]
    processes: tuple[Process, ...]


class Figures(Struct, frozen=True):
    """Everything that moves."""

    at: Annotated[int, Meta(description="The hub's clock, in milliseconds since 1970 UTC.")]
    sampled_at: Annotated[
        int | None, Meta(description="When rates and totals were taken, the end of each `history`; null before.")
    ]
    instances: tuple[InstanceRow, ...]
    hub: HubRow


def figures(rights: Rights, *, subscribers: bool, history_seconds: int = 0) -> Figures:
    """Return the figures of this moment that these rights let see, with so many seconds of history.

    `subscribers` says whether those that are furthest behind are named.
    """
    told = processes()
    running = [each for each in told if each.up]
    ages = [time.monotonic() - at for each in instances().values() if (at := each.sampled_at_seconds) is not None]
    now_ms = round(time.time() * 1000)
    return Figures(
        at=now_ms,
        sampled_at=now_ms - round(min(ages) * 1000) if ages else None,
        instances=tuple(
            _instance_row(instance, running, rights, history_seconds)
            for name, instance in instances().items()
            if rights.surveys(name)
        ),
        hub=_hub_row(told, running, subscribers=subscribers),
    )


_SUMMED: Final = tuple(
    name for name in InstanceFigures.__struct_fields__ if name != "up" and name in InstanceRow.__struct_fields__
)


def _instance_row(instance: Instance, running: list[Told], rights: Rights, history_seconds: int) -> InstanceRow:
    live, name = instance.snapshot(), instance.spec.name
    of_each = [each.figures.instances[name] for each in running if name in each.figures.instances]
    summed: dict[str, Any] = {figure: sum(getattr(each, figure) for each in of_each) for figure in _SUMMED}
    return InstanceRow(
        name=name,
        up=live["up"] and all(each.up for each in of_each),
        enabled=config.effective(name).enabled,
        **{figure: live[figure] for figure in ("total", "rate_1s", "rate_10s", "rate_60s")},
        **summed,
        last_event=last_event_for(rights, name, live["last_event"]),
        history=_rounded(instance.history(history_seconds)) if history_seconds else None,
    )


def _rounded(history: list[float | None]) -> list[float | None]:
    """Return it with as many digits as a chart can show; whole numbers are the shortest to send."""
    return [None if rate is None else int(rate) if rate == int(rate) else round(rate, 1) for rate in history]


def _hub_row(told: list[Told], running: list[Told], *, subscribers: bool) -> HubRow:
    here, state = home(), standing()
    return HubRow(
        version=settings.GATERHUB_VERSION,
        process=next((each.figures.name for each in told if each.here), None),
        started=min((each.figures.started_ms for each in running), default=None),
        mode="redis" if settings.REDIS_URL else "memory",
        breaker=State.CLOSED if here is None else here.broker.breaker.state,
        database=state.database,
        worker=state.leader,
        connections=sum(each.figures.connections for each in running),
        processes=tuple(
            Process(
                name=each.figures.name,
                up=each.up,
                silent_seconds=round(each.age_seconds, 1),
                version=each.figures.version,
                started=each.figures.started_ms,
                connections=each.figures.connections,
                queued_bytes=each.figures.queued_bytes,
                breaker=msgspec.convert(each.figures.breaker, State),
                healed=each.figures.healed,
                pump_age_seconds=each.figures.pump_age_seconds,
                slowest=each.figures.slowest if subscribers else (),
            )
            for each in told
        ),
    )


def history_of(text: str | None) -> int:
    """Return how many seconds `?history=` asks for. Raises: Refusal."""
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= HISTORY_MAX_SECONDS):
        raise Refusal("bad_request", f"`history` is a number of seconds from 1 to {HISTORY_MAX_SECONDS}.")
    return int(text)


class FiguresView(APIView):
    @extend_schema(
        operation_id="get_figures",
        summary="Live figures",
        parameters=[
            OpenApiParameter(
                "history", int, description=f"Seconds of rate history to add, 1 to {HISTORY_MAX_SECONDS}."
            ),
        ],
        responses={200: answer_of(Figures, "The figures of this moment."), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """Rates, totals and losses of the instances of which the caller is granted all, and the hub's own state."""
        who, history = caller(request), history_of(request.query_params.get("history"))
        answer = Response(figures(who.rights, subscribers=sees_all(who), history_seconds=history))
        answer["Cache-Control"] = "no-store"
        return answer
