"""From checked events to their receipts: into the lane of their instance, from any thread or from its loop."""

import asyncio
import concurrent.futures
import functools
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from instances import config
from instances.access.principal import Principal
from instances.broker import Unavailable
from instances.error_codes import Refusal
from instances.explorer import steps
from instances.explorer.traces import TRACES
from instances.journal import receipts
from instances.journal.committer import Appending, Committed
from instances.journal.committers import committer_of
from instances.journal.keys import NoKey, SigningKey, log_origin, signing_key
from instances.lane import NOBODY_WAITS, Publication
from instances.publishing.pipeline import Checked, check
from instances.spec import InstanceSpec
from instances.streams import Placed
from instances.supervisor import Home, ensure_home, home, instances

logger = logging.getLogger(__name__)

NUMBERED_SECONDS: Final = 0.003
"""What it takes from an alert's commit until it is on its way to its subscribers, nearly always."""
WAIT_SECONDS: Final = 10.0
"""For a lane's answer; its own steps time out far earlier, so this only ends a wait on a dead loop."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an event stands, or that it is on record and gets its place in a moment."""

    id: str
    stream: str
    offset: int | None
    epoch: str | None
    received_ms: int | None = None
    """When the hub took it, of an event of the journal."""
    leaf_hash: str | None = None
    """Of a sealed one that is committed: what the journal's tree will hold, in 64 hexadecimal digits."""

    def wire(self) -> dict[str, object]:
        """Return what a publisher is told."""
        told: dict[str, object] = {"id": self.id, "stream": self.stream, "offset": self.offset, "epoch": self.epoch}
        if self.received_ms is not None:
            told["received"] = self.received_ms
        if self.leaf_hash is not None:
            told["leaf_hash"] = self.leaf_hash
        return told


@dataclass(frozen=True, slots=True)
class Submitted:
    receipts: tuple[Receipt, ...]
    warnings: tuple[str, ...]
    spooled: bool = False
    """Whether they wait in a spool for the journal's database to come back."""
    signature: str | None = None
    """The hub's, over id, time and leaf hash of all, where they are sealed (docs/checkpoints.md)."""

    def wire(self) -> dict[str, object]:
        """Return what a publisher is told."""
        told: dict[str, object] = {"events": [receipt.wire() for receipt in self.receipts]}
        if self.signature is not None:
            told["signature"] = self.signature
        if self.spooled:
            told["spooled"] = True
        if self.warnings:
            told["warnings"] = self.warnings
        return told


Result = Placed | Committed | Submitted
Answer = asyncio.Future[Placed] | concurrent.futures.Future[Placed] | concurrent.futures.Future[Committed]


def submit(checked: Checked) -> Submitted:
    """Publish what was checked, from any thread that runs no event loop; waits for the answer.

    Raises: Refusal.
    """
    answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
    _put_from_anywhere(checked, answer, ensure_home if checked.drafts is None else home)
    try:
        return submitted(checked, answer.result(WAIT_SECONDS))
    except concurrent.futures.TimeoutError:
        answer.cancel()
        raise _no_answer() from None


async def asubmit(checked: Checked) -> Submitted:
    """Publish what was checked, on the running loop. Raises: Refusal."""
    here = home()
    if here is not None and here.loop is asyncio.get_running_loop():
        return submitted(checked, await submit_here(checked))
    if here is None and checked.drafts is None:
        await asyncio.to_thread(ensure_home)
    answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
    _put_from_anywhere(checked, answer, home)
    try:
        return submitted(checked, await asyncio.wait_for(asyncio.wrap_future(answer), WAIT_SECONDS))
    except TimeoutError:
        raise _no_answer() from None


def submit_here(checked: Checked) -> asyncio.Future[Any]:
    """Publish on the loop that the instances live on, and return at once; the future's result is for `submitted`."""
    if checked.drafts is None:
        answer: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        _put(checked, answer)
        return answer
    committed: concurrent.futures.Future[Committed] = concurrent.futures.Future()
    told: concurrent.futures.Future[Submitted] = concurrent.futures.Future()
    committed.add_done_callback(functools.partial(_tell, checked, told))
    _put(checked, committed)
    return asyncio.wrap_future(told)


def _tell(
    checked: Checked,
    told: "concurrent.futures.Future[Submitted]",
    committed: "concurrent.futures.Future[Committed]",
) -> None:
    """Sign the receipts on the committer's thread: those of a large batch would hold up every socket of the loop."""
    with suppress(*NOBODY_WAITS):
        try:
            told.set_result(submitted(checked, committed.result()))
        except Exception as error:  # noqa: BLE001  Whoever waits raises it.
            told.set_exception(error)


def submit_json(
    instance: str,
    body: bytes,
    *,
    publisher: str,
    by: Principal | None = None,
    address: str | None = None,
    idempotency_key: str | None = None,
) -> Submitted:
    """Check and publish. Raises: Refusal."""
    return submit(check(instance, body, publisher=publisher, by=by, address=address, idempotency_key=idempotency_key))


def _no_answer() -> Unavailable:
    return Unavailable("The hub gave no answer in time; whether the events are published is unknown.")


def _put_from_anywhere(checked: Checked, answer: Answer, find_home: Callable[[], Home | None]) -> None:
    """Put the events where they belong, on the loop of the instances wherever there is something to do on it.

    The journal's committers take them from any thread, so that whoever publishes evidence needs no loop.
    """
    here = find_home()
    if here is None or (checked.drafts is not None and (checked.by is None or checked.by.rates is None)):
        _put(checked, answer)
    else:
        here.loop.call_soon_threadsafe(_put, checked, answer)


def _put(checked: Checked, answer: Answer) -> None:
    """Put the events into their lane, at once or when their caller may publish so many, and all callers together."""
    by, here = checked.by, home()
    if by is None or by.rates is None or here is None:
        _put_among_all(checked, answer)
        return
    meter = here.meters.of(by.kind, by.id, checked.spec.name, by.rates)
    if meter.take(len(checked.events), checked.size):
        _put_among_all(checked, answer)
    else:
        meter.queue(len(checked.events), checked.size, functools.partial(_put_among_all, checked, answer))


def _put_among_all(checked: Checked, answer: Any, refused: Refusal | None = None) -> None:
    """Put the events into their lane, at once or when the instance takes so many; what the hub itself tells passes."""
    here, rates = home(), config.effective(checked.spec.name).rates
    if refused is not None or rates is None or checked.by is None or here is None:
        _enter(checked, answer, refused)
        return
    meter = here.meters.of_all(checked.spec.name, rates)
    if meter.take(len(checked.events), checked.size):
        _enter(checked, answer)
    else:
        meter.queue(len(checked.events), checked.size, functools.partial(_enter, checked, answer))


def _enter(checked: Checked, answer: Any, refused: Refusal | None = None) -> None:
    try:
        if refused is not None:
            instances()[checked.spec.name].refused_events += len(checked.events)
            raise refused
        if checked.drafts is not None:
            committer_of(checked.spec).put(Appending(checked.drafts, answer))
            if checked.spec.delivery.urgent:
                _give_way_until_sent(answer)
            return
        lane = instances()[checked.spec.name].lane
        if lane is None:
            raise Unavailable("The hub is stopping.")
        lane.put(Publication(checked.events, answer, checked.publisher))
    except Refusal as refusal:
        if TRACES.running:
            steps.turned_away(checked.spec, checked.events, checked.publisher, refusal)
        with suppress(*NOBODY_WAITS):
            answer.set_exception(refusal)


def _give_way_until_sent(answer: "concurrent.futures.Future[Committed]") -> None:
    """Have a flood on the loop wait for an alert: until it is committed, and a moment more, in which it is numbered.

    The threads that do both share the interpreter with the loop.
    """
    here = home()
    if here is None:
        return
    loop, turns = here.loop, here.broker.turns

    def ended(done: object) -> None:
        with suppress(RuntimeError):  # The loop is closed, and nothing waits on it any more.
            loop.call_soon_threadsafe(loop.call_later, NUMBERED_SECONDS, turns.end_urgent)

    with suppress(RuntimeError):
        loop.call_soon_threadsafe(turns.begin_urgent)
        answer.add_done_callback(ended)


def submitted(checked: Checked, result: Result) -> Submitted:
    """Return what is to be told about a publication whose future has this result."""
    if isinstance(result, Submitted):
        return result
    if isinstance(result, Committed):
        return _committed(checked, result)
    return Submitted(
        tuple(
            Receipt(event.id, event.stream, position.offset, position.epoch)
            for event, position in zip(checked.events, result.positions, strict=True)
        ),
        checked.warnings,
    )


def _committed(checked: Checked, committed: Committed) -> Submitted:
    """Return the receipts of what is on record, signed where the journal is sealed, or of what is spooled."""
    sealed = checked.spec.delivery.sealed and not committed.spooled
    told = tuple(
        Receipt(str(each.id), each.stream, None, None, each.received_ms, each.leaf_hash.hex() if sealed else None)
        for each in committed.kept
    )
    key = _key(checked.spec) if sealed else None
    if key is None:
        return Submitted(told, checked.warnings, committed.spooled)
    taken = [receipts.Taken(each.id, each.received_ms, each.leaf_hash) for each in committed.kept]
    return Submitted(told, checked.warnings, signature=receipts.sign(log_origin(checked.spec.name), taken, key))


def _key(spec: InstanceSpec) -> SigningKey | None:
    """Return the key that signs receipts; None where it can't be had: the entries are on record all the same."""
    try:
        return signing_key()
    except NoKey as error:
        logger.error("Receipts of %s are not signed: %s", spec.name, error)
        return None
