"""What one subscription was told over all its connections, and whether the continuity rule held for it."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from instances.spec import InstanceSpec, Overflow
from instances.topics import Pattern
from tests.integration.simulation.streams import Place, Published, place_of


class Broken(AssertionError):
    """The continuity rule does not hold."""


@dataclass(frozen=True, slots=True)
class ToldGap:
    """From its first event up to and with the place to go on from."""

    first: Place
    following: Place
    reason: str

    def holds(self, place: Place) -> bool:
        if self.first.number == self.following.number:
            return self.first <= place <= self.following
        # Nobody knows where an epoch ended: all the rest of it is meant, and what was between it and the next one.
        return self.first <= place and (place.number == self.first.number or place <= self.following)


def gap_of(told: Mapping[str, object]) -> ToldGap:
    """Read a gap, and see that it is well formed."""
    first = place_of(f"{told['epoch']}:{told['from']}")
    following = place_of(str(told["next"]))
    if told["to"] is None:
        if following.number == first.number:
            raise Broken(f"A gap without an end goes on in its own epoch: {told}")
    elif following != (first.number, told["to"]) or following < first:
        raise Broken(f"A gap goes on elsewhere than at its end: {told}")
    return ToldGap(first, following, str(told["reason"]))


@dataclass(slots=True)
class Record:
    """Of one subscription, as its client kept it."""

    spec: InstanceSpec
    pattern: Pattern
    begins: dict[str, Place] = field(default_factory=dict)
    """Of each stream, the first position that was told."""
    positions: dict[str, str] = field(default_factory=dict)
    """With what the client comes back."""
    delivered: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    gaps: dict[str, list[ToldGap]] = field(default_factory=lambda: defaultdict(list))

    def wants(self, event: Published) -> bool:
        return self.pattern.matches(event.topic)

    def check_recovered(
        self, since: Mapping[str, str], live: Mapping[str, str], published: Mapping[str, Sequence[Published]]
    ) -> None:
        """See that nothing was missed between the two. Raises: Broken."""
        for stream, position in since.items():
            begin, end = place_of(position), place_of(live[stream])
            for event in _between(published.get(stream, ()), begin):
                if event.place <= end and self.wants(event) and event.place not in self.delivered[stream]:
                    raise Broken(f"`recovered` was said, and {stream} {event.place} was not replayed since {position}.")

    def excused(self, published: Mapping[str, Sequence[Published]]) -> set[tuple[str, Place]]:
        """Return the events that only a newer one with the same topic and type stands for. Raises: Broken."""
        conflated: set[tuple[str, Place]] = set()
        for stream, begin in self.begins.items():
            newer: set[tuple[str, str]] = set()
            for event in reversed(list(_between(published.get(stream, ()), begin))):
                if not self.wants(event):
                    continue
                key = event.topic, event.event_type
                delivered = event.place in self.delivered[stream]
                if not delivered and not any(gap.holds(event.place) for gap in self.gaps[stream]):
                    if self.spec.delivery.overflow is not Overflow.CONFLATE or key not in newer:
                        raise Broken(
                            f"{stream} {event.place} ({event.topic}) was lost without a word for {self.pattern.text}; "
                            f"told were {self.gaps[stream]}."
                        )
                    conflated.add((stream, event.place))
                newer.add(key)
        return conflated

    def check_needed(self, published: Mapping[str, Sequence[Published]], keeps: Callable[[str, Place], bool]) -> None:
        """See that nothing was told as missing that can be read still. Raises: Broken."""
        for stream, begin in self.begins.items():
            gaps = [gap for gap in self.gaps[stream] if gap.reason != "slow"]
            for event in _between(published.get(stream, ()), begin):
                if event.place in self.delivered[stream] or not self.wants(event):
                    continue
                for gap in gaps:
                    if gap.holds(event.place) and keeps(stream, event.place):
                        raise Broken(f"{stream} {event.place} is kept, and was told as missing in {gap}.")

    def behind(self, heads: Mapping[str, Place]) -> dict[str, tuple[Place, Place]]:
        """Return the streams whose end the client has not been brought to."""
        return {
            stream: (place_of(position), heads[stream])
            for stream, position in self.positions.items()
            if place_of(position) != heads[stream]
        }


def _between(published: Sequence[Published], begin: Place) -> Iterable[Published]:
    return published[bisect_left(published, (*begin, 1), key=lambda event: (*event.place, 0)) :]
