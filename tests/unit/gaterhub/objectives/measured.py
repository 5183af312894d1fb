"""Measurements as the streams carry them, and a hub of which one objective is followed."""

from collections import defaultdict

from gaterhub.objectives.following import Follower
from gaterhub.objectives.judging import Definition
from gaterhub.objectives.progress import Known, Mark, Progress
from instances.broker import Broker
from instances.event import Prepared, new_id
from instances.streams import Keep
from tests.unit.instances.streams.making import Clock

STREAM = "metrics.subscription_metrics"
KEEP = Keep(events=1_000, seconds=3_600)
QUICK = Definition("metrics", "subscription_metrics:*", "", "processing_time_ms", "below", "100")


def measured(clock: Clock, *milliseconds: float, topic: str = "subscription_metrics:prod:users") -> list[Prepared]:
    """Return events that are taken now, one for each time that something took."""
    received_ms = round(clock.now * 1000)
    return [
        Prepared(
            id=new_id(received_ms),
            topic=topic,
            stream=STREAM,
            event_type="registration_attempt",
            schema_version=1,
            severity=2,
            received_ms=received_ms,
            head=b'{"received":%d,' % received_ms,
            tail=b'"data":{},"metadata":{"processing_time_ms":%g}}' % each,
        )
        for each in milliseconds
    ]


class Life:
    """A follower, and the database as it would be if each writing succeeded."""

    def __init__(self, broker: Broker, clock: Clock, *definitions: Definition) -> None:
        self.broker, self.clock = broker, clock
        self.follower = Follower(clock=clock)
        self.marks: dict[int, Mark | None] = dict.fromkeys(range(len(definitions)))
        self.definitions = definitions
        self.follower.adopt(self.known())

    def known(self, *, written: bool = False) -> list[Known]:
        return [Known(pk, each, self.marks[pk], written) for pk, each in enumerate(self.definitions)]

    async def publish(
        self, *milliseconds: float, keep: Keep = KEEP, topic: str = "subscription_metrics:prod:u"
    ) -> None:
        events = measured(self.clock, *milliseconds, topic=topic)
        await self.broker.append("metrics", [events], defaultdict(lambda: keep))

    async def look(self, *, after_seconds: float = 0.0) -> None:
        self.clock.now += after_seconds
        await self.follower.look(self.broker)

    def write(self) -> list[Progress]:
        """Return what is to be written, and take it for written."""
        taken = self.follower.take()
        for each in taken:
            mark = each.mark
            self.marks[each.objective] = Mark(
                mark.serial + 1, mark.positions, mark.since, mark.covered_from, mark.covered_until
            )
        self.follower.adopt(self.known(written=True))
        return taken

    def restart(self) -> None:
        """Go on in another process, from the marks."""
        self.follower = Follower(clock=self.clock)
        self.follower.adopt(self.known())


def totals(taken: list[Progress], objective: int = 0) -> tuple[int, int]:
    """Return how many events were good and bad."""
    counts = [each for progress in taken if progress.objective == objective for each in progress.counts.values()]
    return sum(each.good for each in counts), sum(each.bad for each in counts)


def covered(taken: list[Progress], clock: Clock, objective: int = 0) -> list[int]:
    """Return the covered minutes, counted back from the one that runs."""
    minute = int(clock.now // 60)
    return sorted(at // 60 - minute for each in taken if each.objective == objective for at in each.covered)
