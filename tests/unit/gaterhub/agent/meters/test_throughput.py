from gaterhub.agent.meters.throughput import hub_readings


class TestHubReadings:
    def test_sum_the_rates_of_the_instances(self) -> None:
        (reading,) = hub_readings(lambda: {"health": {"rate_10s": 1.25}, "metrics": {"rate_10s": 10}})

        assert reading.topic == "throughput_stats:gaterhub"
        assert reading.data["events_per_second"] == 11.25
        assert reading.data["events_per_second_by_instance"] == {"health": 1.25, "metrics": 10.0}
