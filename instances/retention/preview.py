"""What the next purge would remove, counted where the events are, stream by stream; nothing is removed."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from instances import config
from instances.broker import Unavailable
from instances.event import now_ms
from instances.retention.evidence import Overdue, overdue
from instances.retention.policy import Policy, bounding, keeps_of
from instances.spec import InstanceSpec
from instances.streams import Due, Keep
from instances.supervisor import home

READ_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class StreamDue:
    """What the next purge would remove of one stream."""

    stream: str
    keep: Keep
    """By which it is purged."""
    policies: tuple[Policy, ...]
    """That decide so; none: the instance's own figure does."""
    due: Due
    now_ms: int

    @property
    def oldest_seconds(self) -> float | None:
        """How old the oldest event is; None where there is none."""
        return None if self.due.oldest_ms is None else max(self.now_ms - self.due.oldest_ms, 0) / 1000

    @property
    def due_in_seconds(self) -> float | None:
        """In how long the next event is due, 0 for one that is; None where there is none."""
        return None if self.oldest_seconds is None else max(self.keep.seconds - self.oldest_seconds, 0)


@dataclass(frozen=True, slots=True)
class EvidenceDue:
    """What of a journal is older than a policy lets it stay; not purged yet."""

    policy: Policy
    overdue: Overdue | None
    """None where the database didn't say in time."""


@dataclass(frozen=True, slots=True)
class Preview:
    streams: tuple[StreamDue, ...] = ()
    evidence: tuple[EvidenceDue, ...] = ()
    wanting: str | None = None
    """Why the streams could not be asked, in a sentence."""


def preview(about: Iterable[Policy], policies: Sequence[Policy]) -> Preview:
    """Count for the streams of some policies what a purge by all of them would remove; blocks for a few seconds."""
    some = list(about)
    evidence = tuple(
        EvidenceDue(policy, overdue(policy, now_ms=now_ms()))
        for policy in some
        if policy.spec.delivery.journaled and policy.at_most_seconds is not None
    )
    touched: dict[str, InstanceSpec] = {
        stream: policy.spec for policy in some if not policy.spec.delivery.journaled for stream in policy.streams
    }
    keeps: dict[str, Keep] = {}
    for spec in dict.fromkeys(touched.values()):
        every = keeps_of(spec, config.effective(spec.name).keep, policies)
        keeps |= {stream: keep for stream, keep in every.items() if stream in touched}
    if not keeps:
        return Preview(evidence=evidence)
    here = home()
    if here is None:
        return Preview(evidence=evidence, wanting="The streams are in another process, which this one can't ask.")
    asked = asyncio.run_coroutine_threadsafe(here.broker.due(keeps), here.loop)
    try:
        due = asked.result(READ_SECONDS)
    except Unavailable as unavailable:
        return Preview(evidence=evidence, wanting=unavailable.message)
    except TimeoutError:
        asked.cancel()
        return Preview(evidence=evidence, wanting="The streams did not answer in time. Try again.")
    now = now_ms()
    rows = [
        StreamDue(
            stream,
            keep,
            tuple(bounding(stream, config.effective(touched[stream].name).keep, policies)),
            due[stream],
            now,
        )
        for stream, keep in keeps.items()
    ]
    return Preview(tuple(rows), evidence)
