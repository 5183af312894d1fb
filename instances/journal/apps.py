"""The app that keeps evidence and alerts."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "instances.journal"
    label = "journal"
    verbose_name = "Journal"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from instances.journal import admin_verify  # noqa: F401  It registers itself, as an admin module would.
