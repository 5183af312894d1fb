"""The builders of `security`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _AuthenticationSuccess(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        method: str | None = None,
        user_agent: str | None = None,
        session_id: str | None = None,
        failures_before: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Authentication succeeded. Somebody proved who they are, and was let in.

        Topic: security_events:authentication

        Args:
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            method: How the proof was given, such as `password`, `token` or `single_sign_on`.
            user_agent: The client, as it names itself; anybody can lie here.
            session_id: The session it was done in, never its secret key.
            failures_before: Failed attempts under the same name just before this one.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

authentication_success: Final[_AuthenticationSuccess]

class _AuthenticationFailure(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        method: str | None = None,
        reason: str | None = None,
        attempt_count: int | None = None,
        user_agent: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Authentication failed. Somebody could not prove who they are, and was refused.

        Topic: security_events:authentication

        Args:
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            method: How the proof was given, such as `password`, `token` or `single_sign_on`.
            reason: Why they were refused, such as `invalid_credentials` or `account_locked`.
            attempt_count: Failures in a row under this name or from this address.
            user_agent: The client, as it names itself; anybody can lie here.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

authentication_failure: Final[_AuthenticationFailure]

class _SessionEnded(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        duration_seconds: float | None = None,
        user_agent: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Session ended. Somebody who was logged in no longer is.

        Topic: security_events:authentication

        Args:
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            reason: What ended it: `logout`, `expired` or `revoked`.
            duration_seconds: How long the session lasted. Unit: s.
            user_agent: The client, as it names itself; anybody can lie here.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

session_ended: Final[_SessionEnded]

class _AuthorizationGranted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        action: str | None = None,
        resource: str | None = None,
        permission: str | None = None,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        user_agent: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Authorization granted. Somebody asked for something that needs a permission, and has it.

        Topic: security_events:authorization

        Args:
            user_id: Whom it is about, by log-in name or other id.
            action: What was to be done, as the service's permissions name it.
            resource: What the action was to be done to.
            permission: The permission, role or rule that decided.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            user_agent: The client, as it names itself; anybody can lie here.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

authorization_granted: Final[_AuthorizationGranted]

class _AuthorizationDenied(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        action: str | None = None,
        resource: str | None = None,
        permission: str | None = None,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        user_agent: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Authorization denied. Somebody asked for something that they have no permission for.

        Topic: security_events:authorization

        Args:
            user_id: Whom it is about, by log-in name or other id.
            action: What was to be done, as the service's permissions name it.
            resource: What the action was to be done to.
            permission: The permission, role or rule that decided.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            reason: Why not, such as `missing_permission` or `outside_hours`.
            user_agent: The client, as it names itself; anybody can lie here.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

authorization_denied: Final[_AuthorizationDenied]

class _RepeatedDenials(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        count: int,
        kinds: Mapping[str, Any] | None = None,
        first_at: int | None = None,
        last_at: int | None = None,
        window_seconds: float | None = None,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Repeated denials. More attempts from one origin were refused after a first one that was told by itself.

        Topic: security_events:authorization

        Args:
            count: Attempts that were refused.
            kinds: How many of each kind, such as `permission`, `token`, `csrf` or `login`.
            first_at: When the first of them came. In milliseconds since 1970 UTC.
            last_at: When the last came. In milliseconds since 1970 UTC.
            window_seconds: The time that is summed up, at the most. Unit: s.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

repeated_denials: Final[_RepeatedDenials]

class _AccessViolation(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        resource: str,
        user_id: str | None = None,
        actor: str | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        action: str | None = None,
        rule: str | None = None,
        blocked: bool | None = None,
        user_agent: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Access violation. An attempt on a resource broke its rules, whoever made it.

        Topic: access_violations:{resource}

        Args:
            resource: What the action was to be done to. Also a segment of the topic.
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            action: What was to be done, as the service's permissions name it.
            rule: The rule that was broken, by its name in the policy.
            blocked: Whether the attempt came to nothing.
            user_agent: The client, as it names itself; anybody can lie here.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

access_violation: Final[_AccessViolation]

_threat_detected_severity: TypeAlias = Literal[
    "trace",
    "debug",
    "low",
    "info",
    "information",
    "notice",
    "medium",
    "warn",
    "warning",
    "high",
    "error",
    "fatal",
    "critical",
    "alert",
    "emergency",
]

class _ThreatDetected(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        service: str,
        threat: str,
        severity: _threat_detected_severity | None = None,
        ip_address: str | None = None,
        user_id: str | None = None,
        confidence: float | None = None,
        requests: int | None = None,
        window_ms: int | None = None,
        blocked: bool | None = None,
        user_agent: str | None = None,
        rule: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Threat detected. A service shows signs of an attack.

        Topic: threat_detection:{service}

        Args:
            service: A segment of the topic.
            threat: The kind of attack, such as `brute_force` or `sql_injection`.
            severity: How grave it is if it is real.
            ip_address: The address that the request came from.
            user_id: Whom it is about, by log-in name or other id.
            confidence: How sure the detector is. Unit: ratio.
            requests: Requests that belong to the attack so far. Unit: requests.
            window_ms: The time within which they came. Unit: ms.
            blocked: Whether the source is shut out already.
            user_agent: The client, as it names itself; anybody can lie here.
            rule: The detector's rule that fired.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

threat_detected: Final[_ThreatDetected]

class _CredentialCreated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        credential_id: str,
        credential_kind: str | None = None,
        user_id: str | None = None,
        actor: str | None = None,
        expires_at: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Credential created. There is one more secret that lets somebody in.

        Topic: security_events:credentials

        Args:
            credential_id: Its public id or prefix; never the secret itself.
            credential_kind: What it is, such as `api_token`, `password` or `certificate`.
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            expires_at: When it ends by itself; absent: never. In milliseconds since 1970 UTC.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

credential_created: Final[_CredentialCreated]

class _CredentialRotated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        credential_id: str,
        credential_kind: str | None = None,
        user_id: str | None = None,
        actor: str | None = None,
        replaces: str | None = None,
        expires_at: int | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Credential rotated. A secret was replaced by a new one for the same use.

        Topic: security_events:credentials

        Args:
            credential_id: Its public id or prefix; never the secret itself.
            credential_kind: What it is, such as `api_token`, `password` or `certificate`.
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            replaces: The public id of the secret that it takes the place of.
            expires_at: When it ends by itself; absent: never. In milliseconds since 1970 UTC.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

credential_rotated: Final[_CredentialRotated]

class _CredentialRevoked(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        credential_id: str,
        credential_kind: str | None = None,
        user_id: str | None = None,
        actor: str | None = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Credential revoked. A secret lets nobody in any more.

        Topic: security_events:credentials

        Args:
            credential_id: Its public id or prefix; never the secret itself.
            credential_kind: What it is, such as `api_token`, `password` or `certificate`.
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            reason: Why it was taken back, such as `leaked` or `left_the_company`.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

credential_revoked: Final[_CredentialRevoked]

class _PolicyChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        policy: str,
        actor: str | None = None,
        before: Any = None,
        after: Any = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Security policy changed. A rule about who may do what is another from now on.

        Topic: security_events:policy

        Args:
            policy: The policy, by its name.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            before: What it said; absent where it is new.
            after: What it says now; absent where it was removed.
            reason: Why, such as the number of the change request.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

policy_changed: Final[_PolicyChanged]

class _PermissionsChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        actor: str | None = None,
        granted: Sequence[str] | None = None,
        revoked: Sequence[str] | None = None,
        ip_address: str | None = None,
        origin: str | None = None,
        target: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Permissions changed. Somebody may do more than before, or less.

        Topic: security_events:authorization

        Args:
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            granted: Permissions and roles they have now and had not before.
            revoked: Permissions and roles they no longer have.
            ip_address: The address that the request came from.
            origin: The door it came through, such as `web` or `python`.
            target: What it was done to: a service, or an object with its kind.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

permissions_changed: Final[_PermissionsChanged]

class _AccountLocked(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        actor: str | None = None,
        reason: str | None = None,
        failure_count: int | None = None,
        locked_until: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Account locked. An account takes no log-ins, however right they are.

        Topic: security_events:accounts

        Args:
            user_id: Whom it is about, by log-in name or other id.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            reason: What led to it, such as `too_many_failures`.
            failure_count: Failed log-ins that led to it.
            locked_until: When it opens by itself; absent: not before somebody opens it. In milliseconds since 1970
                UTC.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

account_locked: Final[_AccountLocked]

class _RecordingGap(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        began_at: int,
        ended_at: int,
        refused: int,
        cause: str,
        process: str,
        target: str | None = None,
        origin: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Recording gap. For a time, events of this journal could be kept nowhere, and were refused.

        Topic: security_events:recording

        Args:
            began_at: When the first event was refused. In milliseconds since 1970 UTC.
            ended_at: When events were kept again. In milliseconds since 1970 UTC.
            refused: How many events were refused; their publishers were told.
            cause: Why neither the database nor the spool took them.
            process: The process of the hub that refused them.
            target: The journal that has the gap, such as `journal/audit`.
            origin: The door it came through, such as `web` or `python`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

recording_gap: Final[_RecordingGap]
