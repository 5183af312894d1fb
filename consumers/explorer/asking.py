"""Questions about topics, put to every process and answered as one; they block, and any thread may ask."""

from dataclasses import dataclass
from typing import Final

import msgspec

from consumers.explorer.listening import LISTENERS, ListenersAsked, ListenersTold, encode, read_told
from consumers.inspector.asking import ask_all
from instances.catalog import find
from instances.error_codes import Refusal
from instances.explorer.looking import SEEN
from instances.explorer.merging import merged
from instances.explorer.orders import ORDERS
from instances.explorer.topics import ROWS_MAX, TopicsAsked, TopicsTold
from instances.topics import Pattern

LINGER_SECONDS: Final = 0.15
"""For processes that only publish, and that nobody expects; they have little else to do, and answer at once."""

_encode: Final = msgspec.json.Encoder().encode
_told: Final = msgspec.json.Decoder(TopicsTold).decode


@dataclass(frozen=True, slots=True)
class FoundTopics:
    told: TopicsTold
    processes: int
    """That answered."""
    silent: tuple[str, ...]
    """Those that should have answered, and whose topics are missing here."""


def find_topics(asked: TopicsAsked) -> FoundTopics:
    """Return the topics that were seen lately, in all processes. Raises: Refusal."""
    asked = checked(asked)
    # Each tells more than is wanted, so that a topic of several processes is nearly always found in all of them.
    wanted = msgspec.structs.replace(asked, limit=min(asked.limit * 2, ROWS_MAX))
    answers = ask_all(SEEN, _encode(wanted), linger_seconds=LINGER_SECONDS)
    told = merged(asked, [_told(each) for each in answers.by_process.values()])
    return FoundTopics(told, len(answers.by_process), answers.silent)


def find_listeners(asked: ListenersAsked) -> ListenersTold:
    """Return how many listen, in all processes. Raises: Refusal."""
    nobody = ListenersTold(of_topics=(0,) * len(asked.topics))
    told = [nobody, *(read_told(each) for each in ask_all(LISTENERS, encode(asked)).by_process.values())]
    return ListenersTold(
        of_topics=tuple(map(sum, zip(*(each.of_topics for each in told), strict=True))),
        same=sum(each.same for each in told),
        wider=sum(each.wider for each in told),
        part=sum(each.part for each in told),
    )


def checked(asked: TopicsAsked) -> TopicsAsked:
    """Return the question with the instance by its own name. Raises: Refusal, which says what would be right."""
    if asked.order not in ORDERS:
        raise Refusal("bad_request", f"`order` is one of {', '.join(ORDERS)}.")
    if not 1 <= asked.limit <= ROWS_MAX:
        raise Refusal("bad_request", f"`limit` is a number from 1 to {ROWS_MAX}.")
    Pattern(asked.pattern)
    return msgspec.structs.replace(asked, instance=find(asked.instance).name)
