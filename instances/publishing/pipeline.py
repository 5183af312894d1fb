"""The one way in: who, what and how much is checked here, whichever door an event came through."""

import asyncio
import functools
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from instances import config
from instances.access.principal import Principal
from instances.access.rights import Verb
from instances.catalog import find, warning_for
from instances.error_codes import Refusal
from instances.event import BadEvent, Prepared, Repeatable, compact, digest_of, prepare
from instances.explorer import steps
from instances.explorer.traces import TRACES
from instances.journal.draft import Draft, draft_of
from instances.journal.personal import Salts
from instances.publishing.verification import check_signature
from instances.schemas import registry, usage
from instances.scrubbing import told
from instances.spec import InstanceSpec, Limits
from instances.supervisor import home, instances
from instances.topics import SEPARATOR, quoted
from instances.turns import PIECE_BYTES, PIECE_EVENTS, Turns


class BatchRefused(Refusal):
    """A batch with at least one bad event; nothing of it is published."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        codes = {error["code"] for error in errors}
        count = len(errors)
        super().__init__(
            codes.pop() if len(codes) == 1 else "bad_request",
            f"{count} {'event' if count == 1 else 'events'} of the batch can't be taken, so none was published.",
        )
        self.errors = errors


class InstanceDisabled(Refusal):
    def __init__(self, instance: str) -> None:
        super().__init__("instance_disabled", f"The instance {instance} is disabled by an operator.")


class UndeclaredFamily(Refusal):
    def __init__(self, warning: str) -> None:
        super().__init__("bad_topic", f"The instance is strict: {warning}")


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    events: list[Raw]


_decode_wrapped: Final = msgspec.json.Decoder(_Batch).decode


class _Named(msgspec.Struct):
    instance: str


_decode_named: Final = msgspec.json.Decoder(_Named).decode
_decode_named_array: Final = msgspec.json.Decoder(list[_Named]).decode
_decode_array: Final = msgspec.json.Decoder(list[Raw]).decode


@dataclass(slots=True)
class Checked:
    """Events that may be published: all or nothing."""

    spec: InstanceSpec
    events: list[Prepared]
    warnings: tuple[str, ...]
    by: Principal | None
    size: int
    """Bytes of the body that they came as."""
    publisher: str
    drafts: list[Draft] | None = None
    """The events as the journal keeps them, where it does."""


class NotGranted(Refusal):
    """A publish that its caller has no grant for."""

    def __init__(self, instance: str, topic: str | None = None) -> None:
        what = "anything" if topic is None else f"the topic {quoted(topic)}"
        super().__init__("forbidden", f"Publishing {what} to {instance} is not granted to you; ask an operator.")


def check(
    instance: str,
    body: bytes,
    *,
    publisher: str,
    by: Principal | None = None,
    address: str | None = None,
    idempotency_key: str | None = None,
) -> Checked:
    """Check what a publisher submits: one event object, {"events": [...]}, or an array of events, as JSON.

    `by` is whose grants it needs; None: the hub's own, or of the program in whose process this runs. `address` is
    the publisher's own on the network, None where there is none; evidence has it on record. With an
    `idempotency_key` the same request of the same publisher is taken once, however often it comes.
    Raises: Refusal; BatchRefused names each bad event of a batch by its index.
    """
    steps = _counted_check(
        find(instance), body, publisher=publisher, by=by, address=address, idempotency_key=idempotency_key
    )
    while True:
        try:
            next(steps)
        except StopIteration as done:
            checked: Checked = done.value
            return checked


async def check_frame(
    body: bytes,
    *,
    publisher: str,
    by: Principal | None = None,
    address: str | None = None,
    turns: Turns | None = None,
) -> Checked:
    """Check what a WebSocket frame publishes: one event object or an array of them, each with its `instance`.

    A large batch takes several turns of the loop, so that whoever floods one instance does not hold up another;
    `turns` are those of the loop.
    Raises: Refusal; BatchRefused.
    """
    try:
        named = _decode_named_array(body)[0].instance if body.startswith(b"[") else _decode_named(body).instance
    except (msgspec.DecodeError, IndexError, RecursionError) as error:
        raise BadEvent(
            "bad_request", 'A frame publishes an event, or an array of events, each with its "instance".'
        ) from error
    spec = find(named)
    steps = _counted_check(spec, body, publisher=publisher, by=by, address=address, named=named)
    if not spec.delivery.gives_way or len(body) < PIECE_BYTES:
        turns = None
    while True:
        if turns is not None:
            await turns.take()
        try:
            next(steps)
        except StopIteration as done:
            checked: Checked = done.value
            return checked
        if turns is None:
            await asyncio.sleep(0)


def _counted_check(
    spec: InstanceSpec,
    body: bytes,
    *,
    publisher: str,
    by: Principal | None,
    address: str | None,
    named: str | UnsetType = UNSET,
    idempotency_key: str | None = None,
) -> Generator[None, None, Checked]:
    try:
        _check_early(spec, by, len(body))
        checked = yield from _check(
            spec, body, publisher=publisher, by=by, named=named, idempotency_key=idempotency_key
        )
        if spec.delivery.journaled:
            checked.drafts = yield from _drafts(checked, address)
    except Refusal as refusal:
        instances()[spec.name].refused_events += 1
        if TRACES.running:
            steps.refused(spec, body, publisher, refusal)
        raise
    if TRACES.running:
        steps.accepted(spec, checked.events, publisher, steps.door_of(named, by=by is not None))
    return checked


def _check_early(spec: InstanceSpec, by: Principal | None, size: int) -> None:
    """Spare the work on what its caller certainly may not publish just now. Raises: TooFast."""
    if by is None or (here := home()) is None:
        return
    if by.rates is not None:
        here.meters.check_early(by.kind, by.id, spec.name, size)
    if config.effective(spec.name).rates is not None:
        here.meters.check_early_of_all(spec.name, size)


def _check(
    spec: InstanceSpec,
    body: bytes,
    *,
    publisher: str,
    by: Principal | None,
    named: str | UnsetType,
    idempotency_key: str | None,
) -> Generator[None, None, Checked]:
    """Check in steps of bounded length, between which others may have their turn."""
    if by is not None and not by.rights.touches(spec.name, (Verb.PUBLISH,)):
        raise NotGranted(spec.name)
    effective = config.effective(spec.name)
    if not effective.enabled:
        raise InstanceDisabled(spec.name)
    limits = effective.limits
    if len(body) > limits.body_bytes:
        raise BadEvent("too_large", f"The body is {len(body):,} bytes; at most {limits.body_bytes:,} are taken.")
    text = compact(body)
    publisher_json = _as_json(publisher)
    repeatable = None
    if idempotency_key is not None:
        repeatable = Repeatable(f"{publisher}\n{idempotency_key}".encode(), digest_of(text))
    raws = _split(text, limits)
    warnings: dict[str, None] = {}
    if raws is None:
        events = [prepare(spec, text, publisher_json=publisher_json, named=named, repeatable=repeatable, limits=limits)]
        _check_caller(spec, text, events[0], by, signed=effective.signed)
        warnings |= _warnings(spec, events[0], strict=effective.strict)
    else:
        events, errors = [], []
        # What is to be said of one event holds for all others of its family, type and version.
        seen: set[tuple[str, str, int]] = set()
        for index, raw in enumerate(raws):
            if index % PIECE_EVENTS == PIECE_EVENTS - 1:
                yield
            try:
                event = prepare(
                    spec,
                    raw,
                    publisher_json=publisher_json,
                    named=named,
                    repeatable=repeatable,
                    index=index,
                    limits=limits,
                )
                _check_caller(spec, raw, event, by, signed=effective.signed)
                key = event.topic.partition(SEPARATOR)[0], event.event_type, event.schema_version
                if key not in seen:
                    warnings |= _warnings(spec, event, strict=effective.strict)
                    seen.add(key)
                events.append(event)
            except Refusal as refusal:
                errors.append({"index": index, "code": refusal.code, "message": refusal.message})
        if errors:
            raise BatchRefused(errors)
    warnings |= _about_secrets(spec, events)
    if warnings:
        usage.note_published(spec.name, events, publisher)
    return Checked(spec, events, tuple(warnings), by, len(body), publisher)


def _drafts(checked: Checked, address: str | None) -> Generator[None, None, list[Draft]]:
    """Give the events the form in which the journal keeps them; what can't be kept is told by its index."""
    drafts, errors, salts = [], [], Salts()
    for index, event in enumerate(checked.events):
        if index % PIECE_EVENTS == PIECE_EVENTS - 1:
            yield
        try:
            drafts.append(draft_of(checked.spec, event, address=address, salts=salts))
        except Refusal as refusal:
            if len(checked.events) == 1:
                raise
            errors.append({"index": index, "code": refusal.code, "message": refusal.message})
    if errors:
        raise BatchRefused(errors)
    return drafts


def _about_secrets(spec: InstanceSpec, events: list[Prepared]) -> dict[str, None]:
    """Count the secrets that were taken out of these events, and return what is to be said about them."""
    secrets = sum(event.scrubbed for event in events) if spec.scrubbed else 0
    instances()[spec.name].scrubbed_secrets += secrets
    return (
        {told(secrets, tuple({place: None for event in events for place in event.scrubbed_places})): None}
        if secrets
        else {}
    )


def _check_caller(spec: InstanceSpec, raw: bytes | Raw, event: Prepared, by: Principal | None, *, signed: bool) -> None:
    """Make sure that the caller may publish this, and that it is what they signed, where they sign."""
    if by is not None and not by.rights.allows(Verb.PUBLISH, spec.name, event.topic):
        raise NotGranted(spec.name, event.topic)
    if signed or event.signature is not None:
        check_signature(spec, bytes(raw), event, by, required=signed)


def _split(text: bytes, limits: Limits) -> list[Raw] | None:
    """Return the events of a batch, or None where the text is one event."""
    try:
        if text.startswith(b"["):
            raws = _decode_array(text)
        elif text.startswith(b'{"events":'):
            raws = _decode_wrapped(text).events
            # Compact JSON is as long as what was read of it, unless a second `events` took the place of the first.
            if len(text) != len(b'{"events":[]}') + sum(map(len, map(bytes, raws))) + max(len(raws) - 1, 0):
                raise BadEvent("bad_request", "The key `events` stands more than once; once is right.")
        else:
            return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadEvent("bad_request", f'A batch is an array of events, or {{"events": [...]}}: {error}.') from error
    if not raws:
        raise BadEvent("bad_request", f"The batch is empty; 1 to {limits.batch_events:,} events are taken.")
    if len(raws) > limits.batch_events:
        raise BadEvent(
            "too_large", f"The batch has {len(raws):,} events; at most {limits.batch_events:,} are taken at once."
        )
    return raws


def _warnings(spec: InstanceSpec, event: Prepared, *, strict: bool) -> dict[str, None]:
    """Return what is to be said about the family and the type of a checked event, each sentence once.

    Raises: UndeclaredFamily and NotRegistered where the instance is strict.
    """
    family = event.topic.partition(SEPARATOR)[0]
    about_family = warning_for(spec, event.topic)
    # Whoever misspells a family needn't be told, too, that the type belongs elsewhere.
    declared = family if about_family is None else ""
    about_type = registry.warning_for(spec.name, event.event_type, event.schema_version, declared)
    if strict and about_family is not None:
        raise UndeclaredFamily(about_family)
    if strict and about_type is not None and registry.registered(spec.name, event.event_type) is None:
        raise registry.NotRegistered(about_type)
    return {warning: None for warning in (about_family, about_type) if warning is not None}


@functools.lru_cache(maxsize=1_000)
def _as_json(name: str) -> bytes:
    return msgspec.json.encode(name)
