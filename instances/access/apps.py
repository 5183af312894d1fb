"""The app that knows who is calling: tokens and who they belong to."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "instances.access"
    label = "access"
    verbose_name = "Access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only now.
        from instances.access import authentication

        authentication.connect()
