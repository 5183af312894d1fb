"""The builders of `health`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _RegistrationAttempt(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        attempt: int | None = None,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Registration attempted. A subscription asks its store to be registered; no event flows yet.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            attempt: Which try it is, counted from 1.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

registration_attempt: Final[_RegistrationAttempt]

class _RegistrationSuccess(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        registration_time: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Registration succeeded. A subscription is registered with its store, and events flow.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            registration_time: When the registration was made. In milliseconds since 1970 UTC.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

registration_success: Final[_RegistrationSuccess]

class _RegistrationFailure(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        reason: str | None = None,
        attempt: int | None = None,
        retry_after_ms: float | None = None,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Registration failed. A store would not register a subscription, which gets no events until a later try
        succeeds.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            reason: Why, in one sentence or a fixed word.
            attempt: Which try it is, counted from 1.
            retry_after_ms: How long it waits before the next try. Unit: ms.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

registration_failure: Final[_RegistrationFailure]

class _SubscriptionUnregistered(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        reason: str | None = None,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription unregistered. A subscription has left its store, and no more events flow.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            reason: Why, in one sentence or a fixed word.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_unregistered: Final[_SubscriptionUnregistered]

class _SubscriptionRestarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        reason: str | None = None,
        restart_count: int | None = None,
        resumed_from: int | None = None,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription restarted. A subscription's proxy was started again after it had ended.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            reason: Why, in one sentence or a fixed word.
            restart_count: How often it was started again so far.
            resumed_from: The last event's place that the subscriber had taken.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_restarted: Final[_SubscriptionRestarted]

class _SubscriptionLagging(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        lag_events: int | None = None,
        lag_ms: float | None = None,
        limit_events: int | None = None,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription lagging. A subscriber takes its events more slowly than they come, and falls behind.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            lag_events: How many events wait to be taken. Unit: events.
            lag_ms: How old the oldest of the waiting events is. Unit: ms.
            limit_events: From how many on it counts as lagging. Unit: events.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_lagging: Final[_SubscriptionLagging]

class _SubscriptionCaughtUp(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        store_id: str,
        subscription_name: str,
        lag_events: int | None = None,
        lag_ms: float | None = None,
        behind_ms: float | None = None,
        proxy_pid: str | None = None,
        subscriber_pid: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription caught up. A subscriber that lagged has taken what was waiting, and follows live again.

        Topic: subscription_health:{store_id}:{subscription_name}

        Args:
            store_id: The store that the subscription reads from. Also a segment of the topic.
            subscription_name: The subscription's name within its store. Also a segment of the topic.
            lag_events: How many events wait to be taken. Unit: events.
            lag_ms: How old the oldest of the waiting events is. Unit: ms.
            behind_ms: How long it was behind altogether. Unit: ms.
            proxy_pid: The process that stands in for the subscriber.
            subscriber_pid: The process that the events go to.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_caught_up: Final[_SubscriptionCaughtUp]

class _ComponentHealth(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        state: Literal["ok", "degraded", "failing", "unknown"],
        previous_state: Literal["ok", "degraded", "failing", "unknown"] | None = None,
        latency_ms: float | None = None,
        reason: str | None = None,
        target: str | None = None,
        since_ms: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Component health. How a component does, told every few seconds and at once when it changes.

        Topic: process_health:{component}

        Args:
            component: What was checked. Also a segment of the topic.
            state: How it does.
            previous_state: The state before, where it has just changed.
            latency_ms: How long the check took. Unit: ms.
            reason: What was seen; empty where all is well and there is nothing to say.
            target: What the check asks; never with a password in it.
            since_ms: Since when it has been in that state. In milliseconds since 1970 UTC.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

component_health: Final[_ComponentHealth]

class _ServiceHealth(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        state: Literal["ok", "degraded", "failing", "unknown"],
        previous_state: Literal["ok", "degraded", "failing", "unknown"] | None = None,
        reason: str | None = None,
        since_ms: int | None = None,
        healthy: int | None = None,
        total: int | None = None,
        components: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Service health. How a whole service does, summed up from its components or replicas.

        Topic: process_health:{service}

        Args:
            service: The service that is summed up. Also a segment of the topic.
            state: How it does.
            previous_state: The state before, where it has just changed.
            reason: Why, in one sentence or a fixed word.
            since_ms: Since when it has been in that state. In milliseconds since 1970 UTC.
            healthy: How many of its parts are well.
            total: How many parts it has.
            components: By component, the state that it is in.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

service_health: Final[_ServiceHealth]

class _HealthCheckPassed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        check: str,
        latency_ms: float | None = None,
        target: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Health check passed. A check has found a component well.

        Topic: process_health:{component}

        Args:
            component: A segment of the topic.
            check: The check by its name.
            latency_ms: How long the check took. Unit: ms.
            target: What the check asks; never with a password in it.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

health_check_passed: Final[_HealthCheckPassed]

class _HealthCheckFailed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        component: str,
        check: str,
        latency_ms: float | None = None,
        target: str | None = None,
        reason: str | None = None,
        consecutive_failures: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Health check failed. A check has found something wrong with a component, or got no answer in time.

        Topic: process_health:{component}

        Args:
            component: A segment of the topic.
            check: The check by its name.
            latency_ms: How long the check took. Unit: ms.
            target: What the check asks; never with a password in it.
            reason: Why, in one sentence or a fixed word.
            consecutive_failures: How often in a row it has failed by now.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

health_check_failed: Final[_HealthCheckFailed]

class _CircuitBreakerOpened(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        reason: str | None = None,
        failures: int | None = None,
        threshold: int | None = None,
        retry_after_ms: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Circuit breaker opened. Too many calls have failed, so the service isn't called for a while.

        Topic: circuit_breaker_status:{service}

        Args:
            service: What the circuit breaker guards the way to. Also a segment of the topic.
            reason: Why, in one sentence or a fixed word.
            failures: How many calls have failed in a row.
            threshold: How many failures it takes.
            retry_after_ms: How long no call is let through. Unit: ms.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

circuit_breaker_opened: Final[_CircuitBreakerOpened]

class _CircuitBreakerHalfOpened(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        open_ms: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Circuit breaker half-opened. A single call is let through, to see whether the service is back.

        Topic: circuit_breaker_status:{service}

        Args:
            service: What the circuit breaker guards the way to. Also a segment of the topic.
            open_ms: How long the service was not called. Unit: ms.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

circuit_breaker_half_opened: Final[_CircuitBreakerHalfOpened]

class _CircuitBreakerClosed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        impaired_ms: float | None = None,
        rejected_calls: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Circuit breaker closed. The service answers again, and all calls go through.

        Topic: circuit_breaker_status:{service}

        Args:
            service: What the circuit breaker guards the way to. Also a segment of the topic.
            impaired_ms: From the opening until now. Unit: ms.
            rejected_calls: How many calls were turned away meanwhile.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

circuit_breaker_closed: Final[_CircuitBreakerClosed]

class _CircuitBreakerChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        state: Literal["closed", "half_open", "open"],
        previous_state: Literal["closed", "half_open", "open"] | None = None,
        reason: str | None = None,
        failures: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Circuit breaker changed. A circuit breaker is in another state than before, whichever it is.

        Topic: circuit_breaker_status:{service}

        Args:
            service: What the circuit breaker guards the way to. Also a segment of the topic.
            state: Open lets no call through, half-open one.
            previous_state: The state before; none where it is told first.
            reason: Why, in one sentence or a fixed word.
            failures: How many calls have failed in a row.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

circuit_breaker_changed: Final[_CircuitBreakerChanged]
