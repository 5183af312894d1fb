"""The event types of `audit`: who did what, and what regulations want on record."""

from dataclasses import replace
from typing import Final

from instances.schemas.people import (
    ACTOR,
    ACTOR_KIND,
    IP_ADDRESS,
    ORIGIN,
    OUTCOME,
    SESSION_ID,
    TARGET,
    USER_AGENT,
    USER_ID,
)
from instances.schemas.recording import gap_of
from instances.schemas.words import Field, Kind, Types

TYPES: Final = Types("audit")

ADMIN_OPERATIONS: Final = "audit_trail:admin_operations"
DATA_ACCESS: Final = "audit_trail:data_access"
REGULATION: Final = "compliance_events:{regulation}"

_REQUIRED_ACTOR: Final = replace(ACTOR, required=True)
_ACTION: Final = Field("action", Kind.TEXT, "What was done, as a verb with its object, such as `delete_subscription`.")
_RESOURCE: Final = Field("resource", Kind.TEXT, "What it was done to, as kind and id, such as `access.token:7`.")
_RESOURCE_NAME: Final = Field("resource_name", Kind.TEXT, "The resource as people call it.")
_REASON: Final = Field("reason", Kind.TEXT, "Why, such as the number of a ticket or a court's order.")
_SUBJECT: Final = Field("subject_id", Kind.TEXT, "The person whose data it is about.", required=True, personal=True)
_RECORDS: Final = Field("record_count", Kind.INTEGER, "How many records it was.", unit="records", least=0)
_REGULATION: Final = Field("regulation", Kind.TEXT, "The law or standard that asks for the record, such as `gdpr`.")

user_action = TYPES.add(
    "user_action",
    title="User acted",
    purpose="A user did something that has to be answered for.",
    topic="audit_trail:user_actions",
    data=(
        replace(USER_ID, required=True),
        replace(_ACTION, required=True),
        _RESOURCE,
        ACTOR,
        ORIGIN,
        OUTCOME,
    ),
    metadata=(
        Field("store_id", Kind.TEXT, "The store that it was done in."),
        IP_ADDRESS,
        SESSION_ID,
        USER_AGENT,
    ),
    example={
        "user_id": "admin_user",
        "action": "delete_subscription",
        "resource": "subscription_123",
        "store_id": "production_store",
        "ip_address": "203.0.113.7",
        "session_id": "sess_abc123",
    },
)

admin_operation = TYPES.add(
    "admin_operation",
    title="Administrator acted",
    purpose="An administrator added, changed or deleted something.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        IP_ADDRESS,
        replace(_ACTION, help="What was done: `add`, `change`, `delete`, or a name of one's own.", required=True),
        _RESOURCE,
        replace(_RESOURCE_NAME, help="The resource as people call it; of an account, its owner's.", personal=True),
        Field("change", Kind.TEXT, "What is other than before, in words."),
        ORIGIN,
        OUTCOME,
    ),
    metadata=(SESSION_ID, USER_AGENT),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "ip_address": "203.0.113.7",
        "action": "change",
        "resource": "instances.instanceconfig:4",
        "resource_name": "health",
        "change": "Changed Strict.",
        "outcome": "success",
    },
)

instance_configured = TYPES.add(
    "instance_configured",
    title="Instance configured",
    purpose="An operator changes what an instance goes by. It is on record before it takes effect.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="`configure`, or `go_back` to what was set before an earlier change."),
        replace(_RESOURCE, help="The instance, such as `instance:health`.", required=True),
        Field("before", Kind.OBJECT, "What was set, of the options that change; null: the catalog's figure."),
        Field("after", Kind.OBJECT, "What is set now."),
        replace(_REASON, required=True),
        OUTCOME,
    ),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "action": "configure",
        "resource": "instance:health",
        "before": {"history_events": None},
        "after": {"history_events": 2000},
        "reason": "OPS-1204: Redis is short of memory.",
        "outcome": "started",
    },
)

_SUBSCRIBER: Final = Field(
    "subscriber",
    Kind.TEXT,
    "Whose connection it is, such as `user:ada` or `token:orders`.",
    required=True,
    personal=True,
)
_SUBSCRIBER_ADDRESS: Final = Field("subscriber_address", Kind.TEXT, "Where it is connected from.", personal=True)
_CONNECTION: Final = replace(_RESOURCE, help="The connection, such as `connection:c_9f`.", required=True)
_BANNED: Final = replace(_RESOURCE, help="The account or token by its number, such as `token:7`.", required=True)
_TOLD_REASON: Final = replace(_REASON, help="Why; the subscriber is told the same.", required=True)
_SENT_AWAY: Final = {
    "actor": "user:ada",
    "actor_kind": "user",
    "subscriber": "token:orders",
    "reason": "OPS-1311: it holds up the failover.",
    "outcome": "started",
}

subscriber_disconnected = TYPES.add(
    "subscriber_disconnected",
    title="Subscriber disconnected",
    purpose="An operator closes the connection of a subscriber. It is on record before it is done.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="Always `disconnect`."),
        _CONNECTION,
        _SUBSCRIBER,
        _SUBSCRIBER_ADDRESS,
        _TOLD_REASON,
        OUTCOME,
    ),
    severity="notice",
    example={
        **_SENT_AWAY,
        "action": "disconnect",
        "resource": "connection:c_9f2",
        "subscriber_address": "203.0.113.7",
    },
)

_TRACE: Final = replace(_RESOURCE, help="The trace, such as `trace:t_1f8a90`.", required=True)
_TRACED: Final = (
    Field("instance", Kind.TEXT, "The instance, where it follows one alone."),
    Field("pattern", Kind.TEXT, "The topics that it follows.", required=True),
    Field("traced_publisher", Kind.TEXT, "Whose events it follows, where it follows a publisher.", personal=True),
)

trace_started = TYPES.add(
    "trace_started",
    title="Trace started",
    purpose="An operator begins to follow events through the hub, without their data; on record before it begins.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="Always `start_trace`."),
        _TRACE,
        *_TRACED,
        Field("seconds", Kind.INTEGER, "How long it runs at most.", unit="s", least=1, required=True),
        replace(_REASON, required=True),
        OUTCOME,
    ),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "action": "start_trace",
        "resource": "trace:t_1f8a90",
        "instance": "health",
        "pattern": "process_health:api",
        "seconds": 600,
        "reason": "OPS-1320: nobody sees the events of api.",
        "outcome": "started",
    },
)

trace_stopped = TYPES.add(
    "trace_stopped",
    title="Trace stopped",
    purpose="An operator ends a trace before its time. One that ends by itself is told by its beginning alone.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="Always `stop_trace`."),
        _TRACE,
        *_TRACED,
        replace(_REASON, required=True),
        OUTCOME,
    ),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "action": "stop_trace",
        "resource": "trace:t_1f8a90",
        "instance": "health",
        "pattern": "process_health:api",
        "reason": "OPS-1320: found.",
        "outcome": "started",
    },
)

subscription_ended = TYPES.add(
    "subscription_ended",
    title="Subscription ended",
    purpose="An operator ends one subscription of a subscriber, which stays connected.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="Always `unsubscribe`."),
        _CONNECTION,
        _SUBSCRIBER,
        _SUBSCRIBER_ADDRESS,
        Field("instance", Kind.TEXT, "The instance that it followed.", required=True),
        Field("pattern", Kind.TEXT, "With which pattern.", required=True),
        _TOLD_REASON,
        OUTCOME,
    ),
    severity="notice",
    example={
        **_SENT_AWAY,
        "action": "unsubscribe",
        "resource": "connection:c_9f2",
        "instance": "metrics",
        "pattern": "*",
    },
)

subscriber_banned = TYPES.add(
    "subscriber_banned",
    title="Subscriber banned",
    purpose="An operator closes the connections of an account or token, and lets it open none for a time.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="Always `ban`."),
        _BANNED,
        _SUBSCRIBER,
        Field("until", Kind.TIMESTAMP, "When it may connect again.", required=True),
        _TOLD_REASON,
        OUTCOME,
    ),
    severity="warning",
    example={**_SENT_AWAY, "action": "ban", "resource": "token:7", "until": 1_672_617_600_000},
)

ban_lifted = TYPES.add(
    "ban_lifted",
    title="Ban lifted",
    purpose="An operator lets an account or token connect again before its ban has run out.",
    topic=ADMIN_OPERATIONS,
    data=(
        _REQUIRED_ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="Always `lift_ban`."),
        _BANNED,
        _SUBSCRIBER,
        replace(_REASON, required=True),
        OUTCOME,
    ),
    severity="notice",
    example={**_SENT_AWAY, "action": "lift_ban", "resource": "token:7", "reason": "OPS-1311: it is mended."},
)

_POLICY: Final = (
    _REQUIRED_ACTOR,
    ACTOR_KIND,
    replace(
        _RESOURCE,
        help="The policy, such as `retention_policy:7`; `retention_policy:new` before it has a number.",
        required=True,
    ),
    replace(_RESOURCE_NAME, help="The policy, by its name.", required=True),
    Field("instance", Kind.TEXT, "Whose events it is about.", required=True),
)

retention_policy_set = TYPES.add(
    "retention_policy_set",
    title="Retention policy set",
    purpose="An operator adds or changes how long events are kept. It is on record before it holds.",
    topic=ADMIN_OPERATIONS,
    data=(
        *_POLICY,
        replace(_ACTION, help="`add` or `change`.", choices=("add", "change"), required=True),
        Field("before", Kind.OBJECT, "What was stated, of what changes; absent where the policy is new."),
        Field("after", Kind.OBJECT, "What is stated now; ages in seconds, null: nothing is said about that."),
        replace(_REASON, required=True),
        OUTCOME,
    ),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "action": "change",
        "resource": "retention_policy:7",
        "resource_name": "Logs of shops",
        "instance": "logging",
        "before": {"at_most_seconds": 86400},
        "after": {"at_most_seconds": 3600},
        "reason": "DPO-31: shops log names of customers.",
        "outcome": "started",
    },
)

retention_policy_deleted = TYPES.add(
    "retention_policy_deleted",
    title="Retention policy deleted",
    purpose="An operator takes back how long events are kept. It is on record before it holds no longer.",
    topic=ADMIN_OPERATIONS,
    data=(
        *_POLICY,
        Field("before", Kind.OBJECT, "What was stated; ages in seconds, null: nothing was said about that."),
        replace(_REASON, required=True),
        OUTCOME,
    ),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "resource": "retention_policy:7",
        "resource_name": "Logs of shops",
        "instance": "logging",
        "before": {"pattern": "logs:*", "at_most_seconds": 3600, "rule": "GDPR art. 5(1)(e)"},
        "reason": "The shops no longer log names.",
        "outcome": "started",
    },
)

command_executed = TYPES.add(
    "command_executed",
    title="Command executed",
    purpose="Somebody ran a command on a host that may change the service.",
    topic=ADMIN_OPERATIONS,
    data=(
        ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="The command's name, such as `migrate`.", required=True),
        TARGET,
        Field("argument_count", Kind.INTEGER, "How many arguments it was given; they may be secret.", least=0),
        OUTCOME,
        Field("duration_seconds", Kind.NUMBER, "How long it ran; absent while it does.", unit="s", least=0),
    ),
    severity="notice",
    example={
        "actor": "os:deploy",
        "actor_kind": "os_user",
        "action": "migrate",
        "target": "gaterhub",
        "argument_count": 1,
        "outcome": "success",
        "duration_seconds": 2.418,
    },
)

_TOKEN: Final = (
    ACTOR,
    ACTOR_KIND,
    IP_ADDRESS,
    replace(_ACTION, help="`create_token` or `revoke_token`."),
    _RESOURCE,
    replace(_RESOURCE_NAME, help="The token's name, which its events carry as their publisher."),
    Field("prefix", Kind.TEXT, "The token's public part; the secret is nowhere.", required=True),
    Field("acts_for", Kind.TEXT, "The user that it acts for; absent where it may do everything.", personal=True),
    Field("expires_at", Kind.TEXT, "When it ends by itself, in ISO 8601; absent: never."),
    OUTCOME,
)

token_created = TYPES.add(
    "token_created",
    title="Token created",
    purpose="There is a new API token.",
    topic=ADMIN_OPERATIONS,
    data=_TOKEN,
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "ip_address": "203.0.113.7",
        "action": "create_token",
        "resource": "access.token:7",
        "resource_name": "orders",
        "prefix": "7f3a91bc",
        "acts_for": "ada",
        "expires_at": "2027-01-01T00:00:00+00:00",
        "outcome": "success",
    },
)

token_revoked = TYPES.add(
    "token_revoked",
    title="Token revoked",
    purpose="An API token is good for nothing any more.",
    topic=ADMIN_OPERATIONS,
    data=(*_TOKEN, _REASON),
    severity="notice",
    example={
        "actor": "user:ada",
        "actor_kind": "user",
        "ip_address": "203.0.113.7",
        "action": "revoke_token",
        "resource": "access.token:7",
        "resource_name": "orders",
        "prefix": "7f3a91bc",
        "outcome": "success",
        "reason": "The laptop was stolen.",
    },
)

journal_key_rotated = TYPES.add(
    "journal_key_rotated",
    title="Journal key rotated",
    purpose="Receipts and checkpoints of the journal are signed with another key from now on.",
    topic=ADMIN_OPERATIONS,
    data=(
        replace(_ACTION, help="What was done, always `rotate_journal_key`.", required=True),
        replace(_RESOURCE, help="Whose key it is: the first part of the logs' names.", required=True),
        Field("new_public", Kind.TEXT, "The Ed25519 public key that signs now, in base64.", required=True),
        Field("old_public", Kind.TEXT, "The one that signed before; absent where nobody has it any more."),
        Field(
            "proof",
            Kind.TEXT,
            "Signatures of the old and the new key over the change; without both nobody need believe it.",
        ),
        OUTCOME,
    ),
    severity="notice",
    example={
        "action": "rotate_journal_key",
        "resource": "hub.example",
        "new_public": "A4a9r4vOxhhjBi5Tr2nnbOPrCAqvJtLNKOu2JQ0a8Vk=",
        "old_public": "1yTmZg0V3n5nY2s0uS2kqk9d0R0s3fFBk0eXW2fY9mI=",
        "proof": "c2lnbmF0dXJlIG9mIHRoZSBvbGQga2V5IG92ZXIgdGhlIGNoYW5nZQ==",
        "outcome": "success",
    },
)

journal_restored = TYPES.add(
    "journal_restored",
    title="Restored journal accepted",
    purpose="An operator goes on with a journal that is older than what was signed of it, under a new log.",
    topic=ADMIN_OPERATIONS,
    data=(
        ACTOR,
        ACTOR_KIND,
        replace(_ACTION, help="What was done, always `accept_restored_journal`.", required=True),
        replace(_RESOURCE, help="The journal, such as `journal/audit`.", required=True),
        Field("log", Kind.TEXT, "The name of the log that begins.", required=True),
        Field("size", Kind.INTEGER, "How many entries it begins with.", unit="entries", least=0, required=True),
        Field("signed_size", Kind.INTEGER, "How many the log before had when it was last signed.", least=0),
        replace(_REASON, help="Why, in the operator's words.", required=True),
        OUTCOME,
    ),
    severity="warning",
    example={
        "actor": "os:deploy",
        "actor_kind": "os_user",
        "action": "accept_restored_journal",
        "resource": "journal/audit",
        "log": "hub.example/audit/2",
        "size": 12000,
        "signed_size": 12408,
        "reason": "The disk of db-1 failed; the backup of 04:00 is what there is.",
        "outcome": "success",
    },
)

data_changed = TYPES.add(
    "data_changed",
    title="Data changed",
    purpose="A record that has to be accounted for was made, changed or deleted.",
    topic="audit_trail:data_changes",
    data=(
        _REQUIRED_ACTOR,
        replace(_ACTION, help="What became of the record.", choices=("created", "changed", "deleted")),
        replace(_RESOURCE, required=True),
        Field("fields", Kind.LIST, "The names of the fields that are other than before.", of=Kind.TEXT),
        Field("before", Kind.OBJECT, "What they held; absent where the record is new.", personal=True),
        Field("after", Kind.OBJECT, "What they hold now; absent where it is deleted.", personal=True),
        OUTCOME,
    ),
    metadata=(IP_ADDRESS, SESSION_ID),
    example={
        "actor": "user:ada",
        "action": "changed",
        "resource": "customer:7",
        "fields": ["credit_limit"],
        "before": {"credit_limit": 1000},
        "after": {"credit_limit": 5000},
        "outcome": "success",
    },
)

data_exported = TYPES.add(
    "data_exported",
    title="Data exported",
    purpose="Data left the system in a form that can be carried away.",
    topic=DATA_ACCESS,
    data=(
        _REQUIRED_ACTOR,
        replace(_RESOURCE, help="What was exported, such as `journal/audit`.", required=True),
        Field("format", Kind.TEXT, "The file's format, such as `csv` or `json`."),
        _RECORDS,
        Field("size_bytes", Kind.INTEGER, "How large the export is.", unit="bytes", least=0),
        Field("destination", Kind.TEXT, "Where it went, such as `download` or a bucket's name."),
        _REASON,
    ),
    metadata=(IP_ADDRESS, SESSION_ID),
    severity="notice",
    example={
        "actor": "user:ada",
        "resource": "journal/audit",
        "format": "csv",
        "record_count": 12408,
        "size_bytes": 3145728,
        "destination": "download",
        "reason": "Yearly review",
        "ip_address": "203.0.113.7",
    },
)

evidence_read = TYPES.add(
    "evidence_read",
    title="Evidence read",
    purpose="Somebody looked into a journal, which is itself an act on record.",
    topic=DATA_ACCESS,
    data=(
        _REQUIRED_ACTOR,
        Field("journal", Kind.TEXT, "The journal that was read, such as `audit` or `security`.", required=True),
        Field("query", Kind.TEXT, "The filters that were asked with; they may name a person.", personal=True),
        _RECORDS,
        Field("first_index", Kind.INTEGER, "The first entry that was shown.", least=0),
        Field("last_index", Kind.INTEGER, "The last entry that was shown.", least=0),
        _REASON,
    ),
    metadata=(IP_ADDRESS, SESSION_ID),
    example={
        "actor": "user:auditor",
        "journal": "security",
        "query": "actor=user:bob",
        "record_count": 41,
        "first_index": 1200,
        "last_index": 9871,
        "ip_address": "203.0.113.7",
    },
)

_REPORT: Final = (
    _REQUIRED_ACTOR,
    ACTOR_KIND,
    replace(_RESOURCE, help="The report, such as `report:0193…`.", required=True),
    Field("report", Kind.TEXT, "Which of the hub's reports it is, such as `evidence`.", required=True),
    Field("from_at", Kind.TIMESTAMP, "From when on it tells.", required=True),
    Field("to_at", Kind.TIMESTAMP, "Up to when, exclusive.", required=True),
    Field("journals", Kind.LIST, "The journals that it is of.", of=Kind.TEXT),
    Field("personal", Kind.LIST, "Those of them whose personal fields it shows in the clear.", of=Kind.TEXT),
    replace(ORIGIN, help="Where it was asked for: `web` or `shell`."),
    OUTCOME,
)
_REPORTED: Final = {
    "actor": "user:auditor",
    "actor_kind": "user",
    "resource": "report:0193f2a4-77b1-7c00-8a55-3f1f0c5c6d21",
    "report": "evidence",
    "from_at": 1790812800000,
    "to_at": 1793491200000,
    "journals": ["audit", "security"],
    "personal": ["audit", "security"],
    "origin": "web",
}

report_started = TYPES.add(
    "report_started",
    title="Report started",
    purpose="Somebody has a compliance report made, which reads evidence. It is on record before it begins.",
    topic=DATA_ACCESS,
    data=(*_REPORT, IP_ADDRESS),
    severity="notice",
    example={**_REPORTED, "ip_address": "203.0.113.7", "outcome": "started"},
)

report_made = TYPES.add(
    "report_made",
    title="Report made",
    purpose="A compliance report is done, or could not be made. With its hash on record it can't be changed unseen.",
    topic=DATA_ACCESS,
    data=(
        *_REPORT,
        Field("sha256", Kind.TEXT, "Of its JSON, in 64 hexadecimal digits; absent where it failed."),
        Field("size_bytes", Kind.INTEGER, "How large its JSON is.", unit="bytes", least=0),
        _RECORDS,
        Field("finding_count", Kind.INTEGER, "How many findings it has.", least=0),
        _REASON,
    ),
    severity="notice",
    example={
        **_REPORTED,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size_bytes": 48211,
        "record_count": 200000,
        "finding_count": 4,
        "outcome": "success",
    },
)

compliance_assessed = TYPES.add(
    "compliance_assessed",
    title="Compliance assessed",
    purpose="A control was held against what a regulation demands.",
    topic=REGULATION,
    data=(
        _REGULATION,
        Field("control", Kind.TEXT, "The control or article, as the regulation numbers it.", required=True),
        Field(
            "result",
            Kind.TEXT,
            "Whether it is met.",
            choices=("met", "partly_met", "not_met", "not_applicable"),
            required=True,
        ),
        Field("evidence", Kind.TEXT, "Where the proof is kept."),
        Field("findings", Kind.LIST, "What has to be mended, one sentence each.", of=Kind.TEXT),
        Field("due_at", Kind.TIMESTAMP, "By when it has to be."),
        ACTOR,
    ),
    example={
        "regulation": "pci_dss",
        "control": "10.2.1",
        "result": "partly_met",
        "evidence": "journal/audit",
        "findings": ["Reads of card data by batch jobs are not recorded."],
        "due_at": 1798761600000,
        "actor": "user:auditor",
    },
)

_CONSENT: Final = (
    _REGULATION,
    _SUBJECT,
    Field("processing_purpose", Kind.TEXT, "What the person's data is used for.", required=True),
    Field("channel", Kind.TEXT, "Where the person said so, such as `web_form` or `telephone`."),
    Field("notice_version", Kind.TEXT, "The version of the text that the person was shown."),
)

consent_given = TYPES.add(
    "consent_given",
    title="Consent given",
    purpose="A person has agreed to a use of their data.",
    topic=REGULATION,
    data=_CONSENT,
    example={
        "regulation": "gdpr",
        "subject_id": "customer-7",
        "processing_purpose": "newsletter",
        "channel": "web_form",
        "notice_version": "2026-03",
    },
)

consent_withdrawn = TYPES.add(
    "consent_withdrawn",
    title="Consent withdrawn",
    purpose="A person no longer agrees to a use of their data, which must end.",
    topic=REGULATION,
    data=_CONSENT,
    severity="notice",
    example={
        "regulation": "gdpr",
        "subject_id": "customer-7",
        "processing_purpose": "newsletter",
        "channel": "telephone",
    },
)

personal_data_erased = TYPES.add(
    "personal_data_erased",
    title="Personal data erased",
    purpose="A person's data was deleted because they, or a rule, wanted it.",
    topic=REGULATION,
    data=(_REGULATION, _SUBJECT, ACTOR, Field("systems", Kind.LIST, "Where it was deleted.", of=Kind.TEXT), _RECORDS),
    severity="notice",
    example={
        "regulation": "gdpr",
        "subject_id": "customer-7",
        "actor": "user:ada",
        "systems": ["orders", "mailing"],
        "record_count": 38,
    },
)

retention_applied = TYPES.add(
    "retention_applied",
    title="Retention applied",
    purpose="Records that had to be kept no longer were dealt with.",
    topic=REGULATION,
    data=(
        _REGULATION,
        Field("policy", Kind.TEXT, "The retention rule, by its name.", required=True),
        Field("disposal", Kind.TEXT, "What became of the records.", choices=("deleted", "anonymised", "archived")),
        _RECORDS,
        Field("older_than", Kind.TIMESTAMP, "Records from before then were dealt with."),
        Field("held_back", Kind.INTEGER, "Records due that a legal hold keeps.", unit="records", least=0),
    ),
    severity="notice",
    example={
        "regulation": "gdpr",
        "policy": "logins-180-days",
        "disposal": "deleted",
        "record_count": 90210,
        "older_than": 1780531200000,
        "held_back": 14,
    },
)

_HOLD: Final = (
    _REGULATION,
    Field("hold_id", Kind.TEXT, "The hold, such as the case's number.", required=True),
    ACTOR,
    _REASON,
    Field("scope", Kind.TEXT, "Which records it keeps from being deleted."),
)

legal_hold_placed = TYPES.add(
    "legal_hold_placed",
    title="Legal hold placed",
    purpose="Records must be kept past their time, because a case needs them.",
    topic=REGULATION,
    data=_HOLD,
    severity="notice",
    example={
        "regulation": "sox",
        "hold_id": "case-2026-118",
        "actor": "user:counsel",
        "reason": "Subpoena of 2026-11-02",
        "scope": "audit_trail:user_actions",
    },
)

legal_hold_released = TYPES.add(
    "legal_hold_released",
    title="Legal hold released",
    purpose="Records that a case needed fall under their retention rules again.",
    topic=REGULATION,
    data=_HOLD,
    severity="notice",
    example={"regulation": "sox", "hold_id": "case-2026-118", "actor": "user:counsel", "reason": "Case closed"},
)

recording_gap = TYPES.add("recording_gap", topic="audit_trail:recording", **gap_of(TYPES.instance))
