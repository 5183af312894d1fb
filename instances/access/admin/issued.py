"""The page that shows the text of new tokens, once: in the answer itself."""

from typing import TYPE_CHECKING

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables

from instances.access.models import Issued, Token

if TYPE_CHECKING:
    _Page = ModelAdmin[Token]
else:
    _Page = ModelAdmin


@sensitive_variables("issued")
def show_once(page: _Page, request: HttpRequest, issued: list[Issued], *, title: str) -> HttpResponse:
    """Answer with the texts of tokens just made.

    Without the usual redirect, and not as messages: either would have them wait in a cookie or in the session's
    table, in the clear.
    """
    context = {**page.admin_site.each_context(request), "title": title, "opts": page.opts, "issued": issued}
    return TemplateResponse(request, "admin/access/token/issued.html", context)
