"""The event types of `system`: components that come and go, their settings, and who is where."""

from typing import Final

from instances.schemas.words import Field, Kind, Types

TYPES: Final = Types("system")

_NODE: Final = Field("node", Kind.TEXT, "The host that it runs on.")
_PROCESS: Final = Field("process", Kind.INTEGER, "The number of its process on that host.", least=0)
_VERSION: Final = Field("version", Kind.TEXT, "The release of the program that runs.")
_STATUS: Final = Field("status", Kind.TEXT, "The same in a word, for whoever shows all components in one list.")
_REASON: Final = Field("reason", Kind.TEXT, "Why, in one sentence.")
_UPTIME: Final = Field("uptime_seconds", Kind.NUMBER, "How long the process has run by now.", unit="s", least=0)

# Of a hub; other programs leave out what they don't have.
_BUILD: Final = (
    _VERSION,
    Field("python", Kind.TEXT, "The version of its Python."),
    Field("django", Kind.TEXT, "The version of its Django."),
    Field("streams", Kind.TEXT, "Where a hub counts its offsets: `redis`, or the `memory` of one process."),
)

started = TYPES.add(
    "started",
    title="Component started",
    purpose="A component serves from now on.",
    topic="system_status:{component}",
    data=(_NODE, _PROCESS, _STATUS, *_BUILD),
    example={
        "component": "gaterhub",
        "node": "node-1",
        "process": 4711,
        "status": "started",
        "version": "0.3.0",
        "python": "3.11.9",
        "django": "5.2.1",
        "streams": "redis",
    },
)

running = TYPES.add(
    "running",
    title="Component running",
    purpose="A component says, every few seconds, that it is still there.",
    topic="system_status:{component}",
    data=(
        _NODE,
        _PROCESS,
        _STATUS,
        _VERSION,
        _UPTIME,
        Field("connections", Kind.INTEGER, "How many clients are connected to this process.", least=0),
    ),
    example={
        "component": "gaterhub",
        "node": "node-1",
        "process": 4711,
        "status": "running",
        "uptime_seconds": 86_400.5,
        "connections": 214,
    },
)

degraded = TYPES.add(
    "degraded",
    title="Component degraded",
    purpose="A component serves, but slower or with less than it should.",
    topic="system_status:{component}",
    data=(
        _NODE,
        _PROCESS,
        _STATUS,
        _REASON,
        Field("impact", Kind.TEXT, "What its users notice."),
        Field("since", Kind.TIMESTAMP, "When it began."),
    ),
    example={
        "component": "order_service",
        "node": "node-1",
        "status": "degraded",
        "reason": "The payment gateway answers slowly.",
        "impact": "Orders take up to ten seconds.",
        "since": 1672531200000,
    },
    severity="warning",
)

recovered = TYPES.add(
    "recovered",
    title="Component recovered",
    purpose="A component that was degraded or had failed serves again as it should.",
    topic="system_status:{component}",
    data=(
        _NODE,
        _PROCESS,
        _STATUS,
        Field("impaired_seconds", Kind.NUMBER, "How long it was less than well.", unit="s", least=0),
    ),
    example={"component": "order_service", "node": "node-1", "status": "running", "impaired_seconds": 312},
    severity="notice",
)

draining = TYPES.add(
    "draining",
    title="Component draining",
    purpose="A component finishes the work it has and takes no new work.",
    topic="system_status:{component}",
    data=(
        _NODE,
        _PROCESS,
        _STATUS,
        _REASON,
        Field("remaining", Kind.INTEGER, "How many requests or connections are still to finish.", least=0),
    ),
    example={
        "component": "order_service",
        "node": "node-1",
        "status": "draining",
        "reason": "A new release is put in place.",
        "remaining": 18,
    },
    severity="notice",
)

stopping = TYPES.add(
    "stopping",
    title="Component stopping",
    purpose="A component will serve no more within seconds.",
    topic="system_status:{component}",
    data=(_NODE, _PROCESS, _STATUS, _REASON, *_BUILD),
    example={"component": "gaterhub", "node": "node-1", "process": 4711, "status": "stopping", "version": "0.3.0"},
    severity="notice",
)

stopped = TYPES.add(
    "stopped",
    title="Component stopped",
    purpose="A component serves no more, and was meant to end.",
    topic="system_status:{component}",
    data=(_NODE, _PROCESS, _STATUS, _REASON, _VERSION, _UPTIME),
    example={
        "component": "order_service",
        "node": "node-1",
        "status": "stopped",
        "reason": "The host is shut down.",
        "uptime_seconds": 86_412,
    },
    severity="notice",
)

_MAINTENANCE: Final = (
    Field("summary", Kind.TEXT, "What is done, for those who notice that something is away."),
    Field("affects", Kind.LIST, "The services that may be away meanwhile.", of=Kind.TEXT),
)

maintenance_started = TYPES.add(
    "maintenance_started",
    title="Maintenance started",
    purpose="Work on a component has begun, and what it causes until its end is expected.",
    topic="system_status:{component}",
    data=(*_MAINTENANCE, Field("planned_until", Kind.TIMESTAMP, "When it should be over.")),
    metadata=(Field("started_by", Kind.TEXT, "Whoever does the work.", personal=True),),
    example={
        "component": "database",
        "summary": "PostgreSQL is brought to version 17.",
        "affects": ["order_service", "billing"],
        "planned_until": 1672534800000,
        "started_by": "operator-3",
    },
    severity="notice",
)

maintenance_ended = TYPES.add(
    "maintenance_ended",
    title="Maintenance ended",
    purpose="Work on a component is over, and what goes wrong from now on is unexpected again.",
    topic="system_status:{component}",
    data=(
        *_MAINTENANCE,
        Field("duration_seconds", Kind.NUMBER, "How long it took.", unit="s", least=0),
        Field("outcome", Kind.TEXT, "How it went, such as success or rolled_back."),
    ),
    metadata=(Field("ended_by", Kind.TEXT, "Whoever declared it over.", personal=True),),
    example={
        "component": "database",
        "summary": "PostgreSQL was brought to version 17.",
        "duration_seconds": 2_310,
        "outcome": "success",
        "ended_by": "operator-3",
    },
    severity="notice",
)

configuration_changed = TYPES.add(
    "configuration_changed",
    title="Configuration changed",
    purpose="A record of a service's configuration was created, changed or deleted: by whom, and what is different.",
    topic="configuration_changes:{service}",
    data=(
        Field("actor", Kind.TEXT, "Whoever did it, such as user:alice or os:deploy.", personal=True),
        Field("actor_kind", Kind.TEXT, "What the actor is: user, token, os_user or anonymous."),
        Field("ip_address", Kind.TEXT, "The address that the request came from.", personal=True),
        Field("action", Kind.TEXT, "Whether the record was created, changed or deleted."),
        Field("target", Kind.TEXT, "The record, by its kind and name."),
        Field("before", Kind.OBJECT, "What the changed fields held; absent for a record that is new."),
        Field("after", Kind.OBJECT, "What they hold now; absent for a record that is gone."),
        Field("outcome", Kind.TEXT, "Whether it was done: success or failure."),
    ),
    example={
        "service": "gaterhub",
        "actor": "user:operator",
        "actor_kind": "user",
        "ip_address": "192.0.2.10",
        "action": "changed",
        "target": "instances.InstanceConfig:metrics",
        "before": {"strict": False},
        "after": {"strict": True},
        "outcome": "success",
    },
    severity="notice",
)

setting_changed = TYPES.add(
    "setting_changed",
    title="Setting changed",
    purpose="One setting of a service has another value.",
    topic="configuration_changes:{service}",
    data=(
        Field("setting", Kind.TEXT, "The setting's name, as its documentation spells it.", required=True),
        Field("old", Kind.ANY, "The value until now; never that of a secret."),
        Field("new", Kind.ANY, "The value from now on; never that of a secret."),
    ),
    metadata=(
        Field("changed_by", Kind.TEXT, "The person or program that changed it.", personal=True),
        _NODE,
    ),
    example={
        "service": "order_service",
        "setting": "max_connections",
        "old": 50,
        "new": 80,
        "changed_by": "deploy",
        "node": "node-1",
    },
    severity="notice",
)

feature_changed = TYPES.add(
    "feature_changed",
    title="Feature switched",
    purpose="A feature of a service was switched on or off, for all or for a share of its users.",
    topic="configuration_changes:{service}",
    data=(
        Field("feature", Kind.TEXT, "The feature's name in the code.", required=True),
        Field("enabled", Kind.BOOLEAN, "Whether anybody has it now.", required=True),
        Field("share_ratio", Kind.NUMBER, "The share of users who have it.", unit="ratio", least=0, most=1),
    ),
    metadata=(Field("changed_by", Kind.TEXT, "The person or program that switched it.", personal=True),),
    example={
        "service": "order_service",
        "feature": "one_click_checkout",
        "enabled": True,
        "share_ratio": 0.1,
        "changed_by": "product-team",
    },
    severity="notice",
)

_JOINED: Final = (_NODE, _PROCESS, *_BUILD)

node_joined = TYPES.add(
    "node_joined",
    title="Node joined",
    purpose="A node takes its share of the work from now on.",
    topic="service_discovery:{node_name}",
    data=_JOINED,
    example={"node_name": "node-1", "node": "node-1", "process": 4711, "version": "0.3.0", "streams": "redis"},
)

node_left = TYPES.add(
    "node_left",
    title="Node left",
    purpose="A node has taken its leave, and others do its work.",
    topic="service_discovery:{node_name}",
    data=(*_JOINED, _REASON),
    example={"node_name": "node-1", "node": "node-1", "process": 4711, "version": "0.3.0", "streams": "redis"},
    severity="notice",
)

_SERVICE: Final = (
    Field("service", Kind.TEXT, "What can be called there.", required=True),
    Field("address", Kind.TEXT, "Where it answers, such as http://10.0.0.5:8080; never with a password in it."),
    _VERSION,
)

service_registered = TYPES.add(
    "service_registered",
    title="Service registered",
    purpose="A node offers a service, and callers may be sent to it.",
    topic="service_discovery:{node}",
    data=(*_SERVICE, Field("tags", Kind.LIST, "What callers may choose it by.", of=Kind.TEXT)),
    example={
        "node": "node-2",
        "service": "billing",
        "address": "http://10.0.0.5:8080",
        "version": "4.1.0",
        "tags": ["eu", "primary"],
    },
)

service_deregistered = TYPES.add(
    "service_deregistered",
    title="Service deregistered",
    purpose="A node offers a service no more, and no caller may be sent to it.",
    topic="service_discovery:{node}",
    data=(*_SERVICE, _REASON),
    example={"node": "node-2", "service": "billing", "address": "http://10.0.0.5:8080", "reason": "It is drained."},
    severity="notice",
)

leader_elected = TYPES.add(
    "leader_elected",
    title="Leader elected",
    purpose="The nodes have agreed on which one decides.",
    topic="service_discovery:{node}",
    data=(
        Field("leader", Kind.TEXT, "The node that decides from now on.", required=True),
        Field("previous_leader", Kind.TEXT, "The one that did until now."),
        Field("term", Kind.INTEGER, "The number of the election; a later one overrules an earlier.", least=0),
        Field("service", Kind.TEXT, "What it decides about."),
    ),
    example={"node": "node-2", "leader": "node-2", "previous_leader": "node-1", "term": 17, "service": "scheduler"},
    severity="notice",
)

history_purged = TYPES.add(
    "history_purged",
    title="History purged",
    purpose="Events that retention policies let stay no longer were removed from an instance's recent history.",
    topic="system_status:{component}",
    data=(
        Field("instance", Kind.TEXT, "The instance whose events they were.", required=True),
        Field("events", Kind.INTEGER, "How many events it was.", required=True, unit="events", least=1),
        Field("streams", Kind.LIST, "The streams that they were in.", of=Kind.TEXT),
        Field("policies", Kind.LIST, "The policies that asked for it, by their names.", of=Kind.TEXT),
    ),
    example={
        "component": "gaterhub",
        "instance": "logging",
        "events": 1240,
        "streams": ["logging.logs"],
        "policies": ["Logs of shops"],
    },
)
