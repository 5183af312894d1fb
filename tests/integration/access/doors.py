"""Every address and every frame, and who gets in there: the table that a new one has to be entered into."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from instances.access.rights import Verb

Told = tuple[str, str, str]


class Who(Enum):
    """Whom a door lets in, as what a stranger, an account without roles and a token without grants are told.

    `ok` is an answer of any kind that is no refusal; `login` the way to the log-in page; a number that very status.
    """

    ANYBODY = ("ok", "ok", "ok")
    PERSON = ("login", "ok", "login")
    """On a page, which takes no token."""
    GRANTED_PERSON = ("login", "403", "login")
    HIDDEN_FROM_PERSON = ("login", "404", "login")
    CALLER = ("401", "ok", "ok")
    """Whoever has an account or a token: what the answer holds depends on what is granted."""
    GRANTED = ("401", "403", "403")
    HIDDEN = ("401", "404", "404")
    """What isn't granted is as if it weren't there."""
    DOCS = ("login", "ok", "ok")
    STAFF = ("login", "login", "login")
    """Accounts without roles are no staff; staff without permissions is tried by itself."""

    def __init__(self, stranger: str, account: str, token: str) -> None:
        self.told: Told = stranger, account, token


@dataclass(frozen=True, slots=True)
class Address:
    path: str
    """That is asked for."""
    methods: dict[str, Who]


EVENT: Final = "019abcde-0000-7000-8000-000000000000"
_INSTANCE: Final = "/api/v1/instances/security/"
_JOURNAL: Final = "/api/v1/journals/security/"

_ANY_METHOD: Final = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), Who.ANYBODY)

API_AND_PAGES: Final[dict[str, Address]] = {
    "livez": Address("/livez", _ANY_METHOD),
    "readyz": Address("/readyz", _ANY_METHOD),
    "api/v1/instances/": Address("/api/v1/instances/", {"GET": Who.CALLER}),
    "api/v1/instances/<str:instance>/": Address(_INSTANCE, {"GET": Who.CALLER}),
    "api/v1/instances/<str:instance>/events/": Address(
        f"{_INSTANCE}events/", {"GET": Who.GRANTED, "POST": Who.GRANTED}
    ),
    "api/v1/instances/<str:instance>/events/<str:id>/": Address(f"{_INSTANCE}events/{EVENT}/", {"GET": Who.HIDDEN}),
    "api/v1/instances/<str:instance>/topics/": Address(f"{_INSTANCE}topics/", {"GET": Who.GRANTED}),
    "api/v1/instances/<str:instance>/pattern/": Address(f"{_INSTANCE}pattern/", {"GET": Who.GRANTED}),
    "api/v1/instances/<str:instance>/events/<str:id>/seen/": Address(
        f"{_INSTANCE}events/{EVENT}/seen/", {"GET": Who.HIDDEN}
    ),
    "api/v1/instances/<str:instance>/types/": Address(f"{_INSTANCE}types/", {"GET": Who.CALLER, "POST": Who.GRANTED}),
    "api/v1/instances/<str:instance>/types/<str:event_type>/": Address(
        f"{_INSTANCE}types/authentication_failure/",
        {"GET": Who.CALLER, "PATCH": Who.GRANTED, "DELETE": Who.GRANTED},
    ),
    "api/v1/instances/<str:instance>/types/<str:event_type>/read-up/": Address(
        f"{_INSTANCE}types/authentication_failure/read-up/", {"POST": Who.CALLER}
    ),
    "api/v1/instances/<str:instance>/types/<str:event_type>/versions/<int:version>/": Address(
        f"{_INSTANCE}types/authentication_failure/versions/1/", {"PUT": Who.GRANTED, "PATCH": Who.GRANTED}
    ),
    "api/v1/figures/": Address("/api/v1/figures/", {"GET": Who.CALLER}),
    "api/v1/journals/<str:instance>/": Address(_JOURNAL, {"GET": Who.GRANTED}),
    "api/v1/journals/<str:instance>/checkpoints/": Address(f"{_JOURNAL}checkpoints/", {"GET": Who.GRANTED}),
    "api/v1/journals/<str:instance>/entries/<str:index>/": Address(f"{_JOURNAL}entries/0/", {"GET": Who.HIDDEN}),
    "api/v1/journals/<str:instance>/proof/": Address(f"{_JOURNAL}proof/", {"GET": Who.GRANTED}),
    "api/v1/journals/<str:instance>/consistency/": Address(f"{_JOURNAL}consistency/", {"GET": Who.GRANTED}),
    "api/v1/witness/add-checkpoint": Address("/api/v1/witness/add-checkpoint", {"POST": Who.ANYBODY}),
    "api/v1/subscribers/": Address("/api/v1/subscribers/", {"GET": Who.CALLER}),
    "api/v1/subscribers/<str:id>/": Address("/api/v1/subscribers/c_9f/", {"GET": Who.HIDDEN, "DELETE": Who.HIDDEN}),
    "api/v1/traces/": Address("/api/v1/traces/", {"GET": Who.GRANTED, "POST": Who.GRANTED}),
    "api/v1/traces/<str:id>/": Address("/api/v1/traces/t_0/", {"GET": Who.GRANTED, "DELETE": Who.GRANTED}),
    "api/v1/presence/": Address("/api/v1/presence/", {"GET": Who.CALLER}),
    "api/v1/consoles/<str:console>/pins/": Address(
        "/api/v1/consoles/soc/pins/", {"GET": Who.HIDDEN, "POST": Who.HIDDEN}
    ),
    "api/v1/consoles/<str:console>/pins/<str:instance>/<str:id>/": Address(
        f"/api/v1/consoles/soc/pins/security/{EVENT}/", {"DELETE": Who.HIDDEN}
    ),
    "api/v1/consoles/<str:console>/views/": Address(
        "/api/v1/consoles/soc/views/", {"GET": Who.HIDDEN, "POST": Who.HIDDEN}
    ),
    "api/v1/consoles/<str:console>/views/<int:id>/": Address("/api/v1/consoles/soc/views/1/", {"DELETE": Who.HIDDEN}),
    "api/v1/consoles/<str:console>/alerts/": Address("/api/v1/consoles/incident/alerts/", {"GET": Who.HIDDEN}),
    "api/v1/consoles/<str:console>/holes/": Address("/api/v1/consoles/incident/holes/", {"GET": Who.HIDDEN}),
    "api/v1/consoles/<str:console>/notes/": Address(
        "/api/v1/consoles/incident/notes/", {"GET": Who.HIDDEN, "POST": Who.HIDDEN}
    ),
    "api/v1/reports/": Address("/api/v1/reports/", {"GET": Who.GRANTED, "POST": Who.GRANTED}),
    "api/v1/reports/<str:id>/": Address(f"/api/v1/reports/{EVENT}/", {"GET": Who.HIDDEN}),
    "api/v1/losses/": Address("/api/v1/losses/", {"GET": Who.CALLER}),
    "api/v1/capacity/": Address("/api/v1/capacity/", {"GET": Who.CALLER}),
    "api/v1/objectives/": Address("/api/v1/objectives/", {"GET": Who.CALLER}),
    "api/v1/grants/": Address("/api/v1/grants/", {"GET": Who.CALLER}),
    "api/v1/tokens/": Address("/api/v1/tokens/", {"GET": Who.CALLER, "POST": Who.GRANTED}),
    "api/v1/tokens/<str:prefix>/": Address("/api/v1/tokens/abcdefgh/", {"GET": Who.HIDDEN, "DELETE": Who.HIDDEN}),
    "api/v1/tokens/<str:prefix>/rotate/": Address("/api/v1/tokens/abcdefgh/rotate/", {"POST": Who.HIDDEN}),
    "api/v1/tokens/<str:prefix>/signing-secret/": Address(
        "/api/v1/tokens/abcdefgh/signing-secret/", {"POST": Who.GRANTED}
    ),
    "api/v1/schema/": Address("/api/v1/schema/", {"GET": Who.CALLER}),
    "api/v1/docs/": Address("/api/v1/docs/", {"GET": Who.DOCS}),
    "api/v1/": Address("/api/v1/", dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), Who.HIDDEN)),
    "api/v1/<path:path>": Address(
        "/api/v1/nothing/", dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), Who.HIDDEN)
    ),
    "": Address("/", {"GET": Who.PERSON}),
    "instances/<str:name>/": Address("/instances/security/", {"GET": Who.GRANTED_PERSON}),
    "instances/<str:name>/types/": Address("/instances/security/types/", {"GET": Who.GRANTED_PERSON}),
    "accounts/password/": Address("/accounts/password/", dict.fromkeys(("GET", "POST", "PUT"), Who.PERSON)),
    "accounts/password/changed/": Address("/accounts/password/changed/", {"GET": Who.PERSON}),
    "consoles/": Address("/consoles/", {"GET": Who.PERSON}),
    "consoles/<str:name>/": Address("/consoles/soc/", {"GET": Who.GRANTED_PERSON}),
    "consoles/<str:name>/timeline.<str:form>": Address("/consoles/soc/timeline.json", {"GET": Who.HIDDEN_FROM_PERSON}),
    "explorer/": Address("/explorer/", {"GET": Who.PERSON}),
    "explorer/trace/<str:id>/": Address("/explorer/trace/t_0/", {"GET": Who.GRANTED_PERSON}),
    "evidence/": Address("/evidence/", {"GET": Who.GRANTED_PERSON}),
    "evidence/verifications/": Address(
        "/evidence/verifications/", {"GET": Who.GRANTED_PERSON, "POST": Who.GRANTED_PERSON}
    ),
    "evidence/verifications/<str:run>/": Address("/evidence/verifications/admin-1/", {"GET": Who.GRANTED_PERSON}),
    "evidence/verifications/<str:run>/progress/": Address(
        "/evidence/verifications/admin-1/progress/", {"GET": Who.GRANTED_PERSON}
    ),
    "evidence/<str:journal>/": Address("/evidence/security/", {"GET": Who.GRANTED_PERSON}),
    "evidence/<str:journal>/entries/<str:key>/": Address("/evidence/security/entries/0/", {"GET": Who.GRANTED_PERSON}),
    "evidence/<str:journal>/entries/<str:key>/proof/": Address(
        f"/evidence/security/entries/{EVENT}/proof/", {"GET": Who.GRANTED_PERSON}
    ),
    "evidence/<str:journal>/checkpoints/": Address("/evidence/security/checkpoints/", {"GET": Who.GRANTED_PERSON}),
    "evidence/<str:journal>/bundles/": Address(
        "/evidence/security/bundles/", {"GET": Who.GRANTED_PERSON, "POST": Who.GRANTED_PERSON}
    ),
    "evidence/<str:journal>/bundles/<str:run>/": Address(
        "/evidence/security/bundles/bundle-1/", {"GET": Who.GRANTED_PERSON}
    ),
    "evidence/<str:journal>/bundles/<str:run>/progress/": Address(
        "/evidence/security/bundles/bundle-1/progress/", {"GET": Who.GRANTED_PERSON}
    ),
    "evidence/<str:journal>/bundles/<str:run>/bundle.zip": Address(
        "/evidence/security/bundles/bundle-1/bundle.zip", {"GET": Who.GRANTED_PERSON}
    ),
    "losses/": Address("/losses/", {"GET": Who.PERSON}),
    "capacity/": Address("/capacity/", {"GET": Who.PERSON}),
    "capacity.csv": Address("/capacity.csv", {"GET": Who.PERSON}),
    "reports/": Address("/reports/", {"GET": Who.GRANTED_PERSON, "POST": Who.GRANTED_PERSON}),
    "reports/<uuid:id>/": Address(f"/reports/{EVENT}/", {"GET": Who.GRANTED_PERSON}),
    "reports/<uuid:id>.csv": Address(f"/reports/{EVENT}.csv", {"GET": Who.GRANTED_PERSON}),
    "reports/<uuid:id>.json": Address(f"/reports/{EVENT}.json", {"GET": Who.GRANTED_PERSON}),
    "accounts/login/": Address("/accounts/login/", _ANY_METHOD),
    "accounts/logout/": Address("/accounts/logout/", {"POST": Who.ANYBODY}),
}
"""By the route."""

ADMIN: Final = (
    "admin/",
    "admin/logout/",
    "admin/password_change/",
    "admin/password_change/done/",
    "admin/autocomplete/",
    "admin/jsi18n/",
    "admin/r/<path:content_type_id>/<path:object_id>/",
    "admin/^(?P<app_label>instances|access|auth|journal|consumers|gaterhub|axes)/$",
    "admin/(?P<url>.*)$",
)
"""For staff, whoever it is: none of these shows anything of events. Log-in is for all."""
ADMIN_LOGIN: Final = "admin/login/"

MODELS: Final = (
    "auth/group",
    "auth/user",
    "instances/instanceconfig",
    "instances/domaintype",
    "instances/domaintypeversion",
    "instances/deprecateduse",
    "instances/retentionpolicy",
    "journal/journalhead",
    "access/grant",
    "access/token",
    "journal/auditentry",
    "journal/securityentry",
    "journal/alertentry",
    "journal/checkpoint",
    "journal/outage",
    "consumers/loss",
    "consumers/durableposition",
    "consumers/subscriber",
    "consumers/ban",
    "axes/accessattempt",
    "gaterhub/objective",
    "gaterhub/ownconsole",
)
"""Each for staff with the permission of that model and act."""
MODEL_PAGES: Final = (
    "",
    "add/",
    "<path:object_id>/history/",
    "<path:object_id>/delete/",
    "<path:object_id>/change/",
    "<path:object_id>/",
)
MORE_MODEL_PAGES: Final = (
    "admin/auth/user/<id>/password/",
    "admin/instances/instanceconfig/<int:pk>/back/<int:change_pk>/",
    "admin/consumers/subscriber/<slug:id>/disconnect/",
    "admin/consumers/subscriber/<slug:id>/unsubscribe/",
    "admin/consumers/subscriber/<slug:id>/ban/",
    "admin/consumers/ban/<int:pk>/lift/",
    "admin/journal/journalhead/verifications/",
    "admin/journal/journalhead/verifications/<slug:name>/",
)

FRAMES: Final[dict[str, Verb | str]] = {
    "connect": "whoever has a token, or a session and a trusted origin",
    "subscribe": Verb.SUBSCRIBE,
    "unsubscribe": "the connection's own",
    "publish": Verb.PUBLISH,
    "ack": "the connection's own",
    "viewing": "the connection's own; what doesn't open to its rights isn't counted",
    "pong": "anybody who is connected",
}
