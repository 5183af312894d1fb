"""The write side: what can be said, and how it is said."""

from django.apps import AppConfig


class InstancesConfig(AppConfig):
    name = "instances"
    verbose_name = "Instances"

    def ready(self) -> None:
        from instances import config  # Models can be imported only now; this connects their signals.

        config.connect()
