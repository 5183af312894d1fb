"""The app that keeps evidence and alerts."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "instances.journal"
    label = "journal"
    verbose_name = "Journal"
    default_auto_field = "django.db.models.BigAutoField"
