"""From checked events to their receipts: into the lane of their instance, from any thread or from its loop."""

import asyncio
import concurrent.futures
import functools
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from instances.access.principal import Principal
from instances.broker import Unavailable
from instances.error_codes import Refusal
from instances.lane import NOBODY_WAITS, Answer, Publication
from instances.publishing.pipeline import Checked, check
from instances.streams import Placed
from instances.supervisor import Home, ensure_home, home, instances

WAIT_SECONDS: Final = 10.0
"""For a lane's answer; its own steps time out far earlier, so this only ends a wait on a dead loop."""


@dataclass(frozen=True, slots=True)
class Receipt:
    id: str
    stream: str
    offset: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Submitted:
    receipts: tuple[Receipt, ...]
    warnings: tuple[str, ...]


def submit(checked: Checked) -> Submitted:
    """Publish what was checked, from any thread that runs no event loop; waits for the answer.

    Raises: Refusal.
    """
    home = ensure_home()
    answer: concurrent.futures.Future[Placed] = concurrent.futures.Future()
    home.loop.call_soon_threadsafe(_put, checked, answer)
    try:
        placed = answer.result(WAIT_SECONDS)
    except concurrent.futures.TimeoutError:
        answer.cancel()
        raise Unavailable("The hub gave no answer in time; whether the events are published is unknown.") from None
    return _submitted(checked, placed)


async def asubmit(checked: Checked) -> Submitted:
    """Publish what was checked, on the running loop. Raises: Refusal."""
    home = await _ahome()
    if home.loop is asyncio.get_running_loop():
        return _submitted(checked, await submit_here(checked))
    elsewhere: concurrent.futures.Future[Placed] = concurrent.futures.Future()
    home.loop.call_soon_threadsafe(_put, checked, elsewhere)
    try:
        placed = await asyncio.wait_for(asyncio.wrap_future(elsewhere), WAIT_SECONDS)
    except TimeoutError:
        raise Unavailable("The hub gave no answer in time; whether the events are published is unknown.") from None
    return _submitted(checked, placed)


def submit_here(checked: Checked) -> asyncio.Future[Placed]:
    """Publish on the loop that the instances live on, and return at once; the future tells where the events stand."""
    answer: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
    _put(checked, answer)
    return answer


def submit_json(
    instance: str,
    body: bytes,
    *,
    publisher: str,
    by: Principal | None = None,
    idempotency_key: str | None = None,
) -> Submitted:
    """Check and publish. Raises: Refusal."""
    return submit(check(instance, body, publisher=publisher, by=by, idempotency_key=idempotency_key))


def receipts(checked: Checked, placed: Placed) -> tuple[Receipt, ...]:
    """Return where each event stands."""
    return _submitted(checked, placed).receipts


async def _ahome() -> Home:
    here = home()
    return here if here is not None else await asyncio.to_thread(ensure_home)


def _put(checked: Checked, answer: Answer) -> None:
    """Put the events into their lane, at once or when their caller may publish so many."""
    by, here = checked.by, home()
    if by is None or by.rates is None or here is None:
        _enter(checked, answer)
        return
    meter = here.meters.of(by.kind, by.id, checked.spec.name, by.rates)
    if meter.take(len(checked.events), checked.size):
        _enter(checked, answer)
    else:
        meter.queue(len(checked.events), checked.size, functools.partial(_enter, checked, answer))


def _enter(checked: Checked, answer: Answer, refused: Refusal | None = None) -> None:
    lane = instances()[checked.spec.name].lane
    try:
        if refused is not None:
            instances()[checked.spec.name].refused_events += len(checked.events)
            raise refused
        if lane is None:
            raise Unavailable("The hub is stopping.")
        lane.put(Publication(checked.events, answer))
    except Refusal as refusal:
        with suppress(*NOBODY_WAITS):
            answer.set_exception(refusal)


def _submitted(checked: Checked, placed: Placed) -> Submitted:
    return Submitted(
        tuple(
            Receipt(event.id, event.stream, position.offset, position.epoch)
            for event, position in zip(checked.events, placed.positions, strict=True)
        ),
        checked.warnings,
    )
