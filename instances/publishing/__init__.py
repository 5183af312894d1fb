"""How events come in: from Python here, from HTTP and WebSocket through the same pipeline."""

from instances.publishing.publish import (
    PublishError,
    PublishResult,
    apublish,
    apublish_or_raise,
    publish,
    publish_on_commit,
    publish_or_raise,
)
from instances.publishing.typed import apublish_event, publish_event, publish_event_on_commit, publish_event_or_raise

__all__ = [
    "PublishError",
    "PublishResult",
    "apublish",
    "apublish_event",
    "apublish_or_raise",
    "publish",
    "publish_event",
    "publish_event_on_commit",
    "publish_event_or_raise",
    "publish_on_commit",
    "publish_or_raise",
]
