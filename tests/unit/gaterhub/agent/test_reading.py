import pytest

from gaterhub.agent.reading import Reading, ratio
from instances.schemas.metrics import disk_io, latency_measured


class TestReading:
    def test_takes_instance_topic_type_and_version_from_its_event(self) -> None:
        reading = Reading.of(latency_measured(component="order_api", duration_ms=3.5))

        assert (reading.instance, reading.topic) == ("metrics", "performance_metrics:order_api")
        assert (reading.event_type, reading.schema_version) == ("latency_measured", 2)
        assert reading.data == {"duration_ms": 3.5}
        assert reading.timestamp_ms is None

    def test_takes_the_time_at_which_it_was_read(self) -> None:
        assert Reading.of(disk_io(disk="sda"), timestamp_ms=5).timestamp_ms == 5


class TestRatio:
    @pytest.mark.parametrize(
        ("part", "whole", "share"), [(1, 3, 0.3333), (5, 4, 1.0), (-1, 4, 0.0), (1, 0, 0.0), (1, -1, 0.0)]
    )
    def test_is_a_share_of_the_whole(self, part: float, whole: float, share: float) -> None:
        assert ratio(part, whole) == share
