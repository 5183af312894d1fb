"""Tokens in the admin: listed, made, revoked. A token's text is shown once, in answer to the form."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from instances.access.models import Token, TokenQuerySet
from instances.access.signing_secret import RevokedToken, give_signing_secret

if TYPE_CHECKING:
    TokenModelAdmin = admin.ModelAdmin[Token]
else:
    # Outside the type checker's world Django's ModelAdmin takes no parameter.
    TokenModelAdmin = admin.ModelAdmin


@admin.register(Token)
class TokenAdmin(TokenModelAdmin):
    list_display = ("name", "prefix", "user", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    fields = ("name", "prefix", "user", "created_at", "expires_at", "revoked_at", "last_used_at")
    readonly_fields = ("prefix", "created_at", "revoked_at", "last_used_at")
    autocomplete_fields = ("user",)
    actions = ("revoke", "make_signing_secret")

    def get_fields(self, request: HttpRequest, obj: Token | None = None) -> Any:
        return ("name", "user", "expires_at") if obj is None else self.fields

    # What a token may do must not change under the service that holds it: make another and revoke this one.
    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.revoke_token")

    @admin.action(description="Revoke selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: TokenQuerySet) -> None:
        tokens = list(queryset.filter(revoked_at=None))
        revoked = queryset.revoke(at=timezone.now())
        for token in tokens:
            self.log_change(request, token, "Revoked.")
        already = "" if revoked else " They were revoked before."
        self.message_user(request, f"Tokens revoked: {revoked}.{already}", messages.SUCCESS)

    def has_sign_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("access.change_token")

    @admin.action(description="Make a signing secret for the selected token", permissions=["sign"])
    def make_signing_secret(self, request: HttpRequest, queryset: TokenQuerySet) -> HttpResponse | None:
        tokens = list(queryset[:2])
        if len(tokens) != 1:
            self.message_user(request, "Select one token: each secret is shown once, by itself.", messages.ERROR)
            return None
        try:
            secret = give_signing_secret(tokens[0])
        except RevokedToken as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return None
        self.log_change(request, tokens[0], "Signing secret made.")
        # Answered without a redirect, as a new token is.
        context = {
            **self.admin_site.each_context(request),
            "title": f"Signing secret of {tokens[0].name}",
            "opts": self.opts,
            "secret": secret,
        }
        return TemplateResponse(request, "admin/access/token/signing_secret.html", context)

    def save_model(self, request: HttpRequest, obj: Token, form: "forms.ModelForm[Token]", change: bool) -> None:
        secret = obj.take_new_secret()
        super().save_model(request, obj, form, change)
        self.message_user(request, f"The token, shown this once: {secret}", messages.SUCCESS)

    def response_add(self, request: HttpRequest, obj: Token, post_url_continue: str | None = None) -> HttpResponse:
        # Answered without the usual redirect, across which the message would wait in a cookie or in the
        # session's table, in the clear.
        context = {**self.admin_site.each_context(request), "title": f"Token {obj.name}", "opts": self.opts}
        return TemplateResponse(request, "admin/access/token/issued.html", context)
