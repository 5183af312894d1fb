"""Which network connections a process holds."""

from collections import Counter
from typing import Any, Final

import psutil

from gaterhub.agent.inspection.memory import allowed
from gaterhub.agent.reading import Reading
from gaterhub.origin import plain
from instances.schemas.diagnostics import connection_pool

PEERS_SHOWN: Final = 20


def connection_readings(process: psutil.Process, *, deep: bool) -> list[Reading]:
    """Return one reading: connections by state; a deep one names whom they go to."""
    data: dict[str, Any] = {"process": plain(process.name()), "pid": process.pid}
    connections = allowed(lambda: process.net_connections(kind="inet"))
    if connections is None:
        data["reason"] = "The system doesn't let this user see the connections of that process."
    else:
        data["connections"] = len(connections)
        data["by_state"] = dict(Counter(each.status for each in connections))
        data["listening_on"] = sorted({_address(each.laddr) for each in connections if each.status == "LISTEN"})
        if deep:
            peers = Counter(_address(each.raddr) for each in connections if each.raddr)
            data["peers"] = [{"address": peer, "connections": n} for peer, n in peers.most_common(PEERS_SHOWN)]
    return [Reading.of(connection_pool(**data))]


def _address(address: Any) -> str:
    return f"[{address.ip}]:{address.port}" if ":" in address.ip else f"{address.ip}:{address.port}"
