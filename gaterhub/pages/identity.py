"""Whom a page was made for, in a word that the page may know."""

from collections.abc import Callable

from django.http import HttpRequest

from consumers.sessions import identity_tag


def identity(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """Give templates `identity_tag`, empty for a visitor; the user is looked up only where a template asks."""
    return {"identity_tag": lambda: _tag_of(request)}


def _tag_of(request: HttpRequest) -> str:
    user = getattr(request, "user", None)  # A request that was refused early has none.
    return identity_tag(user.pk) if user is not None and user.is_authenticated else ""
