"""What a retention policy says, and what a stream is kept by under all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from instances.groups import all_streams, streams_of
from instances.options import HISTORY_LEAST_SECONDS, HISTORY_MOST_SECONDS
from instances.spec import InstanceSpec
from instances.streams.contract import Keep
from instances.topics import SEPARATOR, WILDCARD, Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy as it is stated; None: it says nothing about that."""

    id: int | None
    """None for one that isn't saved."""
    name: str
    spec: InstanceSpec
    pattern: Pattern
    recent_seconds: int | None = None
    """For so long at least, events are kept for those who return."""
    kept_seconds: int | None = None
    """For so long at least, they must be there at all."""
    at_most_seconds: int | None = None
    """After that they must be gone."""

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that can hold what the policy is about."""
        return streams_of(self.spec, self.pattern)

    def covers(self, stream: str) -> bool:
        """Tell whether it is about every topic that belongs to the stream."""
        if self.pattern.text == WILDCARD:
            return True
        family = self.spec.family(stream.split(".")[1])
        # A family's own name alone is no topic that its template has.
        return family is not None and self.pattern.contains(Pattern(SEPARATOR.join((family.name, WILDCARD))))


class KeepsByStream(dict[str, Keep]):
    """How much of each stream is kept; of one that was taken into use a moment ago, as much as the instance says."""

    def __init__(self, keep: Keep, by_stream: Mapping[str, Keep]) -> None:
        super().__init__(by_stream)
        self._keep = keep

    def __missing__(self, stream: str) -> Keep:
        return self._keep


def keeps_of(spec: InstanceSpec, keep: Keep, policies: Iterable[Policy]) -> KeepsByStream:
    """Return what each stream of an instance is kept by: its own figures, made longer and shorter by policies.

    A stream is the least that can be purged without leaving holes in it. Where one policy wants events recent for
    longer than another lets them stay, they go. What the journal keeps is no history, and no policy touches it here.
    """
    if spec.delivery.journaled:
        return KeepsByStream(keep, dict.fromkeys(all_streams(spec), keep))
    own = [policy for policy in policies if policy.spec is spec]
    touching = {stream: [each for each in own if stream in each.streams] for stream in all_streams(spec)}
    return KeepsByStream(keep, {stream: _keep(keep, policies) for stream, policies in touching.items()})


def _keep(keep: Keep, policies: Sequence[Policy]) -> Keep:
    seconds, shortest = _longest(keep, policies), _at_most(policies)
    if shortest is not None and shortest < seconds:
        return Keep(keep.events, max(shortest, HISTORY_LEAST_SECONDS))
    return keep if seconds == keep.seconds else Keep(keep.events, seconds)


def bounding(stream: str, keep: Keep, policies: Iterable[Policy]) -> list[Policy]:
    """Return the policies by which a stream's events go earlier; none where only the instance's own keep does it."""
    touching = [policy for policy in policies if stream in policy.streams and not policy.spec.delivery.journaled]
    shortest = _at_most(touching)
    if shortest is None or shortest >= _longest(keep, touching):
        return []
    return [policy for policy in touching if policy.at_most_seconds == shortest]


def _longest(keep: Keep, policies: Iterable[Policy]) -> float:
    # A figure that came into the database by another hand is worth no more than its bounds.
    recent = [min(each.recent_seconds, HISTORY_MOST_SECONDS) for each in policies if each.recent_seconds is not None]
    return max([keep.seconds, *recent])


def _at_most(policies: Iterable[Policy]) -> int | None:
    return min((each.at_most_seconds for each in policies if each.at_most_seconds is not None), default=None)
