"""The action that makes a signing secret for a token, and shows it once."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables

from instances.access.models import Token, TokenQuerySet
from instances.access.signing_secret import RevokedToken, give_signing_secret

if TYPE_CHECKING:
    _Page = ModelAdmin[Token]
else:
    _Page = ModelAdmin


@sensitive_variables("secret", "context")
def answer_signing_secret(page: _Page, request: HttpRequest, queryset: TokenQuerySet) -> HttpResponse | None:
    """Make the secret for the one token that is selected, and answer with it, without a redirect, as a new token is."""
    tokens = list(queryset[:2])
    if len(tokens) != 1:
        page.message_user(request, "Select one token: each secret is shown once, by itself.", messages.ERROR)
        return None
    try:
        secret = give_signing_secret(tokens[0])
    except RevokedToken as refusal:
        page.message_user(request, refusal.message, messages.ERROR)
        return None
    page.log_change(request, tokens[0], "Signing secret made.")
    context = {
        **page.admin_site.each_context(request),
        "title": f"Signing secret of {tokens[0].name}",
        "opts": page.opts,
        "secret": secret,
    }
    return TemplateResponse(request, "admin/access/token/signing_secret.html", context)
