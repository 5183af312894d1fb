"""What the answers of all processes about topics come to."""

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from instances.explorer.orders import ORDERS
from instances.explorer.tally import PUBLISHERS_MAX
from instances.explorer.topics import FamilySeen, Matched, TopicsAsked, TopicSeen, TopicsTold
from instances.topics import SEPARATOR

NOTHING: Final = TopicsTold(Matched(), Matched(), (), ())


def merged(asked: TopicsAsked, told: Sequence[TopicsTold]) -> TopicsTold:
    """Return one answer of those of all processes. What several took in of a topic is added up.

    Rates are right in any case. Where a process has more topics than it names, another may have the same ones, and
    the number of topics is the least that it can be.
    """
    if not told:
        return NOTHING
    if len(told) == 1:
        return msgspec.structs.replace(told[0], rows=told[0].rows[: asked.limit])
    by_topic: dict[str, list[TopicSeen]] = {}
    for each in told:
        for row in each.rows:
            by_topic.setdefault(row.topic, []).append(row)
    rows = [_sum(alike) for alike in by_topic.values()]
    readable = _added([each.readable for each in told], least=len(rows))
    return TopicsTold(
        readable=readable,
        everything=_added([each.everything for each in told], least=readable.topics),
        rows=tuple(heapq.nsmallest(asked.limit, rows, key=ORDERS[asked.order].place)),
        families=_families(told, Counter(topic.partition(SEPARATOR)[0] for topic in by_topic)),
        more_families=max(each.more_families for each in told),
        forgotten=sum(each.forgotten for each in told),
        exact=sum(each.everything.topics > len(each.rows) for each in told) == 0,
    )


def _sum(alike: Sequence[TopicSeen]) -> TopicSeen:
    """Return one row of what several processes took in of the same topic."""
    if len(alike) == 1:
        return alike[0]
    in_time = sorted(alike, key=lambda row: row.last_ms)
    names = list(dict.fromkeys(name for row in reversed(in_time) for name in reversed(row.publishers)))
    return msgspec.structs.replace(
        in_time[-1],
        events_per_second=sum(row.events_per_second for row in alike),
        bytes_per_second=sum(row.bytes_per_second for row in alike),
        publishers=tuple(reversed(names[:PUBLISHERS_MAX])),
        more_publishers=len(names) > PUBLISHERS_MAX or any(row.more_publishers for row in alike),
    )


def _added(matched: Sequence[Matched], *, least: int) -> Matched:
    return Matched(
        max(least, *(each.topics for each in matched)),
        sum(each.events_per_second for each in matched),
        sum(each.bytes_per_second for each in matched),
    )


def _families(told: Sequence[TopicsTold], named: Counter[str]) -> tuple[FamilySeen, ...]:
    by_name: dict[str, list[FamilySeen]] = {}
    for each in told:
        for family in each.families:
            by_name.setdefault(family.name, []).append(family)
    return tuple(
        FamilySeen(
            name,
            _added([each.matched for each in alike], least=named[name]),
            max((each.last for each in alike), key=lambda row: row.last_ms),
        )
        for name, alike in by_name.items()
    )
