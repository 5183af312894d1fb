from uuid import UUID

import pytest

from instances.journal import receipts
from instances.journal.keys import SigningKey
from instances.journal.receipts import Taken

KEY = SigningKey.of(b"k" * 32)
LOG = "hub.example/audit"
FIRST = Taken(UUID(int=7), 1_700_000_000_000, b"h" * 32)
SECOND = Taken(UUID(int=8), 1_700_000_000_001, b"i" * 32)


class TestReceipt:
    def test_is_over_the_text_that_is_promised(self) -> None:
        assert receipts.receipt_text(LOG, [FIRST, SECOND]) == (
            "gaterhub-receipt/v1\nhub.example/audit\n"
            f"00000000-0000-0000-0000-000000000007 1700000000000 {'68' * 32}\n"
            f"00000000-0000-0000-0000-000000000008 1700000000001 {'69' * 32}\n"
        )

    def test_verifies_with_the_key_that_signed(self) -> None:
        signature = receipts.sign(LOG, [FIRST, SECOND], KEY)

        assert receipts.verify(signature, LOG, [FIRST, SECOND], public=KEY.public)
        assert not receipts.verify(signature, LOG, [FIRST, SECOND], public=SigningKey.of(b"o" * 32).public)

    @pytest.mark.parametrize(
        ("log", "taken"),
        [
            ("hub.example/security", [FIRST]),
            (LOG, [FIRST._replace(event_id=UUID(int=8))]),
            (LOG, [FIRST._replace(received_ms=1_700_000_000_001)]),
            (LOG, [FIRST._replace(leaf_hash=b"i" * 32)]),
            (LOG, [FIRST, SECOND]),
            (LOG, []),
        ],
    )
    def test_does_not_verify_for_anything_else(self, log: str, taken: list[Taken]) -> None:
        signature = receipts.sign(LOG, [FIRST], KEY)

        assert not receipts.verify(signature, log, taken, public=KEY.public)

    @pytest.mark.parametrize("signature", ["", "é", "AAAA", "!!!!", "A" * 92])
    def test_does_not_verify_where_it_is_none(self, signature: str) -> None:
        assert not receipts.verify(signature, LOG, [FIRST], public=KEY.public)
