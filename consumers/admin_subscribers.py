"""Live subscribers in the admin: a list and a page that renew themselves, and the forms that send somebody away."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from consumers.inspector.acting import NotConnected, Operator, ban, disconnect, unsubscribe
from consumers.inspector.asking import KINDS, Found, find_subscriber, find_subscribers
from consumers.inspector.orders import ORDERS
from consumers.inspector.subscriber import OFFSET_MAX, Asked, Followed, Inspected
from consumers.models import Subscriber
from consumers.running import processes
from instances.catalog import NAMES
from instances.error_codes import Refusal
from instances.models import BECAUSE_CHARACTERS

if TYPE_CHECKING:
    SubscriberModelAdmin = admin.ModelAdmin[Subscriber]
else:
    # Outside the type checker's world Django's classes take no parameter.
    SubscriberModelAdmin = admin.ModelAdmin

ROWS_PER_PAGE: Final = 50
TEXT_MAX_CHARACTERS: Final = 200
PART: Final = "part"
"""In the address of what a page asks for again and again: the part of it that changes."""
BANS: Final[dict[str, tuple[str, timedelta]]] = {
    "15m": ("15 minutes", timedelta(minutes=15)),
    "1h": ("an hour", timedelta(hours=1)),
    "1d": ("a day", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
BAN: Final = "consumers.add_ban"
DISCONNECT: Final = "consumers.disconnect_subscriber"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the form above the list says; a value that isn't one of those it offers is left out."""

    text: str
    instance: str
    topic: str
    process: str
    kind: str
    order: str
    page: int

    @classmethod
    def of(cls, request: HttpRequest, running: list[str]) -> "Filters":
        said = {name: str(value).strip()[:TEXT_MAX_CHARACTERS] for name, value in request.GET.items()}
        number = said.get("page", "")
        last = OFFSET_MAX // ROWS_PER_PAGE + 1
        return cls(
            text=said.get("text", ""),
            instance=_one_of(said.get("instance", ""), NAMES),
            topic=said.get("topic", ""),
            process=_one_of(said.get("process", ""), running),
            kind=_one_of(said.get("kind", ""), KINDS),
            order=_one_of(said.get("order", ""), tuple(ORDERS)) or "slowest",
            page=min(max(int(number), 1), last) if number.isascii() and number.isdecimal() and number else 1,
        )

    @property
    def asked(self) -> Asked:
        return Asked(
            text=self.text,
            instances=(self.instance,) if self.instance else (),
            topic=self.topic or None,
            process=self.process or None,
            kind=self.kind or None,
            order=self.order,
            offset=(self.page - 1) * ROWS_PER_PAGE,
            limit=ROWS_PER_PAGE,
        )

    def query(self, page: int) -> str:
        """Return the address of another page of the same list."""
        said = {name: getattr(self, name) for name in ("text", "instance", "topic", "process", "kind", "order")}
        return "?" + urlencode({name: value for name, value in said.items() if value} | {"page": page})


@admin.register(Subscriber)
class SubscriberAdmin(SubscriberModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come by themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        """Sending one away has a reason, and so a form of its own."""
        return False

    def get_urls(self) -> list[URLPattern]:
        acts = (("disconnect", self.disconnect), ("unsubscribe", self.unsubscribe), ("ban", self.ban))
        return [
            *(
                path(
                    f"<slug:id>/{name}/",
                    self.admin_site.admin_view(require_POST(view)),
                    name=f"consumers_subscriber_{name}",
                )
                for name, view in acts
            ),
            *super().get_urls(),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Subscriber | None:
        """Find none: there is no table, and the pages that ask for a row of it have nothing to show."""
        return None

    # --- looking -------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        running = [each.figures.name for each in processes() if each.up]
        filters = Filters.of(request, running)
        found, wrong = Found([], 0, 0, (), ()), ""
        try:
            found = find_subscribers(filters.asked)
        except Refusal as refusal:
            wrong = refusal.message
        last = max(1, -(-min(found.matched, OFFSET_MAX) // ROWS_PER_PAGE))
        context = self._context(request, "Subscribers") | {
            "filters": filters,
            "found": found,
            "wrong": wrong,
            "rows": [_shown(row) for row in found.rows],
            "pages": last,
            "previous": filters.query(filters.page - 1) if filters.page > 1 else None,
            "following": filters.query(filters.page + 1) if filters.page < last else None,
            "running": running,
            "instances": NAMES,
            "orders": ORDERS.values(),
        }
        part = "rows.html" if PART in request.GET else "change_list.html"
        return self._answer(request, part, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self._found(object_id)
        except Http404 as left:
            if PART in request.GET:
                # No page that is missing: the browser's console need not speak of it.
                return HttpResponse(status=204)
            messages.warning(request, f"The subscriber {object_id[:TEXT_MAX_CHARACTERS]}: {left}")
            return HttpResponseRedirect(reverse("admin:consumers_subscriber_changelist"))
        context = self._context(request, f"Subscriber {found.subscriber.id}") | {
            **_shown(found.subscriber),
            "following": [_followed(each) for each in found.following],
            "queue_max_bytes": found.queue_max_bytes,
            "may_disconnect": request.user.has_perm(DISCONNECT),
            "may_ban": request.user.has_perm(BAN),
            "bans": [(name, words) for name, (words, _) in BANS.items()],
            "because_characters": BECAUSE_CHARACTERS,
        }
        return self._answer(request, "live.html" if PART in request.GET else "change_form.html", context)

    # --- acting --------------------------------------------------------------------------------------------------

    def disconnect(self, request: HttpRequest, id: str) -> HttpResponse:
        """Close the connection."""

        def act(by: Operator, because: str) -> str:
            disconnect(id, by=by, because=because)
            return f"{id} is disconnected, and was told why."

        return self._act(request, id, DISCONNECT, act, left=True)

    def unsubscribe(self, request: HttpRequest, id: str) -> HttpResponse:
        """End the subscription whose button was pressed."""

        def act(by: Operator, because: str) -> str:
            sub = request.POST.get("sub", "")
            unsubscribe(id, sub, by=by, because=because)
            return f"The subscription {sub[:TEXT_MAX_CHARACTERS]} of {id} is ended, and the subscriber was told why."

        return self._act(request, id, DISCONNECT, act, left=False)

    def ban(self, request: HttpRequest, id: str) -> HttpResponse:
        """Keep whoever it is away for a time."""

        def act(by: Operator, because: str) -> str:
            found = self._found(id).subscriber
            _, lasts = BANS.get(request.POST.get("lasts", ""), next(iter(BANS.values())))
            until = timezone.now() + lasts
            row = ban(found.kind, found.principal_id, found.principal, until=until, by=by, because=because)
            return f"The {row.principal_kind} {row.principal} is kept out until {row.until:%Y-%m-%d %H:%M} UTC."

        return self._act(request, id, BAN, act, left=True)

    def _act(
        self, request: HttpRequest, id: str, permission: str, act: Callable[[Operator, str], str], *, left: bool
    ) -> HttpResponse:
        """Do what an operator asks for, and say what became of it; `left` tells whether it has left after that."""
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied
        here = reverse("admin:consumers_subscriber_change", args=[id])
        away = reverse("admin:consumers_subscriber_changelist")
        try:
            said = act(Operator("user", request.user.get_username()), request.POST.get("because", ""))
        except NotConnected as gone:
            messages.warning(request, gone.message)
            return HttpResponseRedirect(away)
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(here)
        messages.success(request, said)
        return HttpResponseRedirect(away if left else here)

    # --- both ----------------------------------------------------------------------------------------------------

    def _found(self, id: str) -> Inspected:
        """Raises: Http404."""
        try:
            found = find_subscriber(id)
        except Refusal as refusal:
            raise Http404(refusal.message) from refusal
        if found is None:
            raise Http404("it has left, or its process does not answer.")
        return found

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "now": timezone.now()}

    def _answer(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        answer = TemplateResponse(request, f"admin/consumers/subscriber/{template}", context)
        answer["Cache-Control"] = "no-store"
        return answer


PATTERNS_SHOWN: Final = 3


def _shown(row: Any) -> dict[str, Any]:
    """Return what a row and a page show of a subscriber."""
    return {
        "row": row,
        "since": datetime.fromtimestamp(row.connected_ms / 1000, UTC),
        "patterns": row.patterns[:PATTERNS_SHOWN],
        "more_patterns": max(0, len(row.patterns) - PATTERNS_SHOWN),
        "missed": row.dropped + row.conflated,
        "views": sorted(Counter(row.views).items()),
    }


def _followed(each: Followed) -> dict[str, Any]:
    return {
        "row": each,
        "streams": [(name, head, each.acknowledged.get(name, "")) for name, head in each.streams.items()],
    }


def _one_of(value: str, known: Any) -> str:
    return value if value in known else ""
