"""The roles that a new hub has: groups with grants, and with permissions in the admin. Operators may change them."""

from dataclasses import dataclass
from typing import Final

from instances.access.rights import Verb
from instances.catalog import NAMES

PUBLISH, SUBSCRIBE, QUERY, MANAGE = Verb.PUBLISH, Verb.SUBSCRIBE, Verb.QUERY, Verb.MANAGE
READ: Final = (SUBSCRIBE, QUERY)
EVIDENCE: Final = ("audit", "security")
NOT_EVIDENCE: Final = tuple(name for name in NAMES if name not in EVIDENCE)
_VERIFIES: Final = "journal.verify_journal"
_ALERTS_SEEN: Final = "journal.view_alertentry"
_SUBSCRIBERS_SEEN: Final = ("consumers.view_subscriber", "consumers.view_ban")
_SUBSCRIBERS_RUN: Final = (
    *_SUBSCRIBERS_SEEN,
    "consumers.disconnect_subscriber",
    "consumers.add_ban",
    "consumers.change_ban",
    "consumers.trace_events",
)
_WHO_SAW_SEEN: Final = "consumers.view_sighting"
_POLICIES: Final = tuple(f"instances.{act}_retentionpolicy" for act in ("view", "add", "change", "delete"))
_OBJECTIVES: Final = tuple(f"gaterhub.{act}_objective" for act in ("view", "add", "change", "delete"))
_NOTES_SEEN: Final = "gaterhub.view_consolenote"
_NOTES: Final = (_NOTES_SEEN, "gaterhub.add_consolenote")
_JOURNAL_SEEN: Final = ("journal.view_checkpoint", "journal.view_outage")


@dataclass(frozen=True, slots=True)
class Rule:
    """Grants of a role: each verb on each instance with the pattern."""

    verbs: tuple[Verb, ...]
    instances: tuple[str, ...]
    pattern: str = "*"
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    purpose: str
    rules: tuple[Rule, ...]
    permissions: tuple[str, ...] = ()
    """In the admin, such as `instances.change_instanceconfig`."""


ROLES: Final = (
    Role(
        "publisher",
        "A service that publishes to any of the ten, and reads nothing.",
        (Rule((PUBLISH,), NAMES),),
    ),
    Role(
        "viewer",
        "Follows and queries everything but evidence; personal fields are redacted.",
        (Rule(READ, NOT_EVIDENCE),),
    ),
    Role(
        "operator",
        "Runs the hub: follows everything but evidence, configures all ten, inspects subscribers and losses.",
        (Rule(READ, NOT_EVIDENCE), Rule((PUBLISH,), ("system", "alerts", "diagnostics")), Rule((MANAGE,), NAMES)),
        (
            "instances.view_instanceconfig",
            "instances.change_instanceconfig",
            "instances.view_domaintype",
            "instances.add_domaintype",
            "instances.change_domaintype",
            *_POLICIES,
            *_OBJECTIVES,
            *_NOTES,
            "instances.view_deprecateduse",
            "consumers.view_loss",
            "consumers.view_durableposition",
            *_SUBSCRIBERS_RUN,
            _ALERTS_SEEN,
            *_JOURNAL_SEEN,
        ),
    ),
    Role(
        "SOC analyst",
        "Watches security, audit trail and alerts, with personal data, and how the systems are.",
        (
            Rule(READ, ("security", "audit", "alerts"), personal=True),
            Rule(READ, ("health", "lifecycle", "system", "logging")),
        ),
        (
            "consumers.view_loss",
            *_SUBSCRIBERS_SEEN,
            _WHO_SAW_SEEN,
            *_NOTES,
            "journal.view_auditentry",
            "journal.view_securityentry",
            _ALERTS_SEEN,
        ),
    ),
    Role(
        "incident responder",
        "Sees all instances around an incident, security without personal data, and publishes incident alerts.",
        (
            Rule(READ, (*NOT_EVIDENCE, "security")),
            Rule((PUBLISH,), ("alerts",), "incident_alerts:*"),
        ),
        (
            "consumers.view_loss",
            *_SUBSCRIBERS_SEEN,
            _WHO_SAW_SEEN,
            *_NOTES,
            "journal.view_securityentry",
            _ALERTS_SEEN,
        ),
    ),
    Role(
        "auditor",
        "Reads and verifies evidence with personal data; writes nothing.",
        (Rule(READ, EVIDENCE, personal=True),),
        (
            "journal.view_auditentry",
            "journal.view_securityentry",
            _VERIFIES,
            _WHO_SAW_SEEN,
            _NOTES_SEEN,
            *_JOURNAL_SEEN,
        ),
    ),
    Role(
        "compliance officer",
        "Queries evidence and alerts with personal data for reports; follows what regulations ask for.",
        (
            Rule((QUERY,), (*EVIDENCE, "alerts"), personal=True),
            Rule((SUBSCRIBE,), ("audit",), "compliance_events:*", personal=True),
        ),
        (
            "journal.view_auditentry",
            "journal.view_securityentry",
            _ALERTS_SEEN,
            _VERIFIES,
            _WHO_SAW_SEEN,
            _NOTES_SEEN,
            *_JOURNAL_SEEN,
        ),
    ),
    Role(
        "administrator",
        "Manages accounts, tokens, grants and all ten instances; reads evidence only where that is granted too.",
        (Rule(READ, NOT_EVIDENCE), Rule((PUBLISH,), NOT_EVIDENCE), Rule((MANAGE,), NAMES)),
        (
            *(f"auth.{act}_{model}" for model in ("user", "group") for act in ("view", "add", "change", "delete")),
            *(f"access.{act}_grant" for act in ("view", "add", "change", "delete")),
            *(f"access.{act}_token" for act in ("view", "add", "change", "revoke", "rotate")),
            *(f"instances.{act}_instanceconfig" for act in ("view", "change")),
            *(f"instances.{act}_domaintype" for act in ("view", "add", "change", "delete")),
            *_POLICIES,
            *_OBJECTIVES,
            *_NOTES,
            "instances.view_deprecateduse",
            "consumers.view_loss",
            "consumers.view_durableposition",
            *_SUBSCRIBERS_RUN,
            "admin.view_logentry",
            _ALERTS_SEEN,
            *_JOURNAL_SEEN,
        ),
    ),
)
"""By their names, under which they are groups of Django's."""

BY_NAME: Final[dict[str, Role]] = {role.name: role for role in ROLES}
if len(BY_NAME) != len(ROLES):
    raise RuntimeError("A role is declared twice in instances/access/roles.py.")
