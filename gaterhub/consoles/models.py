"""What people make of the consoles: their own ones, views of them that they saved, and events that they pinned."""

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from consumers.profiles import Followed, Profile
from gaterhub.consoles.checking import panel_of
from gaterhub.consoles.layout import CONSOLES, Console
from gaterhub.consoles.panels import KINDS
from instances.catalog import INSTANCES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NAME_MAX_LENGTH: Final = 32
"""As in the names of views."""
VIEWS_MAX: Final = 100
"""Of one person and console."""
QUERY_MAX_LENGTH: Final = 2_000
PINS_MAX: Final = 200
"""Of one person and console."""


class OwnConsole(models.Model):
    """A console that an operator has made, of another or anew."""

    name = models.CharField(
        max_length=NAME_MAX_LENGTH,
        unique=True,
        validators=[RegexValidator("^[a-z][a-z0-9_-]*$", "Small letters, digits, _ and -, a letter first.")],
        help_text="Stands in its address, <code>/consoles/NAME/</code>.",
    )
    title = models.CharField(max_length=80)
    purpose = models.CharField(max_length=300, blank=True, help_text="A sentence below its heading.")
    subscriptions = models.JSONField(default=list)
    panels = models.JSONField(default=list)
    span_seconds = models.PositiveIntegerField(
        "span",
        default=3_600,
        help_text="Seconds that it shows at first, such as 3600: the last hour.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "console"
        constraints = (
            models.CheckConstraint(
                condition=~Q(name__in=sorted(CONSOLES)),
                name="console_of_the_hub",
                violation_error_message=f"{', '.join(CONSOLES)} are the hub's own; take another name.",
            ),
            models.CheckConstraint(
                condition=Q(span_seconds__gte=60, span_seconds__lte=604_800),
                name="console_span",
                violation_error_message="A console shows 60 seconds at least, and 604800, a week, at most.",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def console(self) -> Console:
        """What it shows; a panel of a kind that the hub has no longer is left out."""
        followed = tuple(Followed(instance, pattern) for instance, pattern in self.subscriptions)
        panels = tuple(panel_of(each) for each in self.panels if each["kind"] in KINDS)
        return Console(Profile(self.name, self.title, self.purpose, followed), panels, self.span_seconds)


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def seen_by(self, user: "User") -> Self:
        """Return the user's own, and those that are shared with a role of theirs."""
        shared = SavedView.roles.through.objects.filter(group__in=user.groups.all()).values("savedview_id")
        return self.filter(Q(owner=user) | Q(pk__in=shared))


class SavedView(models.Model):
    """A view of a console under a name: the whole query of its address."""

    console = models.CharField(max_length=NAME_MAX_LENGTH)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=QUERY_MAX_LENGTH, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    roles = models.ManyToManyField(Group, blank=True, related_name="saved_views", help_text="Whose people see it too.")
    saved_at = models.DateTimeField(default=timezone.now)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        # Whoever saved it manages it; nobody needs a permission for that.
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("owner", "console", "name"), name="saved_view_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.console})"


class PinnedEvent(models.Model):
    """An event that a person keeps at hand on a console: which one it is, and nothing of what it holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pinned_events")
    console = models.CharField(max_length=NAME_MAX_LENGTH)
    instance = models.CharField(max_length=20, choices=[(spec.name, spec.title) for spec in INSTANCES])
    event_id = models.UUIDField()
    topic = models.CharField(max_length=255)
    event_type = models.CharField(max_length=255)
    received_ms = models.BigIntegerField()
    pinned_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "console", "instance", "event_id"), name="pinned_once"),)

    def __str__(self) -> str:
        return f"{self.instance} {self.event_id}"
