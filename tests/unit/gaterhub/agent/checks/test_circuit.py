from gaterhub.agent.checks.circuit import CircuitState, CircuitWatch


class TestCircuitWatch:
    def test_tells_every_change_and_nothing_else(self) -> None:
        states: list[CircuitState | None] = [None, "closed", "closed", "open", "open", "half_open", "closed", None]
        watch = CircuitWatch(lambda: states.pop(0))

        told = [each.data for _ in range(8) for each in watch.sample()]

        assert [(data.get("previous_state"), data["state"]) for data in told] == [
            (None, "closed"),
            ("closed", "open"),
            ("open", "half_open"),
            ("half_open", "closed"),
        ]
