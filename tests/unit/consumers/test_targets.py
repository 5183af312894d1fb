import json
from typing import Any

from consumers.connection import Connection
from consumers.targets import NOBODY, targets_of
from tests.unit.consumers.making import event
from tests.unit.consumers.test_resuming import Silence


def connection() -> Connection:
    return Connection(Silence())


class TestTargets:
    def test_of_nobody_are_always_the_same(self) -> None:
        assert targets_of(()) is NOBODY

    def test_tell_those_who_read_everything_from_the_others(self) -> None:
        full, veiled = connection(), connection()

        targets = targets_of((veiled.reader(personal=False), full.reader(personal=True)))

        assert (targets.full, targets.veiled) == ((full,), (veiled,))
        assert set(targets.everybody) == {full, veiled}

    def test_have_a_connection_once_that_reads_everything_by_one_of_its_patterns(self) -> None:
        both = connection()

        targets = targets_of((both.reader(personal=False), both.reader(personal=True)))

        assert (targets.full, targets.veiled, targets.everybody) == ((both,), (), (both,))

    def test_know_a_connection_s_veil_again(self) -> None:
        one = connection()

        assert one.reader(personal=False) is one.reader(personal=False)


class TestVeiledEvent:
    def test_is_the_same_but_for_personal_fields(self) -> None:
        wire: dict[str, Any] = {"event_type": "authentication_failure", "data": {"user_id": "ada"}, "metadata": {}}
        before = event(7, stream="security.security_events", event_type="authentication_failure")
        before.payload = b'{"event":' + json.dumps(wire).encode() + b"}"

        after = before.veiled()

        assert (after.offset, after.stream, after.topic, after.severity) == (7, before.stream, "a:b", before.severity)
        assert json.loads(after.payload)["event"]["data"] == {"user_id": "[redacted]"}
