"""What operators set for an instance."""

from django.db import models

from instances.catalog import INSTANCES


class InstanceConfig(models.Model):
    """One row for each of the ten; what it doesn't say is the catalog's."""

    instance = models.CharField(
        max_length=20,
        unique=True,
        editable=False,
        choices=[(spec.name, spec.title) for spec in INSTANCES],
    )
    enabled = models.BooleanField(
        default=True,
        help_text="A disabled instance refuses every publish with `instance_disabled`. Subscribers stay connected.",
    )
    strict = models.BooleanField(
        default=False,
        help_text="A strict instance refuses topics whose family the catalog doesn't declare, instead of warning.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "instance"

    def __str__(self) -> str:
        return self.instance
