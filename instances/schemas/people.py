"""Fields that say who acted and from where, as the event types of several instances have them."""

from typing import Final

from instances.schemas.words import Field, Kind

USER_ID: Final = Field("user_id", Kind.TEXT, "Whom it is about, by log-in name or other id.", personal=True)
ACTOR: Final = Field("actor", Kind.TEXT, "Who did it, with the kind before the name, as in `user:ada`.", personal=True)
ACTOR_KIND: Final = Field("actor_kind", Kind.TEXT, "What the actor is: `user`, `token`, `os_user` or `anonymous`.")
IP_ADDRESS: Final = Field("ip_address", Kind.TEXT, "The address that the request came from.", personal=True)
USER_AGENT: Final = Field(
    "user_agent", Kind.TEXT, "The client, as it names itself; anybody can lie here.", personal=True
)
SESSION_ID: Final = Field("session_id", Kind.TEXT, "The session it was done in, never its secret key.", personal=True)
ORIGIN: Final = Field("origin", Kind.TEXT, "The door it came through, such as `web` or `python`.")
TARGET: Final = Field("target", Kind.TEXT, "What it was done to: a service, or an object with its kind.")
OUTCOME: Final = Field("outcome", Kind.TEXT, "How it ended: `success`, `failure`, or `started` where it goes on.")
