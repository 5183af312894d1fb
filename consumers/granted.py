"""What a connection may follow, and whether personal fields are in the clear there."""

from consumers.close_codes import ACCESS_REVOKED
from consumers.connection import Connection
from consumers.hub import Hub
from instances.access.rights import Rights, Verb
from instances.error_codes import Refusal
from instances.spec import InstanceSpec
from instances.topics import Pattern, quoted


class NotGranted(Refusal):
    """A pattern that its caller may not follow."""

    def __init__(self, spec: InstanceSpec, pattern: Pattern) -> None:
        super().__init__(
            "forbidden",
            f"Following {quoted(pattern.text)} of {spec.name} is not granted to you: a pattern must lie within one of "
            "your grants. GET /api/v1/grants/ tells them.",
        )


def reads_personal(rights: Rights, spec: InstanceSpec, pattern: Pattern) -> bool:
    """Tell whether who follows the pattern reads personal fields. Raises: NotGranted where it may not follow it."""
    if not rights.covers(Verb.SUBSCRIBE, spec.name, pattern):
        raise NotGranted(spec, pattern)
    return rights.covers(Verb.SUBSCRIBE, spec.name, pattern, personal=True)


def review(hub: Hub, connection: Connection, rights: Rights) -> None:
    """Have what a connection follows be what it may follow: what it may no longer ends the connection."""
    for subscription in list(connection.subscriptions.values()):
        try:
            personal = reads_personal(rights, subscription.spec, subscription.pattern)
        except NotGranted:
            connection.close(ACCESS_REVOKED)
            return
        if personal is not subscription.personal:
            hub.show_personal(connection, subscription, personal)
