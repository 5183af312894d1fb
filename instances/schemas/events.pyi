"""The builders of `events`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping
from typing import Any, Final

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _StreamEventAppended(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        stream_id: str,
        event_id: str | None = None,
        domain_event_type: str | None = None,
        payload: Any = None,
        occurred_at: int | None = None,
        store_id: str | None = None,
        stream_version: int | None = None,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Event appended to a stream. A store has taken one domain event into one of its streams.

        Topic: event_stream:{stream_id}

        Args:
            stream_id: The stream that grew by this event. Also a segment of the topic.
            event_id: The domain event's id in its store; repeats of one event share it.
            domain_event_type: What happened, in the words of the domain, such as item_shipped.
            payload: The domain event itself, as its store keeps it.
            occurred_at: When it happened, which may be well before it was appended. In milliseconds since 1970 UTC.
            store_id: The store that keeps the stream.
            stream_version: The event's place within its stream, which only ever grows.
            correlation_id: Shared by everything that one request has brought about.
            causation_id: The id of the event or command that led straight to this one.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

stream_event_appended: Final[_StreamEventAppended]

class _OrderPlaced(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        stream_id: str,
        order_id: str,
        customer_id: str | None = None,
        total: str | None = None,
        currency: str | None = None,
        items: int | None = None,
        store_id: str | None = None,
        stream_version: int | None = None,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Order placed. A customer has placed an order, and fulfilment can begin.

        Topic: event_stream:{stream_id}

        Args:
            stream_id: A segment of the topic.
            order_id: The order's number, as the customer sees it.
            customer_id: Who has placed it.
            total: The sum to pay as decimal text, so that no cent is lost to rounding.
            currency: The sum's currency by its three letters of ISO 4217.
            items: How many lines the order has.
            store_id: The store that keeps the stream.
            stream_version: The event's place within its stream, which only ever grows.
            correlation_id: Shared by everything that one request has brought about.
            causation_id: The id of the event or command that led straight to this one.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

order_placed: Final[_OrderPlaced]

class _ProjectionUpdated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        projection_name: str,
        projection: str | None = None,
        events_applied: int | None = None,
        position: int | None = None,
        lag_ms: float | None = None,
        instances: Mapping[str, Any] | None = None,
        store_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Projection updated. A read model has taken in new events, and whoever shows it should read it again.

        Topic: projection_updates:{projection_name}

        Args:
            projection_name: A segment of the topic.
            projection: The read model by its name.
            events_applied: How many events the read model took in for this.
            position: The last place in the store's order that was read.
            lag_ms: How long ago the newest event that it holds was appended. Unit: ms.
            instances: Of the hub's own read model instance_rates: by instance its total_events, events_per_second
                and up.
            store_id: The store whose events are read.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

projection_updated: Final[_ProjectionUpdated]

class _ProjectionRebuilt(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        projection_name: str,
        projection: str | None = None,
        events_applied: int | None = None,
        position: int | None = None,
        duration_ms: float | None = None,
        reason: str | None = None,
        store_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Projection rebuilt. A read model was thrown away and made again from the first event.

        Topic: projection_updates:{projection_name}

        Args:
            projection_name: A segment of the topic.
            projection: The read model by its name.
            events_applied: How many events the read model took in for this.
            position: The last place in the store's order that was read.
            duration_ms: How long it was out of date or away. Unit: ms.
            reason: Why it had to be made again, such as a new column.
            store_id: The store whose events are read.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

projection_rebuilt: Final[_ProjectionRebuilt]

class _ProjectionFailed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        projection_name: str,
        error: str,
        projection: str | None = None,
        position: int | None = None,
        failed_event_id: str | None = None,
        store_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Projection failed. A read model could not take in an event, and stands still until somebody looks.

        Topic: projection_updates:{projection_name}

        Args:
            projection_name: A segment of the topic.
            error: What went wrong, in one sentence.
            projection: The read model by its name.
            position: The last place in the store's order that was read.
            failed_event_id: The event that it stopped at.
            store_id: The store whose events are read.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

projection_failed: Final[_ProjectionFailed]

class _AggregateChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        aggregate_id: str,
        aggregate_type: str | None = None,
        version: int | None = None,
        change: str | None = None,
        state: str | None = None,
        changes: Mapping[str, Any] | None = None,
        store_id: str | None = None,
        stream_version: int | None = None,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Aggregate changed. One aggregate has another state than before.

        Topic: aggregate_events:{aggregate_id}

        Args:
            aggregate_id: Which one, by the id that its commands use. Also a segment of the topic.
            aggregate_type: What it is one of, such as order or account.
            version: How many events it has come from so far.
            change: What was done to it, in the words of the domain.
            state: The state that it is in now, where it has named ones.
            changes: By field, what it holds now; fields that stayed are left out.
            store_id: The store that keeps the stream.
            stream_version: The event's place within its stream, which only ever grows.
            correlation_id: Shared by everything that one request has brought about.
            causation_id: The id of the event or command that led straight to this one.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

aggregate_changed: Final[_AggregateChanged]

class _SnapshotTaken(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        aggregate_id: str,
        aggregate_type: str | None = None,
        version: int | None = None,
        size_bytes: int | None = None,
        duration_ms: float | None = None,
        store_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Snapshot taken. An aggregate's state was saved, so that its next load need not read all of its events.

        Topic: aggregate_events:{aggregate_id}

        Args:
            aggregate_id: Which one, by the id that its commands use. Also a segment of the topic.
            aggregate_type: What it is one of, such as order or account.
            version: How many events it has come from so far.
            size_bytes: What the snapshot takes in the store. Unit: bytes.
            duration_ms: From reading the first event to having it saved. Unit: ms.
            store_id: The store whose events are read.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

snapshot_taken: Final[_SnapshotTaken]

class _CommandRejected(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        aggregate_id: str,
        command: str,
        aggregate_type: str | None = None,
        version: int | None = None,
        reason: str | None = None,
        store_id: str | None = None,
        stream_version: int | None = None,
        correlation_id: str | None = None,
        causation_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Command rejected. An aggregate has refused what another service asked of it, and stays as it was.

        Topic: aggregate_events:{aggregate_id}

        Args:
            aggregate_id: Which one, by the id that its commands use. Also a segment of the topic.
            command: What was asked, such as cancel_order.
            aggregate_type: What it is one of, such as order or account.
            version: How many events it has come from so far.
            reason: The rule of the domain that stands against it.
            store_id: The store that keeps the stream.
            stream_version: The event's place within its stream, which only ever grows.
            correlation_id: Shared by everything that one request has brought about.
            causation_id: The id of the event or command that led straight to this one.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

command_rejected: Final[_CommandRejected]

class _SubscriptionOpened(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        instance: str,
        connection: str | None = None,
        principal: str | None = None,
        pattern: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription opened. Somebody has begun to follow topics of this hub.

        Topic: event_stream:subscriptions

        Args:
            instance: Which of the ten instances is followed.
            connection: The WebSocket connection, by the id that `connected` told its client.
            principal: The user or token that the connection acts for.
            pattern: The topics that are followed.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_opened: Final[_SubscriptionOpened]

class _SubscriptionClosed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        instance: str,
        connection: str | None = None,
        principal: str | None = None,
        pattern: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription closed. Somebody follows those topics of this hub no more.

        Topic: event_stream:subscriptions

        Args:
            instance: Which of the ten instances is followed.
            connection: The WebSocket connection, by the id that `connected` told its client.
            principal: The user or token that the connection acts for.
            pattern: The topics that are followed.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_closed: Final[_SubscriptionClosed]

class _SubscriptionsChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        opened: int,
        closed: int,
        by_instance: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Many subscriptions changed. So many subscriptions were opened or closed within a second that they are told
        as a sum.

        Topic: event_stream:subscriptions

        Args:
            opened: How many were opened beside those told singly.
            closed: How many were closed beside those told singly.
            by_instance: By instance, an object with its own `opened` and `closed`.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscriptions_changed: Final[_SubscriptionsChanged]
