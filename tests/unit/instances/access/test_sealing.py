import base64
import os
from typing import Any

import pytest

from instances.access.sealing import BadKey, CannotOpen, Keyring, derived_key, id_of, key_of, keyring

SECRET = "ghs_" + "a" * 43
ONE, OTHER = b"1" * 32, b"2" * 32


class TestKeyring:
    def test_opens_what_it_sealed(self) -> None:
        keys = Keyring.of(ONE)

        assert keys.open(keys.seal(SECRET, place="a"), place="a") == SECRET

    def test_seals_the_same_differently_each_time_and_shows_nothing_of_it(self) -> None:
        sealed = {Keyring.of(ONE).seal(SECRET, place="a") for _ in range(3)}

        assert len(sealed) == 3
        assert all(SECRET not in text and text.startswith(f"v1.{id_of(ONE)}.") for text in sealed)

    def test_does_not_open_it_in_another_place(self) -> None:
        keys = Keyring.of(ONE)

        with pytest.raises(CannotOpen, match="another place"):
            keys.open(keys.seal(SECRET, place="a"), place="b")

    def test_does_not_open_what_was_changed(self) -> None:
        keys = Keyring.of(ONE)
        head, _, body = keys.seal(SECRET, place="a").rpartition(".")
        changed = bytearray(base64.urlsafe_b64decode(body))
        changed[20] ^= 1

        with pytest.raises(CannotOpen, match="was changed"):
            keys.open(f"{head}.{base64.urlsafe_b64encode(changed).decode()}", place="a")

    def test_names_the_key_that_it_lacks(self) -> None:
        sealed = Keyring.of(ONE).seal(SECRET, place="a")

        with pytest.raises(CannotOpen, match=f"{id_of(ONE)}.*GATERHUB_ENCRYPTION_KEYS_OLD"):
            Keyring.of(OTHER).open(sealed, place="a")

    @pytest.mark.parametrize("text", ["", "v1", "v2.00000000.AAAA", f"v1.{id_of(ONE)}.", f"v1.{id_of(ONE)}.%%"])
    def test_refuses_what_it_never_sealed(self, text: str) -> None:
        with pytest.raises(CannotOpen):
            Keyring.of(ONE).open(text, place="a")

    def test_opens_with_an_old_key_and_seals_with_the_new_one(self) -> None:
        old = Keyring.of(ONE).seal(SECRET, place="a")
        rotated = Keyring.of(OTHER, ONE)

        assert rotated.open(old, place="a") == SECRET
        assert not rotated.is_current(old)
        assert rotated.is_current(rotated.seal(SECRET, place="a"))
        with pytest.raises(CannotOpen):
            Keyring.of(ONE).open(rotated.seal(SECRET, place="a"), place="a")

    def test_does_not_show_its_keys(self) -> None:
        assert "1111" not in repr(Keyring.of(ONE))


class TestKeyOf:
    def test_reads_either_alphabet(self) -> None:
        key = b"\xff\xfb" * 16

        assert key_of(base64.b64encode(key).decode()) == key_of(base64.urlsafe_b64encode(key).decode()) == key

    @pytest.mark.parametrize(("text", "why"), [("%", "no base64"), ("AAAA", "3 bytes"), ("", "0 bytes")])
    def test_says_what_is_wrong(self, text: str, why: str) -> None:
        with pytest.raises(BadKey, match=why):
            key_of(text)


class TestTheHubsKeys:
    def test_are_derived_from_the_secret_key_where_none_is_set(self, settings: Any) -> None:
        assert keyring().sealing == derived_key(settings.SECRET_KEY)

    def test_open_what_the_secret_key_sealed_once_a_key_is_set(self, settings: Any) -> None:
        sealed = keyring().seal(SECRET, place="a")

        settings.GATERHUB_ENCRYPTION_KEY = base64.b64encode(os.urandom(32)).decode()

        assert keyring().open(sealed, place="a") == SECRET
        assert not keyring().is_current(sealed)

    def test_open_with_the_old_ones(self, settings: Any) -> None:
        settings.GATERHUB_ENCRYPTION_KEY = base64.b64encode(ONE).decode()
        sealed = keyring().seal(SECRET, place="a")

        settings.GATERHUB_ENCRYPTION_KEY = base64.b64encode(OTHER).decode()
        with pytest.raises(CannotOpen):
            keyring().open(sealed, place="a")
        settings.GATERHUB_ENCRYPTION_KEYS_OLD = [base64.b64encode(ONE).decode()]
        assert keyring().open(sealed, place="a") == SECRET
