"""The event types of an instance: their documentation, and a form that publishes a test event of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from gaterhub.documentation.files import attributes_of
from gaterhub.pages import recipes
from gaterhub.pages.granted import check_visible, rights_of, visible_instances
from instances import config
from instances.access.rights import Rights, Verb
from instances.catalog import UnknownInstance, find
from instances.schemas.description import FieldDescription, fields_of, step_sentences
from instances.schemas.registered import RegisteredType, RegisteredVersion
from instances.schemas.registry import CATALOG, types_of
from instances.schemas.sample import sample_event
from instances.schemas.typed_event import TypedEvent
from instances.schemas.usage import Usage, used
from instances.schemas.words import Compatibility
from instances.spec import EVIDENCE, InstanceSpec

Uses = Mapping[tuple[str, int], Usage]
"""By event type and version."""

QUERY_MAX_CHARACTERS: Final = 200

COMPATIBILITY_SENTENCES: Final[dict[Compatibility, str]] = {
    Compatibility.BACKWARD: "Whoever can read the newest version can read every older event too.",
    Compatibility.FORWARD: "Whoever can read an older version can read the newest events too.",
    Compatibility.FULL: "Whoever can read one version can read all others, older and newer.",
}
BUILDERS: Final[dict[tuple[str, str], str]] = {
    (types.instance, name): attribute for types in CATALOG for name, attribute in attributes_of(types).items()
}
"""What the catalog's modules call their types."""
KEPT_SENTENCE: Final = (
    "{title} is evidence: what is published there stays, also what is only a test, and nobody can take it back."
)


@dataclass(frozen=True, slots=True)
class Recipe:
    key: str
    """Tells the recipes of a type apart in addresses within the page."""
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionShown:
    number: int
    next: int
    """The version that it is read as, where it isn't the newest."""
    deprecated: str | None
    data: tuple[FieldDescription, ...]
    metadata: tuple[FieldDescription, ...]
    steps: tuple[str, ...]
    """How it is read as the next."""
    users: tuple[str, ...]
    """Who still uses it, where it is deprecated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeShown:
    name: str
    title: str
    purpose: str
    topic: str
    compatibility: str
    by_operator: bool
    newest: int
    deprecated: bool
    versions: tuple[VersionShown, ...]
    """The newest first."""
    recipes: tuple[Recipe, ...]
    words: str
    """What a search looks through, in small letters."""


@require_safe
@login_required
def types(request: HttpRequest, name: str) -> HttpResponse:
    """Show the types of one instance, those with all words of `?q=` in them; an alias leads to its own name."""
    try:
        spec = find(name)
    except UnknownInstance as unknown:
        missing = {"instances": visible_instances(request), "message": unknown.message}
        return render(request, "pages/unknown_instance.html", missing, status=unknown.status)
    check_visible(request, spec)
    if name != spec.name:
        query = request.META.get("QUERY_STRING", "")
        own = reverse("types", args=[spec.name])
        return redirect(f"{own}?{query}" if query else own, permanent=True)
    site = request.build_absolute_uri("/")
    rights = rights_of(request)
    uses = used(spec.name) if rights.manages(spec.name) else {}
    shown = [_shown(each, site, uses) for each in types_of(spec.name)]
    query = request.GET.get("q", "")[:QUERY_MAX_CHARACTERS]
    context: dict[str, object] = {
        "instances": visible_instances(request),
        "spec": spec,
        "types": [each for each in shown if all(word in each.words for word in query.lower().split())],
        "total": len(shown),
        "query": query,
        "kept": KEPT_SENTENCE.format(title=spec.title) if spec.delivery is EVIDENCE else "",
        "no_form": _no_form(spec, rights),
        "types_url": reverse("api:types", args=[spec.name]),
        "admin_url": reverse("admin:instances_domaintype_changelist"),
    }
    return render(request, "pages/types.html", context)


def _no_form(spec: InstanceSpec, rights: Rights) -> str:
    """Return why the reader can publish nothing here now, or nothing."""
    if not rights.touches(spec.name, (Verb.PUBLISH,)):
        return f"Publishing to {spec.name} is not granted to your account, so there is no form for a test event."
    if config.effective(spec.name).enabled:
        return ""
    return f"An operator has disabled {spec.name}, so no event can be published to it, and no test event either."


def _shown(known: RegisteredType, site: str, uses: Uses) -> TypeShown:
    versions = tuple(
        _version(each, uses.get((known.name, each.number))) for each in reversed(list(known.versions.values()))
    )
    fields = {field.path for version in versions for field in (*version.data, *version.metadata)}
    words = (known.name, known.title, known.purpose, known.topic, *sorted(fields))
    return TypeShown(
        name=known.name,
        title=known.title,
        purpose=known.purpose,
        topic=known.topic,
        compatibility=COMPATIBILITY_SENTENCES[known.compatibility],
        by_operator=known.source == "operator",
        newest=known.newest,
        deprecated=versions[0].deprecated is not None,
        versions=versions,
        recipes=tuple(_recipes(known, site)),
        words=" ".join(words).lower(),
    )


def _version(row: RegisteredVersion, usage: Usage | None) -> VersionShown:
    return VersionShown(
        number=row.number,
        next=row.number + 1,
        deprecated=row.deprecated,
        data=fields_of(row.data_schema),
        metadata=fields_of(row.metadata_schema),
        steps=step_sentences(row.step) if row.step is not None else (),
        users=tuple(_users(usage)),
    )


def _recipes(known: RegisteredType, site: str) -> Iterator[Recipe]:
    event = submitted(sample_event(known, known.newest))
    yield Recipe("json", "JSON", recipes.json_of(event))
    yield Recipe("curl", "curl", recipes.curl_of(known.instance, event, site))
    yield Recipe("shell", "Shell", recipes.shell_of(known.instance, event))
    builder = BUILDERS.get((known.instance, known.name))
    if known.row is None or builder is None:
        yield Recipe("python", "Python", recipes.publish_of(known.instance, event))
    else:
        yield Recipe("python", "Python", recipes.builder_of(known.instance, builder, known.row.example))


def submitted(event: TypedEvent) -> dict[str, Any]:
    """Return the event as a publisher writes it; the address names the instance."""
    return {name: getattr(event, name) for name in ("topic", "event_type", "schema_version", "data", "metadata")}


def _users(usage: Usage | None) -> Iterator[str]:
    """Give a sentence for each who still sends or follows a deprecated version."""
    if usage is None:
        return
    for sender in usage.senders:
        many = "1 event" if sender.events == 1 else f"{sender.events:,} events"
        yield f"`{sender.publisher}` sends it: {many}, the last {_day(sender.last_at_ms)}."
    for subscriber in usage.subscribers:
        yield f"`{subscriber.name}` follows it with `{subscriber.pattern}`, last seen {_day(subscriber.last_at_ms)}."


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
