"""The WebSocket: reads a client's frames and answers them. Events go around it, from hub to mailbox to writer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

from channels.consumer import AsyncConsumer
from msgspec import UNSET, Raw, UnsetType

from consumers.accounts import keep_account
from consumers.books import DURABLES
from consumers.close_codes import (
    ACCESS_REVOKED,
    BAD_PROTOCOL,
    DRAINING,
    MESSAGE_TOO_LARGE,
    RESTART,
    TOO_MANY_ERRORS,
    TOO_MANY_REQUESTS,
    CloseCode,
)
from consumers.connection import MAX_SUBSCRIPTIONS, Connection, Origin, Subscription
from consumers.denied import tell_ended, tell_kept_out, tell_refused
from consumers.doorway import Admitted, KeptOut, admit
from consumers.durable import DurableSubscriptions
from consumers.frames import (
    CLIENT_MESSAGE_MAX_BYTES,
    PROTOCOL,
    VERBS,
    BadFrame,
    Connect,
    Frame,
    error_of,
    id_of,
    is_too_large,
    read_frame,
)
from consumers.granted import reads_personal, review
from consumers.heartbeat import PING_SECONDS
from consumers.hub import Hub
from consumers.pace import Pace
from consumers.resuming import read_since
from consumers.running import start_hub
from consumers.sessions import agent_of, identity_tag
from consumers.strangers import STRANGERS
from consumers.writers import Send, send_close, writer_for
from instances.access.forwarding import address_of_scope
from instances.access.principal import Principal
from instances.access.rights import NOTHING, Rights
from instances.catalog import find
from instances.error_codes import Refusal
from instances.event import now_ms
from instances.process import process_name
from instances.publishing.pipeline import Checked, check_frame
from instances.publishing.submission import Result, submit_here, submitted
from instances.spec import InstanceSpec
from instances.streams import Position
from instances.topics import Pattern

logger = logging.getLogger(__name__)

MAX_BAD_FRAMES: Final = 20

Receive = Callable[[], Awaitable[dict[str, Any]]]
Id = int | str | None


class EventSocket(AsyncConsumer):
    """One client. Channels makes and routes it; its own loop replaces the dispatch, which costs 130 µs a message."""

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one socket from its handshake to its end.

        1. Accept, whoever it is: a refusal is a close with its code.
        2. Answer frames; the first is `connect`, and nothing precedes `connected`.
        3. Let go of everything, however it ended.
        """
        await receive()
        offered = PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL if offered else None})
        session = Session(scope, send, await start_hub())
        if not offered:
            session.connection.close(BAD_PROTOCOL)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await session.hear(message)
        finally:
            session.end()


class Session:
    """What a socket's loop knows: who speaks, and how well it behaves."""

    def __init__(self, scope: dict[str, Any], send: Send, hub: Hub) -> None:
        self._scope = scope
        self._send = send
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._admitted: Admitted | None = None
        self._principal: Principal | None = None
        """Who it is now, and what it may do."""
        self._bad_frames = 0
        self._pace = Pace(self._loop.time)
        self._subscriptions_made = 0
        self._durables: DurableSubscriptions | None = None
        """From the moment on in which it has said who it is."""
        self._subscribing: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        self.connection = Connection(writer_for(scope, send, self._became_writable))
        self.connection.on_close = self._close
        self.connection.on_unsubscribe = self._unsubscribed
        close, address = self.connection.close, address_of_scope(scope)
        self._address = address
        self._stranger = STRANGERS.enter(address, late=partial(close, BAD_PROTOCOL), crowded=partial(close, RESTART))

    def _became_writable(self) -> None:
        self.connection.became_writable()

    async def hear(self, message: dict[str, Any]) -> None:
        """Answer one message; whatever is wrong with it is told in an `error` frame, and the socket lives."""
        if not self.connection.open:
            return
        text: str | None = message.get("text")
        if text is None:
            self._complain(None, BadFrame("Binary frames are not taken; send JSON as text."))
            return
        if is_too_large(text):
            self.connection.close(MESSAGE_TOO_LARGE)
            return
        try:
            frame = read_frame(text)
        except Refusal as refusal:
            self._complain(id_of(text), refusal)
            return
        id = None if isinstance(frame.id, UnsetType) else frame.id
        try:
            await self._answer(id, frame)
        except Refusal as refusal:
            tell_refused(self._scope, self._principal, frame, refusal)
            self._complain(id, refusal)
        except Exception:
            logger.exception("A frame of %s could not be answered.", self.connection.id)
            self._complain(id, Refusal("internal", "An error inside the hub; its log has it."))

    def end(self) -> None:
        """Let go of everything."""
        self._stranger.leave()
        for task in self._subscribing:
            task.cancel()
        self._hub.detach(self.connection)
        self.connection.leave()
        self._hub.standing.forget(self)
        if self._admitted is not None:
            self._admitted.leave()

    # --- verbs ---------------------------------------------------------------------------------------------------

    async def _answer(self, id: Id, frame: Frame) -> None:
        if self._principal is None:
            if isinstance(frame.connect, UnsetType):
                self.connection.close(BAD_PROTOCOL)
            else:
                await self._connect(id, frame.connect)
            return
        if not isinstance(frame.publish, UnsetType):
            await self._publish(id, frame.publish)
            return
        if self._pace.is_too_fast():
            self.connection.close(TOO_MANY_REQUESTS)
            return
        for verb in VERBS:
            said = getattr(frame, verb)
            if said is not UNSET:
                await _ANSWERS[verb](self, id, said)

    async def _connect(self, id: Id, said: Connect) -> None:
        """Let it in, if it may come in. Raises: Refusal where trying again can help."""
        try:
            admitted = await admit(self._scope, said)
        except KeptOut as kept_out:
            tell_kept_out(self._scope, said, kept_out.code, str(kept_out))
            self.connection.close(DRAINING if self._hub.draining else kept_out.code)
            return
        self._admitted, principal = admitted, admitted.principal
        if self._hub.draining or not self.connection.open:
            self.connection.close(DRAINING)
            return
        self._stranger.leave()
        self._principal = principal
        self._hub.standing.watch(self, admitted.credential, self._stands_for)
        self._durables = DurableSubscriptions(DURABLES, principal)
        keep_account(self.connection, Origin(principal, self._address, agent_of(self._scope), now_ms()))
        self._hub.attach(self.connection)
        self._tell(
            id,
            "connected",
            {
                "connection": self.connection.id,
                "process": process_name(),
                "ping": PING_SECONDS,
                "max_message": CLIENT_MESSAGE_MAX_BYTES,
                "max_subscriptions": MAX_SUBSCRIPTIONS,
                **({"identity": identity_tag(principal.id)} if principal.kind == "user" else {}),
            },
        )

    def _stands_for(self, principal: Principal | None) -> None:
        """Take note of who it is now; nobody any more, and it is closed."""
        if principal is None or self._admitted is None:
            self.connection.close(ACCESS_REVOKED)
            return
        before, self._principal = self._principal, principal
        if before is None or before.rights != principal.rights:
            review(self._hub, self.connection, self._rights())
            self._hub.presence.review(self.connection, self._rights())

    def _rights(self) -> Rights:
        return NOTHING if self._principal is None else self._principal.rights

    async def _connect_again(self, id: Id, said: object) -> None:
        raise BadFrame("The connection is connected already; `connect` is said once.")

    async def _subscribe(self, id: Id, said: Any) -> None:
        if len(self.connection.subscriptions) + len(self._subscribing) >= MAX_SUBSCRIPTIONS:
            raise Refusal(
                "limit_exceeded", f"A connection has at most {MAX_SUBSCRIPTIONS} subscriptions; unsubscribe one first."
            )
        spec, pattern = find(said.instance), Pattern(said.pattern)
        since = read_since(said.since)
        personal = reads_personal(self._rights(), spec, pattern)
        self._subscriptions_made += 1
        durable = None if isinstance(said.durable, UnsetType) else said.durable
        beginning = self._begin(id, f"s{self._subscriptions_made}", spec, pattern, since, durable, personal)
        if not since and durable is None:
            # What the client says next may count on it.
            await beginning
            return
        # A replay takes as long as the client takes to read it, and its pongs must be heard meanwhile.
        task = self._loop.create_task(beginning)
        self._subscribing.add(task)
        task.add_done_callback(self._subscribing.discard)

    async def _begin(
        self,
        id: Id,
        sub: str,
        spec: InstanceSpec,
        pattern: Pattern,
        since: Mapping[str, Position],
        durable: str | None,
        personal: bool,
    ) -> None:
        acknowledged: dict[str, Position] = {}
        try:
            if durable is not None and self._durables is not None:
                acknowledged = await self._durables.load(durable, spec=spec, pattern=pattern)
                # What the client says of itself goes before what was kept of it.
                since = since or acknowledged
            begun = await self._hub.subscribe(
                self.connection,
                id=sub,
                spec=spec,
                pattern=pattern,
                since=since,
                personal=personal,
                durable=durable,
            )
            # Its rights may have changed while it was fed.
            review(self._hub, self.connection, self._rights())
            if durable is not None and self._durables is not None:
                self._durables.begin(durable, begun.subscription, {**begun.streams, **since, **acknowledged})
        except Refusal as refusal:
            if self.connection.open:
                self._complain(id, refusal)
            return
        except Exception:
            logger.exception("A subscription of %s could not be made.", self.connection.id)
            self._complain(id, Refusal("internal", "An error inside the hub; its log has it."))
            return
        self._tell(
            id,
            "subscribed",
            {
                "sub": sub,
                "pattern": pattern.text,
                "streams": {stream: str(position) for stream, position in begun.streams.items()},
                "recovered": begun.recovered,
                "replayed": begun.replayed,
                "policy": self._hub.changes.delivery[spec.name].overflow.value,
            },
            # Alerts go before what waits, and so does the answer that must precede them.
            urgent=spec.delivery.urgent,
        )

    async def _unsubscribe(self, id: Id, said: Any) -> None:
        subscription = self._subscription(said.sub)
        self._hub.unsubscribe(self.connection, subscription)
        if self._durables is not None:
            self._durables.end(subscription)
        self._tell(id, "unsubscribed", {"sub": subscription.id}, urgent=False)

    def _unsubscribed(self, subscription: Subscription, because: str) -> None:
        """Tell the client that somebody else has ended one of its subscriptions, and why."""
        if self._durables is not None:
            self._durables.end(subscription)
        self._tell(None, "unsubscribed", {"sub": subscription.id, "reason": because}, urgent=False)

    async def _ack(self, id: Id, said: Any) -> None:
        """Take note of how far the client has worked off what it got; nothing is answered."""
        subscription = self._subscription(said.sub)
        positions = read_since(said.positions)
        self._hub.acknowledge(self.connection, subscription, positions)
        if self._durables is not None:
            self._durables.acknowledge(subscription, positions)

    def _subscription(self, sub: str) -> Subscription:
        """Return a subscription of this connection. Raises: Refusal."""
        subscription = self.connection.subscriptions.get(sub)
        if subscription is None:
            raise Refusal("not_found", f"This connection has no subscription {sub[:80]!r}.")
        return subscription

    async def _viewing(self, id: Id, said: Any) -> None:
        """Take note of what whoever it is looks at, in the place of what was said before."""
        self._tell(id, "viewing", self._hub.presence.look(self.connection, said.views, self._rights()))

    async def _pong(self, id: Id, said: object) -> None:
        self.connection.awaits_pong_since = None
        self.connection.writer.ponged()

    async def _publish(self, id: Id, raw: Raw) -> None:
        """Hand the events to their lane, and answer when it has; meanwhile further frames are read."""
        checked = await check_frame(
            bytes(raw),
            publisher=self.connection.principal,
            by=self._principal,
            address=self._address,
            turns=self._hub.turns,
        )
        answer = submit_here(checked)
        answer.add_done_callback(lambda done: self._published(id, checked, done))

    def _published(self, id: Id, checked: Checked, done: asyncio.Future[Result]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if isinstance(error, Refusal):
            self._complain(id, error, ids=[event.id for event in checked.events])
        elif error is None:
            self._tell(id, "published", submitted(checked, done.result()).wire())

    # --- answers -------------------------------------------------------------------------------------------------

    def _tell(self, id: Id, verb: str, value: object, *, urgent: bool = True) -> None:
        self.connection.tell({verb: value} if id is None else {"id": id, verb: value}, urgent=urgent)

    def _complain(self, id: Id, refusal: Refusal, *, ids: list[str] | None = None) -> None:
        if self._principal is None:
            # Nothing precedes `connected`: what keeps a client from it ends the socket. Some may come back later.
            self.connection.close(RESTART if refusal.retry else BAD_PROTOCOL)
            return
        self._tell(id, "error", error_of(refusal, ids=ids))
        if not refusal.retry:
            self._bad_frames += 1
            if self._bad_frames >= MAX_BAD_FRAMES:
                self.connection.close(TOO_MANY_ERRORS)

    # --- the end -------------------------------------------------------------------------------------------------

    def _close(self, code: CloseCode) -> None:
        self._hub.detach(self.connection)
        tell_ended(self._scope, self._principal, self.connection.id, code)
        self._closing = asyncio.create_task(send_close(self._send, self.connection.writer, code))


_ANSWERS: Final[dict[str, Callable[[Session, Id, Any], Awaitable[None]]]] = {
    "connect": Session._connect_again,
    "subscribe": Session._subscribe,
    "unsubscribe": Session._unsubscribe,
    "ack": Session._ack,
    "viewing": Session._viewing,
    "pong": Session._pong,
}
