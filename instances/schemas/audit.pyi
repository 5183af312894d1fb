"""The builders of `audit`: made from its rows by `make types`, never by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from instances.schemas.typed_event import TypedEvent
from instances.schemas.words import EventType, Types

TYPES: Final[Types]

class _UserAction(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        user_id: str,
        action: str,
        resource: str | None = None,
        actor: str | None = None,
        origin: str | None = None,
        outcome: str | None = None,
        store_id: str | None = None,
        ip_address: str | None = None,
        session_id: str | None = None,
        user_agent: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """User acted. A user did something that has to be answered for.

        Topic: audit_trail:user_actions

        Args:
            user_id: Whom it is about, by log-in name or other id.
            action: What was done, as a verb with its object, such as `delete_subscription`.
            resource: What it was done to, as kind and id, such as `access.token:7`.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            origin: The door it came through, such as `web` or `python`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            store_id: The store that it was done in.
            ip_address: The address that the request came from.
            session_id: The session it was done in, never its secret key.
            user_agent: The client, as it names itself; anybody can lie here.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

user_action: Final[_UserAction]

class _AdminOperation(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        action: str,
        actor_kind: str | None = None,
        ip_address: str | None = None,
        resource: str | None = None,
        resource_name: str | None = None,
        change: str | None = None,
        origin: str | None = None,
        outcome: str | None = None,
        session_id: str | None = None,
        user_agent: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Administrator acted. An administrator added, changed or deleted something.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            action: What was done: `add`, `change`, `delete`, or a name of one's own.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            ip_address: The address that the request came from.
            resource: What it was done to, as kind and id, such as `access.token:7`.
            resource_name: The resource as people call it; of an account, its owner's.
            change: What is other than before, in words.
            origin: The door it came through, such as `web` or `python`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            session_id: The session it was done in, never its secret key.
            user_agent: The client, as it names itself; anybody can lie here.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

admin_operation: Final[_AdminOperation]

class _InstanceConfigured(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Instance configured. An operator changes what an instance goes by. It is on record before it takes effect.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The instance, such as `instance:health`.
            reason: Why, such as the number of a ticket or a court's order.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: `configure`, or `go_back` to what was set before an earlier change.
            before: What was set, of the options that change; null: the catalog's figure.
            after: What is set now.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

instance_configured: Final[_InstanceConfigured]

class _SubscriberDisconnected(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        subscriber: str,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        subscriber_address: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscriber disconnected. An operator closes the connection of a subscriber. It is on record before it is
        done.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The connection, such as `connection:c_9f`.
            subscriber: Whose connection it is, such as `user:ada` or `token:orders`.
            reason: Why; the subscriber is told the same.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: Always `disconnect`.
            subscriber_address: Where it is connected from.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscriber_disconnected: Final[_SubscriberDisconnected]

class _TraceStarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        pattern: str,
        seconds: int,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        instance: str | None = None,
        traced_publisher: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Trace started. An operator begins to follow events through the hub, without their data; on record before it
        begins.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The trace, such as `trace:t_1f8a90`.
            pattern: The topics that it follows.
            seconds: How long it runs at most. Unit: s.
            reason: Why, such as the number of a ticket or a court's order.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: Always `start_trace`.
            instance: The instance, where it follows one alone.
            traced_publisher: Whose events it follows, where it follows a publisher.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

trace_started: Final[_TraceStarted]

class _TraceStopped(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        pattern: str,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        instance: str | None = None,
        traced_publisher: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Trace stopped. An operator ends a trace before its time. One that ends by itself is told by its beginning
        alone.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The trace, such as `trace:t_1f8a90`.
            pattern: The topics that it follows.
            reason: Why, such as the number of a ticket or a court's order.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: Always `stop_trace`.
            instance: The instance, where it follows one alone.
            traced_publisher: Whose events it follows, where it follows a publisher.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

trace_stopped: Final[_TraceStopped]

class _SubscriptionEnded(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        subscriber: str,
        instance: str,
        pattern: str,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        subscriber_address: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscription ended. An operator ends one subscription of a subscriber, which stays connected.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The connection, such as `connection:c_9f`.
            subscriber: Whose connection it is, such as `user:ada` or `token:orders`.
            instance: The instance that it followed.
            pattern: With which pattern.
            reason: Why; the subscriber is told the same.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: Always `unsubscribe`.
            subscriber_address: Where it is connected from.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscription_ended: Final[_SubscriptionEnded]

class _SubscriberBanned(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        subscriber: str,
        until: int,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Subscriber banned. An operator closes the connections of an account or token, and lets it open none for a
        time.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The account or token by its number, such as `token:7`.
            subscriber: Whose connection it is, such as `user:ada` or `token:orders`.
            until: When it may connect again. In milliseconds since 1970 UTC.
            reason: Why; the subscriber is told the same.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: Always `ban`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

subscriber_banned: Final[_SubscriberBanned]

class _BanLifted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        subscriber: str,
        reason: str,
        actor_kind: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Ban lifted. An operator lets an account or token connect again before its ban has run out.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The account or token by its number, such as `token:7`.
            subscriber: Whose connection it is, such as `user:ada` or `token:orders`.
            reason: Why, such as the number of a ticket or a court's order.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            action: Always `lift_ban`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

ban_lifted: Final[_BanLifted]

class _RetentionPolicySet(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        resource_name: str,
        instance: str,
        action: Literal["add", "change"],
        reason: str,
        actor_kind: str | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Retention policy set. An operator adds or changes how long events are kept. It is on record before it holds.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The policy, such as `retention_policy:7`; `retention_policy:new` before it has a number.
            resource_name: The policy, by its name.
            instance: Whose events it is about.
            action: `add` or `change`.
            reason: Why, such as the number of a ticket or a court's order.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            before: What was stated, of what changes; absent where the policy is new.
            after: What is stated now; ages in seconds, null: nothing is said about that.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

retention_policy_set: Final[_RetentionPolicySet]

class _RetentionPolicyDeleted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        resource_name: str,
        instance: str,
        reason: str,
        actor_kind: str | None = None,
        before: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Retention policy deleted. An operator takes back how long events are kept. It is on record before it holds
        no longer.

        Topic: audit_trail:admin_operations

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The policy, such as `retention_policy:7`; `retention_policy:new` before it has a number.
            resource_name: The policy, by its name.
            instance: Whose events it is about.
            reason: Why, such as the number of a ticket or a court's order.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            before: What was stated; ages in seconds, null: nothing was said about that.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

retention_policy_deleted: Final[_RetentionPolicyDeleted]

class _CommandExecuted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        action: str,
        actor: str | None = None,
        actor_kind: str | None = None,
        target: str | None = None,
        argument_count: int | None = None,
        outcome: str | None = None,
        duration_seconds: float | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Command executed. Somebody ran a command on a host that may change the service.

        Topic: audit_trail:admin_operations

        Args:
            action: The command's name, such as `migrate`.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            target: What it was done to: a service, or an object with its kind.
            argument_count: How many arguments it was given; they may be secret.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            duration_seconds: How long it ran; absent while it does. Unit: s.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

command_executed: Final[_CommandExecuted]

class _TokenCreated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        prefix: str,
        actor: str | None = None,
        actor_kind: str | None = None,
        ip_address: str | None = None,
        action: str | None = None,
        resource: str | None = None,
        resource_name: str | None = None,
        acts_for: str | None = None,
        expires_at: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Token created. There is a new API token.

        Topic: audit_trail:admin_operations

        Args:
            prefix: The token's public part; the secret is nowhere.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            ip_address: The address that the request came from.
            action: `create_token` or `revoke_token`.
            resource: What it was done to, as kind and id, such as `access.token:7`.
            resource_name: The token's name, which its events carry as their publisher.
            acts_for: The user that it acts for; absent where it may do everything.
            expires_at: When it ends by itself, in ISO 8601; absent: never.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

token_created: Final[_TokenCreated]

class _TokenRevoked(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        prefix: str,
        actor: str | None = None,
        actor_kind: str | None = None,
        ip_address: str | None = None,
        action: str | None = None,
        resource: str | None = None,
        resource_name: str | None = None,
        acts_for: str | None = None,
        expires_at: str | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Token revoked. An API token is good for nothing any more.

        Topic: audit_trail:admin_operations

        Args:
            prefix: The token's public part; the secret is nowhere.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            ip_address: The address that the request came from.
            action: `create_token` or `revoke_token`.
            resource: What it was done to, as kind and id, such as `access.token:7`.
            resource_name: The token's name, which its events carry as their publisher.
            acts_for: The user that it acts for; absent where it may do everything.
            expires_at: When it ends by itself, in ISO 8601; absent: never.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            reason: Why, such as the number of a ticket or a court's order.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

token_revoked: Final[_TokenRevoked]

class _JournalKeyRotated(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        action: str,
        resource: str,
        new_public: str,
        old_public: str | None = None,
        proof: str | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Journal key rotated. Receipts and checkpoints of the journal are signed with another key from now on.

        Topic: audit_trail:admin_operations

        Args:
            action: What was done, always `rotate_journal_key`.
            resource: Whose key it is: the first part of the logs' names.
            new_public: The Ed25519 public key that signs now, in base64.
            old_public: The one that signed before; absent where nobody has it any more.
            proof: Signatures of the old and the new key over the change; without both nobody need believe it.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

journal_key_rotated: Final[_JournalKeyRotated]

class _JournalRestored(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        action: str,
        resource: str,
        log: str,
        size: int,
        reason: str,
        actor: str | None = None,
        actor_kind: str | None = None,
        signed_size: int | None = None,
        outcome: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Restored journal accepted. An operator goes on with a journal that is older than what was signed of it,
        under a new log.

        Topic: audit_trail:admin_operations

        Args:
            action: What was done, always `accept_restored_journal`.
            resource: The journal, such as `journal/audit`.
            log: The name of the log that begins.
            size: How many entries it begins with. Unit: entries.
            reason: Why, in the operator's words.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            signed_size: How many the log before had when it was last signed.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

journal_restored: Final[_JournalRestored]

class _DataChanged(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        action: Literal["created", "changed", "deleted"] | None = None,
        fields: Sequence[str] | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        outcome: str | None = None,
        ip_address: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Data changed. A record that has to be accounted for was made, changed or deleted.

        Topic: audit_trail:data_changes

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: What it was done to, as kind and id, such as `access.token:7`.
            action: What became of the record.
            fields: The names of the fields that are other than before.
            before: What they held; absent where the record is new.
            after: What they hold now; absent where it is deleted.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            ip_address: The address that the request came from.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

data_changed: Final[_DataChanged]

class _DataExported(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        format: str | None = None,
        record_count: int | None = None,
        size_bytes: int | None = None,
        destination: str | None = None,
        reason: str | None = None,
        ip_address: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Data exported. Data left the system in a form that can be carried away.

        Topic: audit_trail:data_access

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: What was exported, such as `journal/audit`.
            format: The file's format, such as `csv` or `json`.
            record_count: How many records it was. Unit: records.
            size_bytes: How large the export is. Unit: bytes.
            destination: Where it went, such as `download` or a bucket's name.
            reason: Why, such as the number of a ticket or a court's order.
            ip_address: The address that the request came from.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

data_exported: Final[_DataExported]

class _EvidenceRead(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        journal: str,
        query: str | None = None,
        record_count: int | None = None,
        first_index: int | None = None,
        last_index: int | None = None,
        reason: str | None = None,
        ip_address: str | None = None,
        session_id: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Evidence read. Somebody looked into a journal, which is itself an act on record.

        Topic: audit_trail:data_access

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            journal: The journal that was read, such as `audit` or `security`.
            query: The filters that were asked with; they may name a person.
            record_count: How many records it was. Unit: records.
            first_index: The first entry that was shown.
            last_index: The last entry that was shown.
            reason: Why, such as the number of a ticket or a court's order.
            ip_address: The address that the request came from.
            session_id: The session it was done in, never its secret key.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

evidence_read: Final[_EvidenceRead]

class _ReportStarted(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        report: str,
        from_at: int,
        to_at: int,
        actor_kind: str | None = None,
        journals: Sequence[str] | None = None,
        personal: Sequence[str] | None = None,
        origin: str | None = None,
        outcome: str | None = None,
        ip_address: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Report started. Somebody has a compliance report made, which reads evidence. It is on record before it
        begins.

        Topic: audit_trail:data_access

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The report, such as `report:0193…`.
            report: Which of the hub's reports it is, such as `evidence`.
            from_at: From when on it tells. In milliseconds since 1970 UTC.
            to_at: Up to when, exclusive. In milliseconds since 1970 UTC.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            journals: The journals that it is of.
            personal: Those of them whose personal fields it shows in the clear.
            origin: Where it was asked for: `web` or `shell`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            ip_address: The address that the request came from.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

report_started: Final[_ReportStarted]

class _ReportMade(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        actor: str,
        resource: str,
        report: str,
        from_at: int,
        to_at: int,
        actor_kind: str | None = None,
        journals: Sequence[str] | None = None,
        personal: Sequence[str] | None = None,
        origin: str | None = None,
        outcome: str | None = None,
        sha256: str | None = None,
        size_bytes: int | None = None,
        record_count: int | None = None,
        finding_count: int | None = None,
        reason: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Report made. A compliance report is done, or could not be made. With its hash on record it can't be changed
        unseen.

        Topic: audit_trail:data_access

        Args:
            actor: Who did it, with the kind before the name, as in `user:ada`.
            resource: The report, such as `report:0193…`.
            report: Which of the hub's reports it is, such as `evidence`.
            from_at: From when on it tells. In milliseconds since 1970 UTC.
            to_at: Up to when, exclusive. In milliseconds since 1970 UTC.
            actor_kind: What the actor is: `user`, `token`, `os_user` or `anonymous`.
            journals: The journals that it is of.
            personal: Those of them whose personal fields it shows in the clear.
            origin: Where it was asked for: `web` or `shell`.
            outcome: How it ended: `success`, `failure`, or `started` where it goes on.
            sha256: Of its JSON, in 64 hexadecimal digits; absent where it failed.
            size_bytes: How large its JSON is. Unit: bytes.
            record_count: How many records it was. Unit: records.
            finding_count: How many findings it has.
            reason: Why, such as the number of a ticket or a court's order.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

report_made: Final[_ReportMade]

class _ComplianceAssessed(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        control: str,
        result: Literal["met", "partly_met", "not_met", "not_applicable"],
        evidence: str | None = None,
        findings: Sequence[str] | None = None,
        due_at: int | None = None,
        actor: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Compliance assessed. A control was held against what a regulation demands.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            control: The control or article, as the regulation numbers it.
            result: Whether it is met.
            evidence: Where the proof is kept.
            findings: What has to be mended, one sentence each.
            due_at: By when it has to be. In milliseconds since 1970 UTC.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

compliance_assessed: Final[_ComplianceAssessed]

class _ConsentGiven(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        subject_id: str,
        processing_purpose: str,
        channel: str | None = None,
        notice_version: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Consent given. A person has agreed to a use of their data.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            subject_id: The person whose data it is about.
            processing_purpose: What the person's data is used for.
            channel: Where the person said so, such as `web_form` or `telephone`.
            notice_version: The version of the text that the person was shown.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

consent_given: Final[_ConsentGiven]

class _ConsentWithdrawn(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        subject_id: str,
        processing_purpose: str,
        channel: str | None = None,
        notice_version: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Consent withdrawn. A person no longer agrees to a use of their data, which must end.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            subject_id: The person whose data it is about.
            processing_purpose: What the person's data is used for.
            channel: Where the person said so, such as `web_form` or `telephone`.
            notice_version: The version of the text that the person was shown.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

consent_withdrawn: Final[_ConsentWithdrawn]

class _PersonalDataErased(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        subject_id: str,
        actor: str | None = None,
        systems: Sequence[str] | None = None,
        record_count: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Personal data erased. A person's data was deleted because they, or a rule, wanted it.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            subject_id: The person whose data it is about.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            systems: Where it was deleted.
            record_count: How many records it was. Unit: records.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

personal_data_erased: Final[_PersonalDataErased]

class _RetentionApplied(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        policy: str,
        disposal: Literal["deleted", "anonymised", "archived"] | None = None,
        record_count: int | None = None,
        older_than: int | None = None,
        held_back: int | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Retention applied. Records that had to be kept no longer were dealt with.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            policy: The retention rule, by its name.
            disposal: What became of the records.
            record_count: How many records it was. Unit: records.
            older_than: Records from before then were dealt with. In milliseconds since 1970 UTC.
            held_back: Records due that a legal hold keeps. Unit: records.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

retention_applied: Final[_RetentionApplied]

class _LegalHoldPlaced(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        hold_id: str,
        actor: str | None = None,
        reason: str | None = None,
        scope: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Legal hold placed. Records must be kept past their time, because a case needs them.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            hold_id: The hold, such as the case's number.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            reason: Why, such as the number of a ticket or a court's order.
            scope: Which records it keeps from being deleted.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

legal_hold_placed: Final[_LegalHoldPlaced]

class _LegalHoldReleased(EventType):
    def __call__(  # type: ignore[override]
        self,
        *,
        regulation: str,
        hold_id: str,
        actor: str | None = None,
        reason: str | None = None,
        scope: str | None = None,
        extra: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> TypedEvent:
        """Legal hold released. Records that a case needed fall under their retention rules again.

        Topic: compliance_events:{regulation}

        Args:
            regulation: The law or standard that asks for the record, such as `gdpr`. Also a segment of the topic.
            hold_id: The hold, such as the case's number.
            actor: Who did it, with the kind before the name, as in `user:ada`.
            reason: Why, such as the number of a ticket or a court's order.
            scope: Which records it keeps from being deleted.
            extra: What data shall hold beside these.
            metadata: The same for metadata.
        """

legal_hold_released: Final[_LegalHoldReleased]

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

        Topic: audit_trail:recording

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
