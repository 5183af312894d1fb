"""What tests read off the pages of evidence."""

import re
from html import unescape
from typing import Any

from django.test import Client

AUDIT = "/evidence/audit/"


def shown(client: Client, path: str = AUDIT, status: int = 200, **asked: str) -> str:
    answer: Any = client.get(path, asked)
    assert answer.status_code == status, (answer.status_code, answer.get("Location"))
    assert answer["Cache-Control"] == "no-store"
    return str(answer.content.decode())


def words(html: str) -> str:
    """Return what stands on the page, below the head of every page."""
    body = html.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def indexes(html: str) -> list[str]:
    """Return the entries of a list, in their order."""
    return re.findall(r'<th scope="row"[^>]*data-label="Entry"><a [^>]*>(\d+)</a>', html)


def link(html: str, words: str) -> str:
    """Return where the link of those words leads."""
    found = re.search(rf'href="([^"]+)"[^>]*>{re.escape(words)}<', html)
    assert found, html
    return unescape(found[1])
