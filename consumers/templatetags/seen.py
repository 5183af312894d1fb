"""Who saw an entry of the journal, and what it costs to record that, for the admin's pages."""

from typing import Any, Final

from django import template
from django.http import QueryDict

from consumers.seen.answer import PERMISSION, Place
from consumers.seen.cost import cost_of
from consumers.seen.recordings import JOURNALED
from consumers.seen.shown import seen_of
from instances.journal.models import ENTRIES, JournalHead
from instances.journal.router import ALIAS
from instances.journal.shown import when

register = template.Library()

AFTER: Final = "seen_after"
"""In the address of an entry's page: where the list goes on."""
_INSTANCES: Final = {model: name for name, model in ENTRIES.items()}


@register.filter(name="when")
def in_words(ms: int) -> str:
    """Return milliseconds since 1970 as a time."""
    return when(ms)


@register.inclusion_tag("admin/consumers/seen/who.html", takes_context=True)
def who_saw_entry(context: Any, entry: Any) -> dict[str, Any]:
    """Show who got the entry; nothing for what is no entry."""
    instance = _INSTANCES.get(type(entry))
    request = context["request"]
    told: dict[str, Any] = {"instance": instance, "permission": PERMISSION}
    if instance is None:
        return told
    told["may"] = request.user.has_perm(PERMISSION)
    if not told["may"]:
        return told
    seen = seen_of(_place(instance, entry), after=request.GET.get(AFTER))
    if seen.following is not None:
        following = QueryDict(mutable=True)
        following[AFTER] = seen.following
        told["following"] = f"?{following.urlencode()}#who-saw"
    return told | {"place": seen.place, "known": seen.known, "rows": seen.rows, "wrong": seen.wrong}


@register.inclusion_tag("admin/consumers/seen/cost.html")
def seen_cost(config: Any) -> dict[str, Any]:
    """Show what recording costs, of an instance for which it can be recorded."""
    instance = getattr(config, "instance", None)
    return {
        "cost": cost_of(instance) if instance in JOURNALED else None,
        "is_on": getattr(config, "record_seen", False),
    }


def _place(instance: str, entry: Any) -> Place:
    epoch = JournalHead.objects.using(ALIAS).values_list("epoch", flat=True).get(instance=instance)
    return Place(str(entry.id), instance, entry.topic, entry.stream, entry.offset, epoch, entry.received_ms)
