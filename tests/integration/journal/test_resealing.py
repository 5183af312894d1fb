import base64
import os
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from instances.access.sealing import keyring
from instances.journal import resealing, vault
from instances.journal.models import JournalSecret, PersonalPart, SubjectKey
from instances.journal.opened import event_of
from instances.journal.resealing import reseal
from instances.journal.router import ALIAS
from tests.evidence import ADMIN_OPERATION, drafted

pytestmark = [pytest.mark.usefixtures("journal"), pytest.mark.django_db]


def new_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def ignored(done: int, total: int) -> None:
    """Tell nobody."""


class TestReseal:
    def test_leaves_the_older_key_without_use(self, settings: Any) -> None:
        draft = drafted(ADMIN_OPERATION, address="198.51.100.9")
        parts = vault.seal_parts("audit", [draft], using=ALIAS)
        PersonalPart.objects.bulk_create([PersonalPart(**part._asdict()) for part in parts])
        actor = vault.blind("actor", "ada", using=ALIAS)
        settings.GATERHUB_ENCRYPTION_KEY = new_key()

        done = reseal(using=ALIAS, tell=ignored)

        settings.SECRET_KEY = "another" * 10
        vault.forget_keys()
        opened = vault.open_parts("audit", [draft.id], using=ALIAS)[draft.id]
        assert event_of(draft.body, opened)["data"] == ADMIN_OPERATION[1]["data"]
        assert vault.blind("actor", "ada", using=ALIAS) == actor
        assert (done.secrets, done.subjects, done.lost) == (1, 2, [])

    def test_goes_on_where_it_was_ended(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(resealing, "BATCH_ROWS", 3)
        people = [drafted(ADMIN_OPERATION, data=ADMIN_OPERATION[1]["data"] | {"actor": f"p{n}"}) for n in range(10)]
        vault.seal_parts("audit", people, using=ALIAS)
        settings.GATERHUB_ENCRYPTION_KEY = new_key()
        told: list[tuple[int, int]] = []

        def ended(done: int, total: int) -> None:
            told.append((done, total))
            if len(told) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            reseal(using=ALIAS, tell=ended)
        assert told == [(3, 10), (6, 10)]

        assert reseal(using=ALIAS, tell=lambda *each: told.append(each)).subjects == 4
        assert told[2:] == [(3, 4), (4, 4)]
        current = keyring().current_beginning
        assert all(wrapped.startswith(current) for wrapped in SubjectKey.objects.values_list("wrapped", flat=True))

    def test_does_not_bring_back_what_was_erased(self, settings: Any) -> None:
        vault.seal_parts("audit", [drafted(ADMIN_OPERATION)], using=ALIAS)
        SubjectKey.objects.update(wrapped="")
        settings.GATERHUB_ENCRYPTION_KEY = new_key()

        done = reseal(using=ALIAS, tell=ignored)

        assert (done.subjects, done.lost) == (0, [])
        assert SubjectKey.objects.get().wrapped == ""


class TestCommand:
    def test_says_what_it_did(self, settings: Any) -> None:
        vault.seal_parts("audit", [drafted(ADMIN_OPERATION)], using=ALIAS)
        settings.GATERHUB_ENCRYPTION_KEY = new_key()
        out = StringIO()

        call_command("reseal_secrets", stdout=out)

        assert "Keys of persons in the journal sealed anew: 1.\n" in out.getvalue()
        assert "Secrets of the journal's own sealed anew: 1.\n" in out.getvalue()

    def test_names_what_no_key_opens_and_does_the_rest(self, settings: Any) -> None:
        vault.seal_parts("audit", [drafted(ADMIN_OPERATION)], using=ALIAS)
        lost = SubjectKey.objects.get()
        SubjectKey.objects.update(wrapped="v1.00000000.AAAA")
        settings.GATERHUB_ENCRYPTION_KEY = new_key()

        with pytest.raises(CommandError, match=rf"No key opens subject {lost.pk} of the journal"):
            call_command("reseal_secrets", stdout=StringIO())

        assert keyring().is_current(JournalSecret.objects.get().sealed)
