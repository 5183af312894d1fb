"""Tokens in the admin: made, limited, rotated, revoked. A token's text is shown once, in answer to the form."""

from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import WeakKeyDictionary

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from instances.access.admin.giving import GivingForm, for_giver
from instances.access.admin.grants import GrantInline
from instances.access.admin.issued import show_once
from instances.access.admin.rotating import answer_rotation
from instances.access.admin.signing import answer_signing_secret
from instances.access.models import Issued, Token, TokenQuerySet

if TYPE_CHECKING:
    TokenModelAdmin = admin.ModelAdmin[Token]
else:
    # Outside the type checker's world Django's ModelAdmin takes no parameter.
    TokenModelAdmin = admin.ModelAdmin

_MAY: Final = ("limited", "roles", "networks", "events_per_second", "bytes_per_second", "connections")
"""What of a token may change under the service that holds it."""


class TokenForm(GivingForm):
    class Meta:
        model = Token
        fields = ("name", "user", "expires_at", *_MAY)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        user = said.get("user") if "user" in self.fields else self.instance.user
        with self.telling("limited"):
            self.giver.check_token(user=user, limited=bool(said.get("limited")))
        with self.telling("roles"):
            for role in self.added("roles"):
                self.giver.check_role(role)
        end = said.get("expires_at")
        if end is not None and end <= timezone.now():
            self.add_error("expires_at", "This end has passed; a token needs one to come, or none.")
        return said


@admin.register(Token)
class TokenAdmin(TokenModelAdmin):
    form = TokenForm
    list_display = ("name", "prefix", "user", "limited", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("limited", "revoked_at", "expires_at", "roles")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    fields = ("name", "prefix", "user", *_MAY, "created_at", "expires_at", "revoked_at", "last_used_at", "replaces")
    readonly_fields = ("prefix", "created_at", "revoked_at", "last_used_at", "replaces")
    autocomplete_fields = ("user",)
    filter_horizontal = ("roles",)
    inlines = (GrantInline,)
    actions = ("revoke", "rotate", "make_signing_secret")

    _just_made: ClassVar[WeakKeyDictionary[HttpRequest, Issued]] = WeakKeyDictionary()
    """From `save_model` to `response_add` of the same request, and nowhere else."""

    def get_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        return ("name", "user", "expires_at", *_MAY) if obj is None else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        # Events carry the name, the account bounds the rights: who holds the token must find both as they were.
        return self.readonly_fields if obj is None else (*self.readonly_fields, "name", "user", "expires_at")

    def get_form(self, request: HttpRequest, obj: Token | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": for_giver(TokenForm, request)})

    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        is_over = obj is not None and obj.revoked_at is not None
        return super().has_change_permission(request, obj) and not is_over

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.revoke_token")

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.rotate_token")

    @admin.action(description="Revoke selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: TokenQuerySet) -> None:
        tokens = list(queryset.filter(revoked_at=None))
        revoked = queryset.revoke(at=timezone.now())
        for token in tokens:
            self.log_change(request, token, "Revoked.")
        already = "" if revoked else " They were revoked before."
        self.message_user(request, f"Tokens revoked: {revoked}.{already}", messages.SUCCESS)

    @admin.action(description="Rotate selected tokens", permissions=["rotate"])
    def rotate(self, request: HttpRequest, queryset: TokenQuerySet) -> HttpResponse | None:
        return answer_rotation(self, request, queryset)

    def has_sign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.change_token")

    @admin.action(description="Make a signing secret for the selected token", permissions=["sign"])
    def make_signing_secret(self, request: HttpRequest, queryset: TokenQuerySet) -> HttpResponse | None:
        return answer_signing_secret(self, request, queryset)

    def save_model(self, request: HttpRequest, obj: Token, form: Any, change: bool) -> None:
        if not change:
            self._just_made[request] = Issued(obj, obj.take_new_secret())
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Token, post_url_continue: str | None = None) -> HttpResponse:
        return show_once(self, request, [self._just_made.pop(request)], title=f"Token {obj.name}")
