import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from gaterhub.compression import CompressedStaticFiles

SCRIPT = "/static/chartkick/Chart.bundle.js"


@pytest.fixture
def static_files() -> CompressedStaticFiles:
    return CompressedStaticFiles(lambda request: HttpResponse("a page " * 1_000))


def asked(static_files: CompressedStaticFiles, path: str, **headers: str) -> HttpResponse:
    response: HttpResponse = static_files(RequestFactory().get(path, headers=headers))
    return response


class TestCompressedStaticFiles:
    def test_are_the_files_themselves(self, static_files: CompressedStaticFiles) -> None:
        plain = asked(static_files, SCRIPT)
        compressed = asked(static_files, SCRIPT, accept_encoding="br, gzip")

        assert "Content-Encoding" not in plain
        assert compressed["Content-Encoding"] == "gzip"
        assert gzip.decompress(compressed.content) == plain.getvalue()
        assert int(compressed["Content-Length"]) == len(compressed.content) < int(plain["Content-Length"]) / 3
        assert compressed["Content-Type"] == plain["Content-Type"]

    def test_say_that_the_answer_depends_on_what_is_accepted(self, static_files: CompressedStaticFiles) -> None:
        for headers in ({}, {"accept_encoding": "gzip"}):
            assert asked(static_files, SCRIPT, **headers)["Vary"] == "Accept-Encoding"

    def test_are_compressed_once(self, static_files: CompressedStaticFiles, monkeypatch: pytest.MonkeyPatch) -> None:
        first = asked(static_files, SCRIPT, accept_encoding="gzip").content
        monkeypatch.setattr(gzip, "compress", None)

        assert asked(static_files, SCRIPT, accept_encoding="gzip").content == first

    def test_are_not_sent_again_when_they_have_not_changed(self, static_files: CompressedStaticFiles) -> None:
        etag = asked(static_files, SCRIPT, accept_encoding="gzip")["ETag"]

        again = asked(static_files, SCRIPT, accept_encoding="gzip", if_none_match=etag)

        assert again.status_code == 304
        assert again["Vary"] == "Accept-Encoding"

    def test_stay_as_they_are_where_a_part_is_asked_for(self, static_files: CompressedStaticFiles) -> None:
        part = asked(static_files, SCRIPT, accept_encoding="gzip", range="bytes=0-9999")

        assert part.status_code == 206
        assert "Content-Encoding" not in part

    def test_do_not_include_pages(self, static_files: CompressedStaticFiles) -> None:
        assert "Content-Encoding" not in asked(static_files, "/", accept_encoding="gzip")
