"""Who reads evidence on the pages, and what is told about it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gaterhub.acts import evidence_reads
from instances.access.models import Grant
from instances.access.rights import Verb
from tests.accounts import account

Reader = Callable[..., Client]


@pytest.fixture
def reader() -> Reader:
    """Give a function that logs somebody in who has a role, or a grant to query a pattern of `audit`."""

    def log_in(name: str, *, role: str | None = None, pattern: str | None = None, personal: bool = False) -> Client:
        user = account(name, role) if role else User.objects.create_user(name)
        if pattern is not None:
            Grant.objects.create(user=user, verb=Verb.QUERY, instance="audit", pattern=pattern, personal=personal)
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def auditor(reader: Reader) -> Client:
    return reader("vera", role="auditor")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Hear the reads of evidence instead of having them published."""
    heard: list[Any] = []
    monkeypatch.setattr(evidence_reads, "_reads", evidence_reads.EvidenceReads(say=heard.append))
    return heard
