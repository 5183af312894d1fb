import re
from hashlib import sha256

import pytest

from instances.access.secret import digest_of, new_token_text, prefix_of


class TestANewToken:
    def test_has_the_form_gh_prefix_secret(self) -> None:
        assert re.fullmatch(r"gh_[a-z0-9]{8}_[A-Za-z0-9]{43}", new_token_text())

    def test_holds_256_random_bits(self) -> None:
        secret = new_token_text().rpartition("_")[2]

        assert 62 ** len(secret) >= 2**256

    def test_is_never_the_same_twice(self) -> None:
        assert len({new_token_text() for _ in range(1_000)}) == 1_000


class TestPrefixOf:
    def test_gives_the_part_between_the_underlines(self) -> None:
        assert prefix_of("gh_abcd1234_" + "S" * 43) == "abcd1234"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "gh_",
            "Bearer",
            "gh_abcd1234_" + "S" * 42,
            "gh_abcd1234_" + "S" * 44,
            "gh_ABCD1234_" + "S" * 43,
            "ghp_abcd1234_" + "S" * 43,
            "gh_abcd1234_" + "S" * 42 + "\0",
            "gh_abcd1234_" + "S" * 42 + "é",
            "gh_abcd1234_" + "S" * 43 + "\n",
            " gh_abcd1234_" + "S" * 43,
            "gh_abcd1234_" + "S" * 100_000,
        ],
    )
    def test_gives_none_for_what_is_no_token(self, text: str) -> None:
        assert prefix_of(text) is None


class TestDigestOf:
    def test_is_the_sha_256_of_the_whole_text(self) -> None:
        assert digest_of("gh_a") == sha256(b"gh_a").hexdigest()
