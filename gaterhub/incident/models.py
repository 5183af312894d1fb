"""Notes on what happens: who, when, about which moment. They are only ever added; another may correct one."""

from typing import Any, Final, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gaterhub.consoles.models import NAME_MAX_LENGTH

TEXT_MAX_CHARACTERS: Final = 2_000
"""As much as the audit trail keeps of a changed value, so that its entry holds the whole note."""
A_DAY_MAX: Final = 500
"""Of one person; notes are never deleted, and nobody writes more than that by hand."""
MOMENT_MAX_MS: Final = 8_640_000_000_000_000
"""The last that a browser's calendar has."""


class NoteChanged(TypeError):
    """An attempt to change a note, or to take it away."""

    def __init__(self) -> None:
        super().__init__("Notes are only added; a note that corrects another names it.")


def _refuse(*args: object, **kwargs: object) -> NoReturn:
    raise NoteChanged


class NoteQuerySet(models.QuerySet["ConsoleNote"]):
    update = delete = bulk_update = _refuse

    def of_time(self, console: str, *, from_ms: int, to_ms: int) -> "NoteQuerySet":
        """Return the notes of a console about moments of a time; a correction is about the same as what it corrects."""
        return self.filter(console=console, moment_ms__gte=from_ms, moment_ms__lt=to_ms)


class ConsoleNote(models.Model):
    """What somebody wrote about a moment that a console shows."""

    console = models.CharField(max_length=NAME_MAX_LENGTH)
    moment_ms = models.BigIntegerField(help_text="Which moment it is about, in milliseconds since 1970 UTC.")
    text = models.TextField(max_length=TEXT_MAX_CHARACTERS)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="console_notes"
    )
    author_name = models.CharField(max_length=150, help_text="Stays when the account goes.")
    written_at = models.DateTimeField(default=timezone.now)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = "note"
        default_permissions = ("view", "add")
        indexes = (models.Index(fields=("console", "moment_ms"), name="note_by_moment"),)
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(moment_ms__gte=0, moment_ms__lte=MOMENT_MAX_MS), name="note_about_a_moment"
            ),
        )

    def __str__(self) -> str:
        return f"{self.console}, note {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add it. Raises: NoteChanged."""
        if not self._state.adding:
            raise NoteChanged
        super().save(*args, **kwargs)

    def delete(self, using: Any = None, keep_parents: bool = False) -> NoReturn:
        raise NoteChanged
