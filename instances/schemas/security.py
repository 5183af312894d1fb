"""The event types of `security`: who was let in, who was refused, and what looks like an attack."""

from dataclasses import replace
from typing import Final

from instances.schemas.people import ACTOR, IP_ADDRESS, ORIGIN, OUTCOME, SESSION_ID, TARGET, USER_AGENT, USER_ID
from instances.schemas.recording import gap_of
from instances.schemas.words import Field, Kind, Types
from instances.severity import RANKS

TYPES: Final = Types("security")

AUTHENTICATION: Final = "security_events:authentication"
AUTHORIZATION: Final = "security_events:authorization"
CREDENTIALS: Final = "security_events:credentials"
ACCOUNTS: Final = "security_events:accounts"

_WHO: Final = replace(USER_ID, required=True)
_WHERE: Final = (ACTOR, IP_ADDRESS, ORIGIN, TARGET, OUTCOME)
_METHOD: Final = Field("method", Kind.TEXT, "How the proof was given, such as `password`, `token` or `single_sign_on`.")
_ACTION: Final = Field("action", Kind.TEXT, "What was to be done, as the service's permissions name it.")
_RESOURCE: Final = Field("resource", Kind.TEXT, "What the action was to be done to.")
_PERMISSION: Final = Field("permission", Kind.TEXT, "The permission, role or rule that decided.")

authentication_success = TYPES.add(
    "authentication_success",
    title="Authentication succeeded",
    purpose="Somebody proved who they are, and was let in.",
    topic=AUTHENTICATION,
    data=(_WHO, *_WHERE, _METHOD),
    metadata=(
        USER_AGENT,
        SESSION_ID,
        Field("failures_before", Kind.INTEGER, "Failed attempts under the same name just before this one.", least=0),
    ),
    example={
        "user_id": "ada",
        "actor": "user:ada",
        "ip_address": "203.0.113.7",
        "origin": "web",
        "target": "gaterhub",
        "outcome": "success",
        "user_agent": "Mozilla/5.0",
        "failures_before": 1,
    },
)

authentication_failure = TYPES.add(
    "authentication_failure",
    title="Authentication failed",
    purpose="Somebody could not prove who they are, and was refused.",
    topic=AUTHENTICATION,
    data=(
        _WHO,
        *_WHERE,
        _METHOD,
        Field("reason", Kind.TEXT, "Why they were refused, such as `invalid_credentials` or `account_locked`."),
    ),
    metadata=(
        Field("attempt_count", Kind.INTEGER, "Failures in a row under this name or from this address.", least=0),
        USER_AGENT,
        SESSION_ID,
    ),
    severity="warning",
    example={
        "user_id": "suspicious_user",
        "ip_address": "203.0.113.7",
        "reason": "invalid_credentials",
        "attempt_count": 5,
        "user_agent": "curl/7.68.0",
    },
)

session_ended = TYPES.add(
    "session_ended",
    title="Session ended",
    purpose="Somebody who was logged in no longer is.",
    topic=AUTHENTICATION,
    data=(
        _WHO,
        *_WHERE,
        Field("reason", Kind.TEXT, "What ended it: `logout`, `expired` or `revoked`."),
        Field("duration_seconds", Kind.NUMBER, "How long the session lasted.", unit="s", least=0),
    ),
    metadata=(USER_AGENT, SESSION_ID),
    example={
        "user_id": "ada",
        "actor": "user:ada",
        "ip_address": "203.0.113.7",
        "origin": "web",
        "target": "gaterhub",
        "outcome": "success",
        "user_agent": "Mozilla/5.0",
    },
)

authorization_granted = TYPES.add(
    "authorization_granted",
    title="Authorization granted",
    purpose="Somebody asked for something that needs a permission, and has it.",
    topic=AUTHORIZATION,
    data=(_WHO, _ACTION, _RESOURCE, _PERMISSION, *_WHERE),
    metadata=(USER_AGENT, SESSION_ID),
    example={"user_id": "ada", "action": "read", "resource": "journal/audit", "permission": "auditor"},
)

authorization_denied = TYPES.add(
    "authorization_denied",
    title="Authorization denied",
    purpose="Somebody asked for something that they have no permission for.",
    topic=AUTHORIZATION,
    data=(
        _WHO,
        _ACTION,
        _RESOURCE,
        _PERMISSION,
        *_WHERE,
        Field("reason", Kind.TEXT, "Why not, such as `missing_permission` or `outside_hours`."),
    ),
    metadata=(USER_AGENT, SESSION_ID),
    severity="warning",
    example={
        "user_id": "bob",
        "action": "delete",
        "resource": "subscription_123",
        "permission": "subscriptions.delete",
        "reason": "missing_permission",
        "ip_address": "203.0.113.7",
    },
)

repeated_denials = TYPES.add(
    "repeated_denials",
    title="Repeated denials",
    purpose="More attempts from one origin were refused after a first one that was told by itself.",
    topic=AUTHORIZATION,
    data=(
        Field("count", Kind.INTEGER, "Attempts that were refused.", required=True, least=1),
        Field("kinds", Kind.OBJECT, "How many of each kind, such as `permission`, `token`, `csrf` or `login`."),
        Field("first_at", Kind.TIMESTAMP, "When the first of them came."),
        Field("last_at", Kind.TIMESTAMP, "When the last came."),
        Field("window_seconds", Kind.NUMBER, "The time that is summed up, at the most.", unit="s", least=0),
        *_WHERE,
    ),
    severity="warning",
    example={
        "count": 4120,
        "kinds": {"token": 4120},  # nosec B105  A number of refusals.
        "first_at": 1796083200000,
        "last_at": 1796083259000,
        "window_seconds": 60,
        "actor": "anonymous",
        "ip_address": "198.51.100.23",
        "origin": "web",
        "target": "gaterhub",
        "outcome": "failure",
    },
)

access_violation = TYPES.add(
    "access_violation",
    title="Access violation",
    purpose="An attempt on a resource broke its rules, whoever made it.",
    topic="access_violations:{resource}",
    data=(
        _RESOURCE,
        USER_ID,
        *_WHERE,
        _ACTION,
        Field("rule", Kind.TEXT, "The rule that was broken, by its name in the policy."),
        Field("blocked", Kind.BOOLEAN, "Whether the attempt came to nothing."),
    ),
    metadata=(USER_AGENT, SESSION_ID),
    severity="error",
    example={
        "resource": "payroll",
        "user_id": "bob",
        "ip_address": "198.51.100.23",
        "action": "read",
        "rule": "hr_only",
        "blocked": True,
    },
)

threat_detected = TYPES.add(
    "threat_detected",
    title="Threat detected",
    purpose="A service shows signs of an attack.",
    topic="threat_detection:{service}",
    data=(
        Field("threat", Kind.TEXT, "The kind of attack, such as `brute_force` or `sql_injection`.", required=True),
        Field("severity", Kind.TEXT, "How grave it is if it is real.", choices=tuple(RANKS), severity=True),
        IP_ADDRESS,
        USER_ID,
        Field("confidence", Kind.NUMBER, "How sure the detector is.", unit="ratio", least=0, most=1),
        Field("requests", Kind.INTEGER, "Requests that belong to the attack so far.", unit="requests", least=0),
        Field("window_ms", Kind.INTEGER, "The time within which they came.", unit="ms", least=0),
        Field("blocked", Kind.BOOLEAN, "Whether the source is shut out already."),
    ),
    metadata=(USER_AGENT, Field("rule", Kind.TEXT, "The detector's rule that fired.")),
    severity="error",
    example={
        "service": "checkout",
        "threat": "brute_force",
        "severity": "high",
        "ip_address": "198.51.100.23",
        "confidence": 0.93,
        "requests": 412,
        "window_ms": 60000,
        "blocked": True,
        "rule": "login-rate",
    },
)

_CREDENTIAL: Final = (
    Field("credential_id", Kind.TEXT, "Its public id or prefix; never the secret itself.", required=True),
    Field("credential_kind", Kind.TEXT, "What it is, such as `api_token`, `password` or `certificate`."),
    USER_ID,
    ACTOR,
)
_EXPIRES: Final = Field("expires_at", Kind.TIMESTAMP, "When it ends by itself; absent: never.")

credential_created = TYPES.add(
    "credential_created",
    title="Credential created",
    purpose="There is one more secret that lets somebody in.",
    topic=CREDENTIALS,
    data=(*_CREDENTIAL, _EXPIRES),
    example={
        "credential_id": "gh_7f3a",
        "credential_kind": "api_token",
        "user_id": "ada",
        "actor": "user:ada",
        "expires_at": 1798761600000,
    },
)

credential_rotated = TYPES.add(
    "credential_rotated",
    title="Credential rotated",
    purpose="A secret was replaced by a new one for the same use.",
    topic=CREDENTIALS,
    data=(
        *_CREDENTIAL,
        Field("replaces", Kind.TEXT, "The public id of the secret that it takes the place of."),
        _EXPIRES,
        IP_ADDRESS,
        ORIGIN,
        OUTCOME,
    ),
    example={
        "credential_id": "gh_91bc",
        "credential_kind": "api_token",
        "user_id": "ada",
        "actor": "user:ada",
        "replaces": "gh_7f3a",
    },
)

credential_revoked = TYPES.add(
    "credential_revoked",
    title="Credential revoked",
    purpose="A secret lets nobody in any more.",
    topic=CREDENTIALS,
    data=(*_CREDENTIAL, Field("reason", Kind.TEXT, "Why it was taken back, such as `leaked` or `left_the_company`.")),
    severity="notice",
    example={
        "credential_id": "gh_7f3a",
        "credential_kind": "api_token",
        "user_id": "ada",
        "actor": "user:root",
        "reason": "leaked",
    },
)

policy_changed = TYPES.add(
    "policy_changed",
    title="Security policy changed",
    purpose="A rule about who may do what is another from now on.",
    topic="security_events:policy",
    data=(
        Field("policy", Kind.TEXT, "The policy, by its name.", required=True),
        ACTOR,
        Field("before", Kind.ANY, "What it said; absent where it is new."),
        Field("after", Kind.ANY, "What it says now; absent where it was removed."),
        Field("reason", Kind.TEXT, "Why, such as the number of the change request."),
    ),
    severity="notice",
    example={
        "policy": "password_minimum_length",
        "actor": "user:root",
        "before": 10,
        "after": 14,
        "reason": "CHG-2041",
    },
)

permissions_changed = TYPES.add(
    "permissions_changed",
    title="Permissions changed",
    purpose="Somebody may do more than before, or less.",
    topic=AUTHORIZATION,
    data=(
        _WHO,
        ACTOR,
        Field("granted", Kind.LIST, "Permissions and roles they have now and had not before.", of=Kind.TEXT),
        Field("revoked", Kind.LIST, "Permissions and roles they no longer have.", of=Kind.TEXT),
        IP_ADDRESS,
        ORIGIN,
        TARGET,
        OUTCOME,
    ),
    severity="notice",
    example={"user_id": "bob", "actor": "user:root", "granted": ["auditor"], "revoked": ["operator"]},
)

account_locked = TYPES.add(
    "account_locked",
    title="Account locked",
    purpose="An account takes no log-ins, however right they are.",
    topic=ACCOUNTS,
    data=(
        _WHO,
        ACTOR,
        Field("reason", Kind.TEXT, "What led to it, such as `too_many_failures`."),
        Field("failure_count", Kind.INTEGER, "Failed log-ins that led to it.", least=0),
        Field("locked_until", Kind.TIMESTAMP, "When it opens by itself; absent: not before somebody opens it."),
    ),
    severity="warning",
    example={
        "user_id": "bob",
        "reason": "too_many_failures",
        "failure_count": 10,
        "locked_until": 1796083200000,
    },
)

recording_gap = TYPES.add("recording_gap", topic="security_events:recording", **gap_of(TYPES.instance))
