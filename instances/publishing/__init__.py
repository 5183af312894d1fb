"""How events come in: from Python here, from HTTP and WebSocket through the same pipeline."""

from instances.publishing.atomic import NotAtomic, publish_atomic
from instances.publishing.publish import (
    PublishError,
    PublishResult,
    apublish,
    apublish_or_raise,
    publish,
    publish_on_commit,
    publish_or_raise,
)
from instances.publishing.required import NotRecorded, Recorded, aaudit_required, audit_required
from instances.publishing.typed import apublish_event, publish_event, publish_event_on_commit, publish_event_or_raise

__all__ = [
    "NotAtomic",
    "NotRecorded",
    "PublishError",
    "PublishResult",
    "Recorded",
    "aaudit_required",
    "apublish",
    "apublish_event",
    "apublish_or_raise",
    "audit_required",
    "publish",
    "publish_atomic",
    "publish_event",
    "publish_event_on_commit",
    "publish_event_or_raise",
    "publish_on_commit",
    "publish_or_raise",
]
