"""The action that rotates tokens: a page that asks for the overlap, then one that shows the new texts."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from instances.access.admin.giving import giver_of
from instances.access.admin.issued import show_once
from instances.access.models import Issued, Token, TokenQuerySet
from instances.access.rotation import OVERLAP_DEFAULT, OVERLAP_MAX, rotate
from instances.error_codes import Refusal

if TYPE_CHECKING:
    _Page = ModelAdmin[Token]
else:
    _Page = ModelAdmin

_HOUR = timedelta(hours=1)


class OverlapForm(forms.Form):
    overlap_hours = forms.IntegerField(
        label="Overlap in hours",
        min_value=0,
        max_value=OVERLAP_MAX // _HOUR,
        initial=OVERLAP_DEFAULT // _HOUR,
        help_text="How long the old token still works, if it doesn't end before. 0: it is revoked at once.",
    )


def answer_rotation(page: _Page, request: HttpRequest, tokens: TokenQuerySet) -> HttpResponse | None:
    """Answer the action: ask for the overlap, or rotate all of the tokens or none of them."""
    form = OverlapForm(request.POST if "confirmed" in request.POST else None)
    if not form.is_valid():
        context = {
            **page.admin_site.each_context(request),
            "title": "Rotate tokens",
            "opts": page.opts,
            "tokens": tokens,
            "form": form,
            "checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/access/token/rotate.html", context)
    try:
        issued = _rotate_all(page, request, tokens, overlap=form.cleaned_data["overlap_hours"] * _HOUR)
    except Refusal as refusal:
        page.message_user(request, f"No token was rotated. {refusal.message}", messages.ERROR)
        return None
    return show_once(page, request, issued, title="Rotated tokens")


def _rotate_all(page: _Page, request: HttpRequest, tokens: TokenQuerySet, *, overlap: timedelta) -> list[Issued]:
    giver, at = giver_of(request), timezone.now()
    issued = []
    with transaction.atomic():
        for token in tokens.select_related("user"):
            giver.check_rotation(token)
            issued.append(rotate(token, at=at, overlap=overlap))
    for made in issued:
        page.log_addition(request, made.token, f"Rotated from {made.token.replaces}.")
    return issued
