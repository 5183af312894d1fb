"""What a page may know of whom it was made for."""

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from gaterhub.pages.identity import identity


def tag_for(user: object) -> str:
    request = HttpRequest()
    if user is not None:
        request.user = user  # type: ignore[assignment]
    return identity(request)["identity_tag"]()


class TestIdentity:
    def test_is_the_same_for_one_person_and_another_for_the_next(self) -> None:
        assert tag_for(User(pk=1)) == tag_for(User(pk=1))
        assert tag_for(User(pk=1)) != tag_for(User(pk=2))

    def test_depends_on_the_site_s_key(self, settings: object) -> None:
        before = tag_for(User(pk=1))

        settings.SECRET_KEY = "another-key-of-another-site"  # type: ignore[attr-defined]

        assert tag_for(User(pk=1)) != before

    def test_is_empty_for_a_visitor_and_for_a_request_refused_early(self) -> None:
        assert tag_for(AnonymousUser()) == ""
        assert tag_for(None) == ""
