"""What is to be known of policies together: which contradict each other, and what follows from one besides its aim."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from instances.catalog import undeclared
from instances.retention.ages import said
from instances.retention.policy import Policy, keeps_of
from instances.streams.contract import Keep
from instances.topics import WILDCARD, intersection

NAMED_STREAMS: Final = 3
NOT_PURGED_YET: Final = (
    "Nothing of {instance} is purged yet: evidence is purged with the compliance functions, which are not there yet."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence or two about policies that somebody should read."""

    says: str
    policies: tuple[Policy, ...]
    """Which it is about."""
    conflict: bool = False
    """Whether something that a policy states does not come about; else it only follows from it."""

    def concerns(self, policy_id: int | None) -> bool:
        return any(policy.id == policy_id for policy in self.policies)


def findings(policies: Sequence[Policy], own: Mapping[str, Keep]) -> list[Finding]:
    """Return all that is to be told of active policies, conflicts first; `own` is each instance's own keep."""
    found = [each for look in _LOOKS for each in look(policies, own)]
    return sorted(found, key=lambda each: not each.conflict)


def _recent_beyond_at_most(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for one, other in _pairs(policies):
        if one.spec.delivery.journaled or not _exceeds(one.recent_seconds, other.at_most_seconds):
            continue
        shared = [stream for stream in one.streams if stream in other.streams]
        if shared:
            yield Finding(
                f"“{one.name}” wants events of {_named(shared)} recent for {_age(one.recent_seconds)}, and "
                f"“{other.name}” has them gone after {_age(other.at_most_seconds)}: “{other.name}” holds, and they go "
                "after that." + _apart(one, other),
                (one, other),
                conflict=True,
            )


def _kept_beyond_at_most(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for one, other in _pairs(policies):
        if not _exceeds(one.kept_seconds, other.at_most_seconds):
            continue
        both = intersection(one.pattern, other.pattern)
        if one.spec.delivery.journaled:
            if both is not None:
                yield Finding(
                    f"“{one.name}” has {both} of {one.spec.name} kept for at least {_age(one.kept_seconds)}, and "
                    f"“{other.name}” has it gone after {_age(other.at_most_seconds)}: it can't be both. Nothing of "
                    f"{one.spec.name} is purged yet, so all of it stays for now.",
                    (one, other),
                    conflict=True,
                )
        elif shared := [stream for stream in one.streams if stream in other.streams]:
            yield Finding(
                f"“{one.name}” has events of {_named(shared)} kept for at least {_age(one.kept_seconds)}, and "
                f"“{other.name}” has them gone after {_age(other.at_most_seconds)}: “{other.name}” holds, and they go "
                "after that." + _apart(one, other),
                (one, other),
                conflict=True,
            )


def _kept_by_nothing(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for policy in policies:
        if policy.kept_seconds is None or policy.spec.delivery.journaled:
            continue
        keeps = keeps_of(policy.spec, own[policy.spec.name], policies)
        shorter = [stream for stream in policy.streams if keeps[stream].seconds < policy.kept_seconds]
        if shorter:
            keep = keeps[min(shorter, key=lambda stream: keeps[stream].seconds)]
            yield Finding(
                f"“{policy.name}” has events of {_named(shorter)} kept for at least {_age(policy.kept_seconds)}, and "
                f"nothing does: they have a recent history of {said(int(keep.seconds))}, and no journal. Ask for more "
                "with “recent”, up to 7 days, or report what has to be kept to audit.",
                (policy,),
                conflict=True,
            )


def _about_nothing(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for policy in policies:
        family = policy.pattern.segments[0]
        if family != WILDCARD and policy.spec.family(family) is None:
            yield Finding(
                f"“{policy.name}” is about {policy.pattern}, and {undeclared(policy.spec, family)}. Only events of "
                f"undeclared families can match it, which share the stream {policy.streams[0]}; a strict instance "
                "takes none of them.",
                (policy,),
                conflict=True,
            )


def _shorter_than_set(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for policy in policies:
        keep = own[policy.spec.name]
        if policy.spec.delivery.journaled or policy.at_most_seconds is None:
            continue
        if policy.at_most_seconds < keep.seconds:
            yield Finding(
                f"Events of {_named(policy.streams)} go after {_age(policy.at_most_seconds)}; without “{policy.name}”, "
                f"{policy.spec.name} would keep them for {said(int(keep.seconds))}. Who was away for longer is told a "
                "gap.",
                (policy,),
            )


def _more_than_meant(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for policy in policies:
        if policy.spec.delivery.journaled:
            continue
        keep = own[policy.spec.name]
        shortens = policy.at_most_seconds is not None and policy.at_most_seconds < keep.seconds
        more = [stream for stream in policy.streams if not policy.covers(stream)]
        if more and (shortens or _exceeds(policy.recent_seconds, int(keep.seconds))):
            yield Finding(
                f"{policy.pattern} is only a part of {_named(more)}. A stream is purged as a whole, so “{policy.name}” "
                "holds for all the other events of it, too.",
                (policy,),
            )


def _longer_than_set(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for policy in policies:
        keep = own[policy.spec.name]
        if not policy.spec.delivery.journaled and _exceeds(policy.recent_seconds, int(keep.seconds)):
            yield Finding(
                f"“{policy.name}” keeps events of {_named(policy.streams)} for {_age(policy.recent_seconds)} instead "
                f"of {said(int(keep.seconds))}, as far as the newest {keep.events:,} of each stream reach; a longer "
                "history takes more memory.",
                (policy,),
            )


def _not_purged_yet(policies: Sequence[Policy], own: Mapping[str, Keep]) -> Iterator[Finding]:
    for policy in policies:
        if policy.spec.delivery.journaled and policy.at_most_seconds is not None:
            yield Finding(NOT_PURGED_YET.format(instance=policy.spec.name), (policy,))


_LOOKS: Final[tuple[Callable[[Sequence[Policy], Mapping[str, Keep]], Iterable[Finding]], ...]] = (
    _recent_beyond_at_most,
    _kept_beyond_at_most,
    _kept_by_nothing,
    _about_nothing,
    _shorter_than_set,
    _more_than_meant,
    _longer_than_set,
    _not_purged_yet,
)


def _pairs(policies: Sequence[Policy]) -> Iterator[tuple[Policy, Policy]]:
    """Yield every two policies of one instance, both ways."""
    for one, other in product(policies, policies):
        if one is not other and one.spec is other.spec:
            yield one, other


def _exceeds(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one > other


def _age(seconds: int | None) -> str:
    return said(seconds or 0)


def _apart(one: Policy, other: Policy) -> str:
    if intersection(one.pattern, other.pattern) is not None:
        return ""
    return " No topic matches both; but a stream is purged as a whole."


def _named(streams: Sequence[str]) -> str:
    named = ", ".join(streams[:NAMED_STREAMS])
    more = len(streams) - NAMED_STREAMS
    return f"{named} and {more} more" if more > 0 else named
