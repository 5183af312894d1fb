import logging

import pytest

from gaterhub.agent.logs.record import LEVELS, level_in, level_of_priority, level_of_python, record_reading
from instances.topics import check_topic


class TestLevels:
    @pytest.mark.parametrize(
        ("priority", "level"),
        [
            ("0", "critical"),
            (2, "critical"),
            ("3", "error"),
            ("4", "warning"),
            ("5", "info"),
            (6, "info"),
            ("7", "debug"),
        ],
    )
    def test_come_from_syslogs_priorities(self, priority: object, level: str) -> None:
        assert level_of_priority(priority) == level

    @pytest.mark.parametrize("priority", [None, "", "8", "-1", "high", [3]])
    def test_are_info_for_any_other_priority(self, priority: object) -> None:
        assert level_of_priority(priority) == "info"

    @pytest.mark.parametrize(
        ("number", "level"),
        [(1, "debug"), (logging.DEBUG, "debug"), (logging.INFO, "info"), (25, "info"), (logging.WARNING, "warning"),
         (logging.ERROR, "error"), (logging.CRITICAL, "critical"), (99, "critical")],
    )  # fmt: skip
    def test_come_from_pythons_numbers(self, number: int, level: str) -> None:
        assert level_of_python(number) == level

    @pytest.mark.parametrize(
        ("line", "level"),
        [
            ("2026-01-01 12:00:00 ERROR orders: no stock", "error"),
            ("[warn] 12#0: 4 worker_connections are not enough", "warning"),
            ("WARNING: could not open statistics file", "warning"),
            ('{"time": 1, "level": "fatal", "msg": "x"}', "critical"),
            ("ts=1 level=debug msg=hello", "debug"),
            ("12:00:00|INFO|started", "info"),
            ("no errors were found", None),
            ("the ERRORS table", None),
            ("an error occurred", None),
            ("level=unheard-of", None),
            ("x" * 500 + " ERROR", None),
            ("", None),
        ],
    )
    def test_are_read_from_a_line_only_where_it_states_one(self, line: str, level: str | None) -> None:
        assert level_in(line) == level


class TestRecordReading:
    @pytest.mark.parametrize("level", LEVELS)
    def test_goes_to_the_topic_of_its_service_and_level(self, level: str) -> None:
        reading = record_reading("my service", level, "hello\x00", source="file", fields={"pid": 7})

        assert reading.topic == check_topic(f"logs:my_service:{level}")
        assert reading.data == {
            "service": "my service",
            "level": level,
            "severity": level,
            "message": "hello\ufffd",
            "source": "file",
            "pid": 7,
        }
