"""The event types of `events`: domain data and the streams they come from."""

from typing import Final

from instances.schemas.words import Field, Kind, Types

TYPES: Final = Types("events")

# What an event-sourced system says of where an event stands, whatever the event is about.
_PLACE: Final = (
    Field("store_id", Kind.TEXT, "The store that keeps the stream."),
    Field("stream_version", Kind.INTEGER, "The event's place within its stream, which only ever grows.", least=0),
    Field("correlation_id", Kind.TEXT, "Shared by everything that one request has brought about."),
    Field("causation_id", Kind.TEXT, "The id of the event or command that led straight to this one."),
)
_STORE: Final = Field("store_id", Kind.TEXT, "The store whose events are read.")

stream_event_appended = TYPES.add(
    "stream_event_appended",
    title="Event appended to a stream",
    purpose="A store has taken one domain event into one of its streams.",
    topic="event_stream:{stream_id}",
    data=(
        Field("stream_id", Kind.TEXT, "The stream that grew by this event."),
        Field("event_id", Kind.TEXT, "The domain event's id in its store; repeats of one event share it."),
        Field("domain_event_type", Kind.TEXT, "What happened, in the words of the domain, such as item_shipped."),
        Field("payload", Kind.ANY, "The domain event itself, as its store keeps it."),
        Field("occurred_at", Kind.TIMESTAMP, "When it happened, which may be well before it was appended."),
    ),
    metadata=_PLACE,
    example={
        "stream_id": "order-1042",
        "event_id": "0190b7c4-2f6e-7c11-9a2b-5d1c0e8f4a77",
        "domain_event_type": "item_shipped",
        "payload": {"sku": "tea-250g", "parcels": 1},
        "store_id": "production_store",
        "stream_version": 4,
        "correlation_id": "req-5f1c",
    },
)

order_placed = TYPES.add(
    "order_placed",
    title="Order placed",
    purpose="A customer has placed an order, and fulfilment can begin.",
    topic="event_stream:{stream_id}",
    data=(
        Field("order_id", Kind.TEXT, "The order's number, as the customer sees it.", required=True),
        Field("customer_id", Kind.TEXT, "Who has placed it.", personal=True),
        Field("total", Kind.TEXT, "The sum to pay as decimal text, so that no cent is lost to rounding."),
        Field("currency", Kind.TEXT, "The sum's currency by its three letters of ISO 4217."),
        Field("items", Kind.INTEGER, "How many lines the order has.", least=0),
    ),
    metadata=_PLACE,
    example={
        "stream_id": "order-1042",
        "order_id": "order-1042",
        "customer_id": "customer-7",
        "total": "149.90",
        "currency": "EUR",
        "store_id": "production_store",
        "stream_version": 1,
        "correlation_id": "req-5f1c",
    },
)

_PROJECTION: Final = Field("projection", Kind.TEXT, "The read model by its name.")
_APPLIED: Final = Field("events_applied", Kind.INTEGER, "How many events the read model took in for this.", least=0)
_POSITION: Final = Field("position", Kind.INTEGER, "The last place in the store's order that was read.", least=0)

projection_updated = TYPES.add(
    "projection_updated",
    title="Projection updated",
    purpose="A read model has taken in new events, and whoever shows it should read it again.",
    topic="projection_updates:{projection_name}",
    data=(
        _PROJECTION,
        _APPLIED,
        _POSITION,
        Field("lag_ms", Kind.NUMBER, "How long ago the newest event that it holds was appended.", unit="ms", least=0),
        Field(
            "instances",
            Kind.OBJECT,
            "Of the hub's own read model instance_rates: by instance its total_events, events_per_second and up.",
        ),
    ),
    metadata=(_STORE,),
    example={
        "projection_name": "order_totals",
        "projection": "order_totals",
        "events_applied": 12,
        "position": 88_120,
        "lag_ms": 35,
        "store_id": "production_store",
    },
)

projection_rebuilt = TYPES.add(
    "projection_rebuilt",
    title="Projection rebuilt",
    purpose="A read model was thrown away and made again from the first event.",
    topic="projection_updates:{projection_name}",
    data=(
        _PROJECTION,
        _APPLIED,
        _POSITION,
        Field("duration_ms", Kind.NUMBER, "How long it was out of date or away.", unit="ms", least=0),
        Field("reason", Kind.TEXT, "Why it had to be made again, such as a new column."),
    ),
    metadata=(_STORE,),
    example={
        "projection_name": "order_totals",
        "projection": "order_totals",
        "events_applied": 88_120,
        "position": 88_120,
        "duration_ms": 41_300,
        "reason": "A column for the currency was added.",
        "store_id": "production_store",
    },
    severity="notice",
)

projection_failed = TYPES.add(
    "projection_failed",
    title="Projection failed",
    purpose="A read model could not take in an event, and stands still until somebody looks.",
    topic="projection_updates:{projection_name}",
    data=(
        _PROJECTION,
        _POSITION,
        Field("error", Kind.TEXT, "What went wrong, in one sentence.", required=True),
        Field("failed_event_id", Kind.TEXT, "The event that it stopped at."),
    ),
    metadata=(_STORE,),
    example={
        "projection_name": "order_totals",
        "projection": "order_totals",
        "position": 88_121,
        "error": "The event has no total.",
        "failed_event_id": "0190b7c4-2f6e-7c11-9a2b-5d1c0e8f4a77",
        "store_id": "production_store",
    },
    severity="error",
)

_AGGREGATE: Final = (
    Field("aggregate_id", Kind.TEXT, "Which one, by the id that its commands use."),
    Field("aggregate_type", Kind.TEXT, "What it is one of, such as order or account."),
    Field("version", Kind.INTEGER, "How many events it has come from so far.", least=0),
)

aggregate_changed = TYPES.add(
    "aggregate_changed",
    title="Aggregate changed",
    purpose="One aggregate has another state than before.",
    topic="aggregate_events:{aggregate_id}",
    data=(
        *_AGGREGATE,
        Field("change", Kind.TEXT, "What was done to it, in the words of the domain."),
        Field("state", Kind.TEXT, "The state that it is in now, where it has named ones."),
        Field("changes", Kind.OBJECT, "By field, what it holds now; fields that stayed are left out."),
    ),
    metadata=_PLACE,
    example={
        "aggregate_id": "order-1042",
        "aggregate_type": "order",
        "version": 4,
        "change": "shipped",
        "state": "on_its_way",
        "changes": {"parcels": 1},
        "correlation_id": "req-5f1c",
    },
)

snapshot_taken = TYPES.add(
    "snapshot_taken",
    title="Snapshot taken",
    purpose="An aggregate's state was saved, so that its next load need not read all of its events.",
    topic="aggregate_events:{aggregate_id}",
    data=(
        *_AGGREGATE,
        Field("size_bytes", Kind.INTEGER, "What the snapshot takes in the store.", unit="bytes", least=0),
        Field("duration_ms", Kind.NUMBER, "From reading the first event to having it saved.", unit="ms", least=0),
    ),
    metadata=(_STORE,),
    example={
        "aggregate_id": "account-31",
        "aggregate_type": "account",
        "version": 5_000,
        "size_bytes": 18_432,
        "duration_ms": 12.5,
        "store_id": "production_store",
    },
)

command_rejected = TYPES.add(
    "command_rejected",
    title="Command rejected",
    purpose="An aggregate has refused what another service asked of it, and stays as it was.",
    topic="aggregate_events:{aggregate_id}",
    data=(
        *_AGGREGATE,
        Field("command", Kind.TEXT, "What was asked, such as cancel_order.", required=True),
        Field("reason", Kind.TEXT, "The rule of the domain that stands against it."),
    ),
    metadata=_PLACE,
    example={
        "aggregate_id": "order-1042",
        "aggregate_type": "order",
        "version": 4,
        "command": "cancel_order",
        "reason": "The order is on its way already.",
        "correlation_id": "req-77aa",
    },
    severity="notice",
)

_SUBSCRIPTION: Final = (
    Field("connection", Kind.TEXT, "The WebSocket connection, by the id that `connected` told its client."),
    Field("principal", Kind.TEXT, "The user or token that the connection acts for.", personal=True),
    Field("instance", Kind.TEXT, "Which of the ten instances is followed.", required=True),
    Field("pattern", Kind.TEXT, "The topics that are followed."),
)
_SUBSCRIBED: Final = {
    "connection": "c_9f",
    "principal": "viewer",
    "instance": "health",
    "pattern": "subscription_health:*",
}

subscription_opened = TYPES.add(
    "subscription_opened",
    title="Subscription opened",
    purpose="Somebody has begun to follow topics of this hub.",
    topic="event_stream:subscriptions",
    data=_SUBSCRIPTION,
    example=_SUBSCRIBED,
)

subscription_closed = TYPES.add(
    "subscription_closed",
    title="Subscription closed",
    purpose="Somebody follows those topics of this hub no more.",
    topic="event_stream:subscriptions",
    data=_SUBSCRIPTION,
    example=_SUBSCRIBED,
)

subscriptions_changed = TYPES.add(
    "subscriptions_changed",
    title="Many subscriptions changed",
    purpose="So many subscriptions were opened or closed within a second that they are told as a sum.",
    topic="event_stream:subscriptions",
    data=(
        Field("opened", Kind.INTEGER, "How many were opened beside those told singly.", required=True, least=0),
        Field("closed", Kind.INTEGER, "How many were closed beside those told singly.", required=True, least=0),
        Field("by_instance", Kind.OBJECT, "By instance, an object with its own `opened` and `closed`."),
    ),
    example={"opened": 480, "closed": 12, "by_instance": {"health": {"opened": 480, "closed": 12}}},
)
