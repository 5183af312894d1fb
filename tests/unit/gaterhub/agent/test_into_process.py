from typing import Any

from gaterhub.agent.into_process import IntoProcess
from gaterhub.agent.reading import Reading
from gaterhub.agent.sender import Letter
from instances.error_codes import Refusal
from instances.publishing import PublishResult

ID = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"


def letter(topic: str) -> Letter:
    return Letter(
        ID, 1_672_531_200_000, Reading("metrics", topic, "cpu_usage", {"load_1m": 1.5}, {"unit": "s"}, schema_version=2)
    )


class Publisher:
    """Refuses the topics it is told to, with their codes."""

    broken: frozenset[str] = frozenset()

    def __init__(self, refusals: dict[str, str] | None = None) -> None:
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self._refusals = refusals or {}

    async def __call__(self, *args: Any, **kwargs: Any) -> PublishResult:
        self.calls.append((args, kwargs))
        if args[1] in self.broken:
            raise KeyError("mistake")
        if args[1] in self._refusals:
            raise Refusal(self._refusals[args[1]], "refused")
        return PublishResult(accepted=True, event_id=kwargs["id"])


class TestIntoProcess:
    async def test_publishes_with_id_time_host_and_the_agents_name(self, settings: Any) -> None:
        settings.GATERHUB_NODE = "node 1"
        publisher = Publisher()

        outcome = await IntoProcess(publisher).send("metrics", [letter("performance_metrics:cpu")])

        assert (outcome.refused, outcome.later) == ([], None)
        assert publisher.calls == [
            (
                ("metrics", "performance_metrics:cpu", "cpu_usage"),
                {
                    "data": {"load_1m": 1.5},
                    "metadata": {"host": "node 1", "unit": "s"},
                    "schema_version": 2,
                    "timestamp": 1_672_531_200_000,
                    "id": ID,
                    "publisher": "agent@node_1",
                },
            )
        ]

    async def test_sorts_what_can_never_be_taken_from_what_can_be_later(self) -> None:
        publisher = Publisher({"a:1": "bad_topic", "a:2": "unavailable", "a:3": "instance_disabled"})
        letters = [letter(f"a:{number}") for number in range(4)]

        outcome = await IntoProcess(publisher).send("metrics", letters)

        assert [(each.letter.reading.topic, each.code) for each in outcome.refused] == [
            ("a:1", "bad_topic"),
            ("a:3", "instance_disabled"),
        ]
        assert outcome.later is not None
        assert [each.reading.topic for each in outcome.later.letters] == ["a:2"]

    async def test_gives_up_what_it_fails_over_and_publishes_the_rest(self) -> None:
        publisher = Publisher()
        publisher.broken = frozenset({"a:1"})

        outcome = await IntoProcess(publisher).send("metrics", [letter("a:1"), letter("a:2")])

        assert [(each.letter.reading.topic, each.code) for each in outcome.refused] == [("a:1", "internal")]
        assert outcome.later is None
