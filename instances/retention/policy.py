"""What a retention policy says, and what a stream is kept by under all of them."""

from collections.abc import Iterable, Sequence
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


def keeps_of(spec: InstanceSpec, keep: Keep, policies: Iterable[Policy]) -> dict[str, Keep]:
    """Return what each stream of an instance is kept by: its own figures, made longer and shorter by policies.

    A stream is the least that can be purged without leaving holes in it. Where one policy wants events recent for
    longer than another lets them stay, they go. What the journal keeps is no history, and no policy touches it here.
    """
    if spec.delivery.journaled:
        return dict.fromkeys(all_streams(spec), keep)
    own = [policy for policy in policies if policy.spec is spec]
    return {stream: _keep(keep, [policy for policy in own if stream in policy.streams]) for stream in all_streams(spec)}


def _keep(keep: Keep, policies: Sequence[Policy]) -> Keep:
    # A figure that came into the database by another hand is worth no more than its bounds.
    seconds = max(
        [keep.seconds]
        + [min(each.recent_seconds, HISTORY_MOST_SECONDS) for each in policies if each.recent_seconds is not None]
    )
    longest = at_most(policies)
    if longest is None or longest >= seconds:
        return keep if seconds == keep.seconds else Keep(keep.events, seconds)
    return Keep(keep.events, max(longest, HISTORY_LEAST_SECONDS))


def at_most(policies: Iterable[Policy]) -> int | None:
    """Return the shortest time after which one of the policies has events gone; None where none does."""
    return min((each.at_most_seconds for each in policies if each.at_most_seconds is not None), default=None)


def deciding(stream: str, policies: Iterable[Policy]) -> list[Policy]:
    """Return the policies by which the stream's events go, those with the shortest `at most` that touch it."""
    touching = [policy for policy in policies if stream in policy.streams]
    shortest = at_most(touching)
    return [each for each in touching if shortest is not None and each.at_most_seconds == shortest]
