"""What the site itself keeps."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models import Q


class LeaseManager(models.Manager["Lease"]):
    def take(self, name: str, *, holder: str, at: datetime, seconds: float) -> bool:
        """Take or renew the lease; False where another holds it. One statement decides, so two never both succeed."""
        until = at + timedelta(seconds=seconds)
        mine_or_over = Q(holder=holder) | Q(until__lt=at)
        if self.filter(mine_or_over, name=name).update(holder=holder, until=until):
            return True
        try:
            with transaction.atomic():
                self.create(name=name, holder=holder, until=until)
        except IntegrityError:
            return False
        return True

    def give_back(self, name: str, *, holder: str) -> None:
        """Let the next one have it without waiting for its end."""
        self.filter(name=name, holder=holder).delete()


class Lease(models.Model):
    """Who leads, and until when: one of several processes that stand by."""

    name = models.CharField(max_length=50, primary_key=True)
    holder = models.CharField(max_length=200)
    until = models.DateTimeField()

    objects: ClassVar[LeaseManager] = LeaseManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
