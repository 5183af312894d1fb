import asyncio
import json
from collections.abc import Iterator

import msgspec
import pytest

from instances.catalog import find
from instances.error_codes import Refusal
from instances.event import Prepared, compact, prepare
from instances.explorer import steps
from instances.explorer.traced import CONNECTIONS_MAX, TRACES_MAX, Record, TraceAsked, Traced, TraceTold
from instances.explorer.traces import ENDED_KEPT, TRACES, Trace, encode
from instances.publishing.pipeline import BatchRefused

HEALTH, SECURITY = find("health"), find("security")
AT_MS = 1_672_531_200_000


def traced(id: str = "t_1", **said: object) -> Traced:
    usual: dict[str, object] = {"id": id, "within": {"health": ("*",), "security": ("*",)}}
    return Traced(**usual | said)  # type: ignore[arg-type]  # The fields of Traced.


def event(topic: str = "process_health:api") -> Prepared:
    return prepare(HEALTH, compact(json.dumps({"topic": topic, "event_type": "tested"})), publisher_json=b'"gater-1"')


@pytest.fixture
def running() -> Iterator[Trace]:
    """Give a trace of process health that runs."""
    trace = Trace(traced(pattern="process_health:*"))
    TRACES.running = (trace,)
    yield trace
    TRACES.running = ()


def records(trace: Trace) -> list[Record]:
    return trace.told(running=True, limit=1_000).records


class TestTrace:
    def test_follows_its_pattern_within_what_may_be_read(self) -> None:
        trace = Trace(traced(pattern="*:api", within={"health": ("process_health:*",)}))

        assert trace.follows("health", "process_health:api")
        assert not trace.follows("health", "process_health:web")
        assert not trace.follows("health", "subscription_health:api")
        assert not trace.follows("system", "process_health:api")

    def test_follows_its_publisher_alone(self) -> None:
        trace = Trace(traced(publisher="gater-1"))

        assert trace.follows("health", "process_health:api", "gater-1")
        assert not trace.follows("health", "process_health:api", "gater-2")

    def test_keeps_the_newest_records_and_counts_the_others(self) -> None:
        trace = Trace(traced(), records_max=3)
        for number in range(5):
            trace.add("accepted", "health", id=str(number))

        told = trace.told(running=True, limit=2)

        assert [record.id for record in told.records] == ["3", "4"]
        assert told.seen == 5

    def test_has_one_record_for_all_connections_of_an_event_and_names_some(self) -> None:
        trace = Trace(traced())
        for number in range(CONNECTIONS_MAX + 3):
            trace.add_connection("delivered", "health", (f"c_{number}", "olga"), stream="s", position="e:1")
        trace.add_connection("delivered", "health", ("c_1", "olga"), stream="s", position="e:2")

        first, second = records(trace)

        assert (len(first.connections), first.more_connections) == (CONNECTIONS_MAX, 3)
        assert second.connections == [("c_1", "olga")]


class TestTraces:
    @pytest.fixture(autouse=True)
    def _nothing_runs(self) -> Iterator[None]:
        yield
        TRACES.forget()

    async def test_run_until_their_time_is_over_and_can_be_read_then(self) -> None:
        TRACES.start(encode(traced(seconds=0.01)))
        assert TRACES.running
        while TRACES.running:
            await asyncio.sleep(0)

        told = msgspec.json.decode(TRACES.look(encode(TraceAsked(id="t_1"))) or b"", type=TraceTold)

        assert not told.running
        assert TRACES.stop(b"t_1") is None

    async def test_are_a_few_at_a_time(self) -> None:
        answers = [TRACES.start(encode(traced(f"t_{number}"))) for number in range(TRACES_MAX + 1)]

        assert answers == [b"started"] * TRACES_MAX + [None]
        assert TRACES.start(encode(traced("t_0"))) is None

    async def test_are_let_go_of_the_longest_over_first(self) -> None:
        for number in range(ENDED_KEPT + 2):
            TRACES.start(encode(traced(f"t_{number}")))
            assert TRACES.stop(f"t_{number}".encode()) == b"stopped"

        assert TRACES.look(encode(TraceAsked(id="t_1"))) is None
        assert TRACES.look(encode(TraceAsked(id="t_2"))) is not None
        assert len(json.loads(TRACES.list(b""))) == ENDED_KEPT


class TestRefused:
    def test_is_told_with_its_reason(self, running: Trace) -> None:
        body = b'{"topic": "process_health:api", "event_type": "tested"}'

        steps.refused(HEALTH, body, "gater-1", Refusal("forbidden", "It is not granted to you."))

        [record] = records(running)
        assert (record.step, record.topic, record.code) == ("refused", "process_health:api", "forbidden")
        assert record.message == "It is not granted to you."

    def test_of_a_batch_says_which_was_bad(self, running: Trace) -> None:
        body = b'[{"topic": "process_health:a"}, {"topic": "other:b"}, {"topic": "process_health:c"}]'
        errors = [{"index": 2, "code": "bad_topic", "message": "Segment 2 is empty."}]

        steps.refused(HEALTH, body, "gater-1", BatchRefused(errors))

        assert [(record.topic, record.message) for record in records(running)] == [
            ("process_health:a", "Refused with its batch, of which another event was bad."),
            ("process_health:c", "Segment 2 is empty."),
        ]

    def test_of_evidence_says_nothing_of_the_data(self) -> None:
        trace = Trace(traced())
        TRACES.running = (trace,)
        try:
            body = b'{"topic": "authentication_events:x", "event_type": "authentication_failure"}'
            steps.refused(SECURITY, body, "gater-1", Refusal("bad_schema", "data.user_id: ada is no number."))
        finally:
            TRACES.running = ()

        [record] = records(trace)
        assert "ada" not in record.message
        assert record.message.endswith(steps.WITHHELD)

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[", b"[1]", b"[]", b'{"events": 1}', b'{"topic": []}', b"\xff", b'{"topic": "a::b"}']
    )
    def test_that_has_no_topic_is_told_to_the_trace_of_its_publisher_alone(self, running: Trace, body: bytes) -> None:
        of_publisher = Trace(traced(publisher="gater-1"))
        TRACES.running = (running, of_publisher)

        steps.refused(HEALTH, body, "gater-1", Refusal("bad_request", "It is no JSON."))
        steps.refused(HEALTH, body, "gater-2", Refusal("bad_request", "It is no JSON."))

        assert records(running) == []
        assert [record.topic for record in records(of_publisher)] == [None]

    def test_is_told_of_what_was_accepted_before(self, running: Trace) -> None:
        steps.turned_away(HEALTH, [event(), event("other:one")], "gater-1", Refusal("unavailable", "Redis is out."))

        assert [(record.topic, record.code) for record in records(running)] == [("process_health:api", "unavailable")]
