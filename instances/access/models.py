"""API tokens. Of a token's text only its prefix and its digest are stored."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from instances.access.secret import PREFIX_LENGTH, digest_of, new_token_text, prefix_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NAME_MAX_LENGTH: Final = 128
# Whether a token is still in use is asked in days. A minute keeps the writes rare however busy the token is.
LAST_USED_STEP: Final = timedelta(minutes=1)


class Issued(NamedTuple):
    """A token just made, and its text, which can never be had again."""

    token: "Token"
    secret: str


class TokenQuerySet(models.QuerySet["Token"]):
    def issue(self, *, name: str, user: "User | None" = None, expires_at: datetime | None = None) -> Issued:
        """Store a new token and return it with its text.

        Without a user the token may do everything. Several tokens may bear one name: the name says who
        publishes, and a publisher that has two for a while changes its secret without a pause.

        Raises: ValidationError, for a name that cannot be shown.
        """
        token = self.model(name=name, user=user, expires_at=expires_at)
        secret = token.take_new_secret()
        token.clean_fields()
        token.save(using=self.db, force_insert=True)
        return Issued(token, secret)

    def live(self, *, at: datetime) -> Self:
        """Return the tokens that are neither revoked nor expired at that time, and whose user is active."""
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=at),
            models.Q(user=None) | models.Q(user__is_active=True),
            revoked_at=None,
        )

    def revoke(self, *, at: datetime) -> int:
        """Revoke those not revoked yet and return how many; it holds everywhere within CACHE_SECONDS."""
        return self.filter(revoked_at=None).update(revoked_at=at)

    def note_use(self, token: "Token", *, at: datetime) -> bool:
        """Write when the token was last used, unless that is known to the minute; return whether it wrote."""
        # Asked in the statement, for every process that let the token in at this moment wants to write.
        due = models.Q(last_used_at=None) | models.Q(last_used_at__lte=at - LAST_USED_STEP)
        return self.filter(due, pk=token.pk).update(last_used_at=at) > 0


def check_name(name: str) -> None:
    """Raise ValidationError for a name that would not read well as the publisher of an event."""
    if not name.isprintable() or name != name.strip():
        raise ValidationError("A token's name has no control characters and no spaces around it.")


class Token(models.Model):
    name = models.CharField(
        max_length=NAME_MAX_LENGTH,
        validators=[check_name],
        help_text="Its events carry this as their publisher.",
    )
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    # A token goes with its user. Keeping it without one would turn it into a token that may do everything.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="tokens",
        help_text="For whom it acts; it ends with the account. Empty: it may do everything.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        permissions = (("revoke_token", "Can revoke token"),)
        constraints = (models.CheckConstraint(condition=~models.Q(name=""), name="token_has_a_name"),)

    def __str__(self) -> str:
        return f"{self.name} (gh_{self.prefix}_…)"

    def take_new_secret(self) -> str:
        """Give an unsaved token its prefix and digest, and return the text that they belong to."""
        secret = new_token_text()
        self.prefix, self.digest = str(prefix_of(secret)), digest_of(secret)
        return secret

    def is_use_due(self, *, at: datetime) -> bool:
        """Whether its last use, as far as this copy knows, is so long ago that a new one is worth writing."""
        return self.last_used_at is None or at - self.last_used_at >= LAST_USED_STEP

    def why_refused(self, *, at: datetime) -> str | None:
        """Return, for whoever holds the secret, why the token is no longer good, or None while it is."""
        if self.revoked_at is not None:
            return "The token was revoked."
        if self.expires_at is not None and self.expires_at <= at:
            return "The token has expired."
        if self.user is not None and not self.user.is_active:
            return "The token's user is deactivated."
        return None
