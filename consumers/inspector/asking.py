"""Questions about subscribers, put to every process and answered as one; they block, and any thread may ask."""

import asyncio
import heapq
from dataclasses import dataclass
from typing import Final

import msgspec

from consumers.inspector.desk import LIST, LOOK
from consumers.inspector.orders import ORDERS
from consumers.inspector.subscriber import LIMIT_MAX, OFFSET_MAX, Asked, Counted, Inspected, Subscriber
from consumers.running import processes
from instances.catalog import INSTANCES, find
from instances.error_codes import Refusal
from instances.office import ANSWERED_WITHIN_SECONDS, Answers
from instances.supervisor import ensure_home
from instances.topics import SEPARATOR, check_topic

_SPARE_SECONDS: Final = 4.0
"""For the loop to come to it, beside the answers' own time."""
KINDS: Final = ("user", "token")

_encode: Final = msgspec.json.Encoder().encode
_counted: Final = msgspec.json.Decoder(Counted).decode
_inspected: Final = msgspec.json.Decoder(Inspected).decode


@dataclass(frozen=True, slots=True)
class Found:
    rows: list[Subscriber]
    matched: int
    """In all processes that answered."""
    total: int
    instances: tuple[str, ...]
    """Which the question turned out to be about; none: about any."""
    silent: tuple[str, ...]
    """Processes that should have answered, and whose subscribers are missing here."""


def find_subscribers(asked: Asked) -> Found:
    """Return one page of those who are connected now. Raises: Refusal."""
    asked = checked(asked)
    answers = ask_all(LIST, _encode(asked))
    counted = [_counted(each) for each in answers.by_process.values()]
    merged = heapq.merge(*(each.rows for each in counted), key=_place)
    return Found(
        rows=list(merged)[asked.offset : asked.offset + asked.limit],
        matched=sum(each.matched for each in counted),
        total=sum(each.total for each in counted),
        instances=asked.instances,
        silent=answers.silent,
    )


def find_subscriber(id: str) -> Inspected | None:
    """Return all about one of them, None where no process has it. Raises: Refusal."""
    answers = ask_all(LOOK, id.encode())
    return next((_inspected(each) for each in answers.by_process.values()), None)


def ask_all(verb: str, body: bytes, *, linger_seconds: float = 0.0) -> Answers:
    """Have every process that runs answer; those that only publish, within the time to linger. Raises: Unavailable."""
    here = ensure_home()
    expected = [each.figures.name for each in processes() if each.up]
    asking = here.office.ask(verb, body, expected=expected, linger_seconds=linger_seconds)
    return asyncio.run_coroutine_threadsafe(asking, here.loop).result(ANSWERED_WITHIN_SECONDS + _SPARE_SECONDS)


def checked(asked: Asked) -> Asked:
    """Return the question with the instances that it is about. Raises: Refusal, which says what would be right."""
    if asked.order not in ORDERS:
        raise Refusal("bad_request", f"`order` is one of {', '.join(ORDERS)}.")
    if not 1 <= asked.limit <= LIMIT_MAX:
        raise Refusal("bad_request", f"`limit` is a number from 1 to {LIMIT_MAX}.")
    if not 0 <= asked.offset <= OFFSET_MAX:
        raise Refusal("bad_request", f"`offset` is a number from 0 to {OFFSET_MAX:,}; ask for fewer by a filter.")
    if asked.kind not in (None, *KINDS):
        raise Refusal("bad_request", f"`kind` is one of {', '.join(KINDS)}.")
    instances = tuple(find(name).name for name in asked.instances)
    if asked.topic is not None:
        check_topic(asked.topic)
        instances = instances or instances_of_family(asked.topic)
    return msgspec.structs.replace(asked, instances=instances)


def instances_of_family(topic: str) -> tuple[str, ...]:
    """Return the instances that declare the topic's family: it is theirs, though every `*` could match it."""
    family = topic.partition(SEPARATOR)[0]
    return tuple(spec.name for spec in INSTANCES if any(each.name == family for each in spec.families))


def _place(row: Subscriber) -> tuple[float | str, str]:
    return row.place, row.id
