"""The two consumers of the baseline, as the Channels documentation teaches them: one group per topic."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer


def group_of(topic: str) -> str:
    """Name the group of a topic; Channels allows no colon in it."""
    return "topic." + topic.replace(":", ".")


class FollowerConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types.
    """Joins the groups of the topics it is asked to follow, and sends on what they carry.

    It has no wildcards: a client names every topic it wants.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.followed: list[str] = []

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        for topic in content["follow"]:
            await self.channel_layer.group_add(group_of(topic), self.channel_name)
            self.followed.append(topic)
        await self.send_json({"following": len(self.followed)})

    async def topic_event(self, message: dict[str, Any]) -> None:
        await self.send_json(message["event"])

    async def disconnect(self, code: int) -> None:
        for topic in self.followed:
            await self.channel_layer.group_discard(group_of(topic), self.channel_name)


class PublisherConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types.
    """Sends every event of a message to the group of its topic, inside the server and without an answer.

    No cheaper way in was found: a WebSocket message is already in the process, needs no request, no view and
    no connection to Redis of its own.
    """

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        for event in content["events"]:
            message = {"type": "topic.event", "event": event}
            await self.channel_layer.group_send(group_of(event["topic"]), message)
