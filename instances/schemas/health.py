"""The event types of `health`: the state of subscriptions, components and circuit breakers."""

from typing import Final

from instances.schemas.words import Field, Kind, Types

TYPES: Final = Types("health")

_SUBSCRIPTION: Final = (
    Field("store_id", Kind.TEXT, "The store that the subscription reads from."),
    Field("subscription_name", Kind.TEXT, "The subscription's name within its store."),
)
_REASON: Final = Field("reason", Kind.TEXT, "Why, in one sentence or a fixed word.")
_PROXY: Final = Field("proxy_pid", Kind.TEXT, "The process that stands in for the subscriber.")
_SUBSCRIBER: Final = Field("subscriber_pid", Kind.TEXT, "The process that the events go to.")
_ATTEMPT: Final = Field("attempt", Kind.INTEGER, "Which try it is, counted from 1.", least=1)
_NAMED: Final = {"store_id": "production_store", "subscription_name": "user_projection"}
_PIDS: Final = {"proxy_pid": "#PID<0.123.0>", "subscriber_pid": "#PID<0.124.0>"}

registration_attempt = TYPES.add(
    "registration_attempt",
    title="Registration attempted",
    purpose="A subscription asks its store to be registered; no event flows yet.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=(*_SUBSCRIPTION, _ATTEMPT),
    metadata=(_PROXY, _SUBSCRIBER),
    example={**_NAMED, **_PIDS, "attempt": 1},
)

registration_success = TYPES.add(
    "registration_success",
    title="Registration succeeded",
    purpose="A subscription is registered with its store, and events flow.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=_SUBSCRIPTION,
    metadata=(_PROXY, _SUBSCRIBER, Field("registration_time", Kind.TIMESTAMP, "When the registration was made.")),
    example={**_NAMED, **_PIDS, "registration_time": 1672531200000},
)

registration_failure = TYPES.add(
    "registration_failure",
    title="Registration failed",
    purpose="A store would not register a subscription, which gets no events until a later try succeeds.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=(
        *_SUBSCRIPTION,
        _REASON,
        _ATTEMPT,
        Field("retry_after_ms", Kind.NUMBER, "How long it waits before the next try.", unit="ms", least=0),
    ),
    metadata=(_PROXY, _SUBSCRIBER),
    example={**_NAMED, **_PIDS, "reason": "store_unavailable", "attempt": 3, "retry_after_ms": 4_000},
    severity="error",
)

subscription_unregistered = TYPES.add(
    "subscription_unregistered",
    title="Subscription unregistered",
    purpose="A subscription has left its store, and no more events flow.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=(*_SUBSCRIPTION, _REASON),
    metadata=(_PROXY, _SUBSCRIBER),
    example={**_NAMED, **_PIDS, "reason": "subscriber_ended"},
    severity="notice",
)

subscription_restarted = TYPES.add(
    "subscription_restarted",
    title="Subscription restarted",
    purpose="A subscription's proxy was started again after it had ended.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=(
        *_SUBSCRIPTION,
        _REASON,
        Field("restart_count", Kind.INTEGER, "How often it was started again so far.", least=0),
        Field("resumed_from", Kind.INTEGER, "The last event's place that the subscriber had taken.", least=0),
    ),
    metadata=(_PROXY, _SUBSCRIBER),
    example={**_NAMED, **_PIDS, "reason": "proxy_crashed", "restart_count": 2, "resumed_from": 88_120},
    severity="warning",
)

_BEHIND: Final = (
    Field("lag_events", Kind.INTEGER, "How many events wait to be taken.", unit="events", least=0),
    Field("lag_ms", Kind.NUMBER, "How old the oldest of the waiting events is.", unit="ms", least=0),
)

subscription_lagging = TYPES.add(
    "subscription_lagging",
    title="Subscription lagging",
    purpose="A subscriber takes its events more slowly than they come, and falls behind.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=(
        *_SUBSCRIPTION,
        *_BEHIND,
        Field("limit_events", Kind.INTEGER, "From how many on it counts as lagging.", unit="events", least=0),
    ),
    metadata=(_PROXY, _SUBSCRIBER),
    example={**_NAMED, "lag_events": 4_200, "lag_ms": 61_000, "limit_events": 1_000},
    severity="warning",
)

subscription_caught_up = TYPES.add(
    "subscription_caught_up",
    title="Subscription caught up",
    purpose="A subscriber that lagged has taken what was waiting, and follows live again.",
    topic="subscription_health:{store_id}:{subscription_name}",
    data=(
        *_SUBSCRIPTION,
        *_BEHIND,
        Field("behind_ms", Kind.NUMBER, "How long it was behind altogether.", unit="ms", least=0),
    ),
    metadata=(_PROXY, _SUBSCRIBER),
    example={**_NAMED, "lag_events": 0, "behind_ms": 184_000},
    severity="notice",
)

_STATES: Final = ("ok", "degraded", "failing", "unknown")
_STATE: Final = Field("state", Kind.TEXT, "How it does.", required=True, choices=_STATES)
_SINCE: Final = Field("since_ms", Kind.TIMESTAMP, "Since when it has been in that state.")
_BEFORE: Final = Field("previous_state", Kind.TEXT, "The state before, where it has just changed.", choices=_STATES)
_LATENCY: Final = Field("latency_ms", Kind.NUMBER, "How long the check took.", unit="ms", least=0)
_TARGET: Final = Field("target", Kind.TEXT, "What the check asks; never with a password in it.")

component_health = TYPES.add(
    "component_health",
    title="Component health",
    purpose="How a component does, told every few seconds and at once when it changes.",
    topic="process_health:{component}",
    data=(
        Field("component", Kind.TEXT, "What was checked."),
        _STATE,
        _BEFORE,
        _LATENCY,
        Field("reason", Kind.TEXT, "What was seen; empty where all is well and there is nothing to say."),
        _TARGET,
        _SINCE,
    ),
    example={
        "component": "database",
        "state": "degraded",
        "previous_state": "ok",
        "latency_ms": 812.4,
        "reason": "It took 812 ms, more than 500.",
        "target": "postgresql",
        "since_ms": 1672531200000,
    },
)

service_health = TYPES.add(
    "service_health",
    title="Service health",
    purpose="How a whole service does, summed up from its components or replicas.",
    topic="process_health:{service}",
    data=(
        Field("service", Kind.TEXT, "The service that is summed up."),
        _STATE,
        _BEFORE,
        _REASON,
        _SINCE,
        Field("healthy", Kind.INTEGER, "How many of its parts are well.", least=0),
        Field("total", Kind.INTEGER, "How many parts it has.", least=0),
        Field("components", Kind.OBJECT, "By component, the state that it is in."),
    ),
    example={
        "service": "order_service",
        "state": "degraded",
        "reason": "One of three replicas doesn't answer.",
        "healthy": 2,
        "total": 3,
        "components": {"replica-1": "ok", "replica-2": "ok", "replica-3": "failing"},
    },
)

_CHECK: Final = (
    Field("check", Kind.TEXT, "The check by its name.", required=True),
    _LATENCY,
    _TARGET,
)

health_check_passed = TYPES.add(
    "health_check_passed",
    title="Health check passed",
    purpose="A check has found a component well.",
    topic="process_health:{component}",
    data=_CHECK,
    example={"component": "billing", "check": "http", "latency_ms": 12.5, "target": "http://10.0.0.5:8080/livez"},
)

health_check_failed = TYPES.add(
    "health_check_failed",
    title="Health check failed",
    purpose="A check has found something wrong with a component, or got no answer in time.",
    topic="process_health:{component}",
    data=(
        *_CHECK,
        _REASON,
        Field("consecutive_failures", Kind.INTEGER, "How often in a row it has failed by now.", least=1),
    ),
    example={
        "component": "billing",
        "check": "http",
        "latency_ms": 2_000,
        "target": "http://10.0.0.5:8080/livez",
        "reason": "No answer within 2 s.",
        "consecutive_failures": 3,
    },
    severity="error",
)

_SERVICE: Final = Field("service", Kind.TEXT, "What the circuit breaker guards the way to.")
_FAILURES: Final = Field("failures", Kind.INTEGER, "How many calls have failed in a row.", least=0)

circuit_breaker_opened = TYPES.add(
    "circuit_breaker_opened",
    title="Circuit breaker opened",
    purpose="Too many calls have failed, so the service isn't called for a while.",
    topic="circuit_breaker_status:{service}",
    data=(
        _SERVICE,
        _REASON,
        _FAILURES,
        Field("threshold", Kind.INTEGER, "How many failures it takes.", least=1),
        Field("retry_after_ms", Kind.NUMBER, "How long no call is let through.", unit="ms", least=0),
    ),
    example={
        "service": "payment_gateway",
        "reason": "timeout",
        "failures": 5,
        "threshold": 5,
        "retry_after_ms": 30_000,
    },
    severity="error",
)

circuit_breaker_half_opened = TYPES.add(
    "circuit_breaker_half_opened",
    title="Circuit breaker half-opened",
    purpose="A single call is let through, to see whether the service is back.",
    topic="circuit_breaker_status:{service}",
    data=(_SERVICE, Field("open_ms", Kind.NUMBER, "How long the service was not called.", unit="ms", least=0)),
    example={"service": "payment_gateway", "open_ms": 30_000},
    severity="notice",
)

circuit_breaker_closed = TYPES.add(
    "circuit_breaker_closed",
    title="Circuit breaker closed",
    purpose="The service answers again, and all calls go through.",
    topic="circuit_breaker_status:{service}",
    data=(
        _SERVICE,
        Field("impaired_ms", Kind.NUMBER, "From the opening until now.", unit="ms", least=0),
        Field("rejected_calls", Kind.INTEGER, "How many calls were turned away meanwhile.", least=0),
    ),
    example={"service": "payment_gateway", "impaired_ms": 30_450, "rejected_calls": 212},
    severity="notice",
)

_CIRCUIT: Final = ("closed", "half_open", "open")

circuit_breaker_changed = TYPES.add(
    "circuit_breaker_changed",
    title="Circuit breaker changed",
    purpose="A circuit breaker is in another state than before, whichever it is.",
    topic="circuit_breaker_status:{service}",
    data=(
        _SERVICE,
        Field("state", Kind.TEXT, "Open lets no call through, half-open one.", required=True, choices=_CIRCUIT),
        Field("previous_state", Kind.TEXT, "The state before; none where it is told first.", choices=_CIRCUIT),
        _REASON,
        _FAILURES,
    ),
    example={"service": "redis", "state": "open", "previous_state": "closed"},
    severity="notice",
)
