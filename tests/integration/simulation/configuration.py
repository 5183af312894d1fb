"""How operators spread families over streams, and what each process knows of it."""

from collections.abc import Mapping

from instances.config import Effective
from instances.groups import Streams, laid_out
from instances.routing import Route
from instances.spec import InstanceSpec

Routes = Mapping[str, Mapping[str, Route]]
"""By instance and family."""


class SimulatedRouting:
    """The database: every process finds in it what was set last."""

    def __init__(self) -> None:
        self.routes: Routes = {}


class ConfigurationOfProcess:
    """As one process has read it last."""

    def __init__(self, database: SimulatedRouting) -> None:
        self._database = database
        self._routes: Routes = database.routes
        self._effective: dict[str, Effective] = {}
        self._streams: dict[InstanceSpec, Streams] = {}

    def refresh(self) -> bool:
        """Read it anew; this database is never out."""
        if self._routes is not self._database.routes:
            self._routes = self._database.routes
            self._effective, self._streams = {}, {}
        return True

    def effective(self, spec: InstanceSpec) -> Effective:
        if spec.name not in self._effective:
            self._effective[spec.name] = Effective(delivery=spec.delivery, routes=self._routes.get(spec.name, {}))
        return self._effective[spec.name]

    def streams(self, spec: InstanceSpec) -> Streams:
        if spec not in self._streams:
            routes = self._routes.get(spec.name, {})
            self._streams[spec] = laid_out(spec, {family: route.layout for family, route in routes.items()})
        return self._streams[spec]
