"""The circuit breaker on the way to Redis, as an event whenever it changes."""

from collections.abc import Callable
from typing import Literal

from gaterhub.agent.reading import Reading
from instances.schemas.health import circuit_breaker_changed
from instances.supervisor import home

CircuitState = Literal["closed", "half_open", "open"]


def state_of_redis() -> CircuitState | None:
    """Return the state of the broker's circuit, or None while the instances don't run in this process."""
    here = home()
    return None if here is None else here.broker.breaker.state.value


class CircuitWatch:
    """Polls the circuit. It changes while nothing can be published; the outbox keeps the news until then."""

    def __init__(self, look: Callable[[], CircuitState | None] = state_of_redis) -> None:
        self._look = look
        self._last: CircuitState | None = None

    def sample(self) -> list[Reading]:
        """Return one reading when the state differs from the last; the first state is told as it is found."""
        state = self._look()
        if state is None or state == self._last:
            return []
        changed = circuit_breaker_changed(service="redis", state=state, previous_state=self._last)
        self._last = state
        return [Reading.of(changed)]
