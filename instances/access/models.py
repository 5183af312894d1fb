"""API tokens, of whose text only prefix and digest are stored, and grants: what tokens, people and roles may do."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from instances.access.notices import tokens_revoked
from instances.access.rights import Verb
from instances.access.secret import PREFIX_LENGTH, digest_of, new_token_text, prefix_of
from instances.catalog import INSTANCES
from instances.topics import TOPIC_MAX_CHARACTERS, WILDCARD, BadPattern, Pattern

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
    def issue(
        self,
        *,
        name: str,
        user: "User | None" = None,
        roles: Iterable[Group] | None = None,
        **fields: object,
    ) -> Issued:
        """Store a new token and return it with its text.

        Without a user and without roles the token may do everything. With `roles`, none at all included, it may do
        what they and grants of its own allow; with a user, what the user may do too. Several tokens may bear one
        name: the name says who publishes, and a publisher that has two for a while changes its secret without a
        pause. `fields` are others of the token's, such as `expires_at` and `networks`.

        Raises: ValidationError, for a name that cannot be shown or a field that can't be right.
        """
        token = self.model(name=name, user=user, limited=roles is not None, **fields)
        secret = token.take_new_secret()
        token.clean_fields()
        with transaction.atomic(using=self.db):
            token.save(using=self.db, force_insert=True)
            token.roles.set(roles or ())
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
        with transaction.atomic(using=self.db):
            revoked = list(self.filter(revoked_at=None).select_related("user"))
            self.model.objects.using(self.db).filter(pk__in=[token.pk for token in revoked]).update(revoked_at=at)
            if revoked:
                tokens_revoked.send(sender=self.model, tokens=revoked)
        return len(revoked)

    def note_use(self, token: "Token", *, at: datetime) -> bool:
        """Write when the token was last used, unless that is known to the minute; return whether it wrote."""
        # Asked in the statement, for every process that let the token in at this moment wants to write.
        due = models.Q(last_used_at=None) | models.Q(last_used_at__lte=at - LAST_USED_STEP)
        return self.filter(due, pk=token.pk).update(last_used_at=at) > 0


def check_name(name: str) -> None:
    """Raise ValidationError for a name that would not read well as the publisher of an event."""
    if not name.isprintable() or name != name.strip():
        raise ValidationError("A token's name has no control characters and no spaces around it.")


def check_networks(text: str) -> None:
    """Raise ValidationError for what is no list of networks."""
    for network in text.split():
        try:
            ip_network(network)
        except ValueError as error:
            raise ValidationError(f"{network[:80]!r} is no network such as 10.0.0.0/8: {error}.") from error


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
        help_text="For whom it acts; it ends with the account, and may never do more than the account.",
    )
    limited = models.BooleanField(
        "limited to its own roles and grants",
        default=True,
        help_text="If not, it may do all that its user may, and without a user everything.",
    )
    roles = models.ManyToManyField(
        Group, blank=True, related_name="tokens", help_text="What these may do, it may do; if it is limited."
    )
    networks = models.TextField(
        blank=True,
        validators=[check_networks],
        help_text="From where it is taken, such as <code>10.0.0.0/8</code>, separated by spaces. Empty: from anywhere.",
    )
    events_per_second = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of each instance, at most. Empty: GATERHUB_TOKEN_EVENTS_PER_SECOND."
    )
    bytes_per_second = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of each instance, at most. Empty: GATERHUB_TOKEN_BYTES_PER_SECOND."
    )
    connections = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="WebSockets at a time in one process, at most. Empty: GATERHUB_TOKEN_CONNECTIONS.",
    )
    signing_secret = models.TextField(blank=True, editable=False)
    """Encrypted; with it the token's publisher signs its events. Empty: it has none."""
    replaces = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="replaced_by"
    )
    """The token that it was rotated from."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        permissions = (("revoke_token", "Can revoke token"), ("rotate_token", "Can rotate token"))
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


def check_pattern(text: str) -> None:
    """Raise ValidationError for what is no pattern."""
    try:
        Pattern(text)
    except BadPattern as error:
        raise ValidationError(error.message) from error


class Grant(models.Model):
    """One verb on one pattern of an instance, for an account, a role or a token."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="grants"
    )
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", verbose_name="role"
    )
    token = models.ForeignKey(Token, on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    verb = models.CharField(max_length=10, choices=[(verb.value, verb.label) for verb in Verb])
    instance = models.CharField(max_length=20, choices=[(spec.name, spec.title) for spec in INSTANCES])
    pattern = models.CharField(
        max_length=TOPIC_MAX_CHARACTERS,
        default=WILDCARD,
        validators=[check_pattern],
        help_text="Such as <code>subscription_health:*</code>; <code>*</code> is the whole instance. "
        "What is subscribed to or queried must lie within it.",
    )
    personal = models.BooleanField(
        default=False,
        help_text="Whether fields marked as personal are read in the clear; otherwise they arrive as “[redacted]”.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=(
                    models.Q(user__isnull=False, group=None, token=None)
                    | models.Q(user=None, group__isnull=False, token=None)
                    | models.Q(user=None, group=None, token__isnull=False)
                ),
                name="grant_to_one",
                violation_error_message="A grant is for one account, one role or one token.",
            ),
            models.CheckConstraint(condition=models.Q(verb__in=[verb.value for verb in Verb]), name="grant_verb"),
            models.CheckConstraint(
                condition=models.Q(instance__in=[spec.name for spec in INSTANCES]), name="grant_instance"
            ),
            *(
                models.UniqueConstraint(
                    fields=(whose, "verb", "instance", "pattern"),
                    condition=models.Q(**{f"{whose}__isnull": False}),
                    name=f"grant_once_for_{whose}",
                    violation_error_message="That is granted already.",
                )
                for whose in ("user", "group", "token")
            ),
        )

    def __str__(self) -> str:
        personal = " with personal fields" if self.personal else ""
        return f"{self.verb} {self.instance} {self.pattern}{personal}"
