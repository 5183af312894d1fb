from typing import Any
from uuid import UUID

import pytest

from instances.journal import receipts
from instances.journal.keys import SigningKey

KEY = SigningKey.of(b"k" * 32)
TAKEN: dict[str, Any] = {
    "log": "hub.example/audit",
    "event_id": UUID(int=7),
    "received_ms": 1_700_000_000_000,
    "leaf_hash": b"h" * 32,
}


class TestReceipt:
    def test_is_over_the_text_that_is_promised(self) -> None:
        assert receipts.receipt_text(**TAKEN) == (
            "gaterhub-receipt/v1\nhub.example/audit\n00000000-0000-0000-0000-000000000007\n1700000000000\n"
            + "68" * 32
            + "\n"
        )

    def test_verifies_with_the_key_that_signed(self) -> None:
        signature = receipts.sign(**TAKEN, key=KEY)

        assert receipts.verify(signature, **TAKEN, public=KEY.public)
        assert not receipts.verify(signature, **TAKEN, public=SigningKey.of(b"o" * 32).public)

    @pytest.mark.parametrize(
        "other",
        [
            {"log": "hub.example/security"},
            {"event_id": UUID(int=8)},
            {"received_ms": 1_700_000_000_001},
            {"leaf_hash": b"i" * 32},
        ],
    )
    def test_does_not_verify_for_anything_else(self, other: dict[str, Any]) -> None:
        signature = receipts.sign(**TAKEN, key=KEY)

        assert not receipts.verify(signature, **(TAKEN | other), public=KEY.public)

    @pytest.mark.parametrize("signature", ["", "é", "AAAA", "!!!!", "A" * 92])
    def test_does_not_verify_where_it_is_none(self, signature: str) -> None:
        assert not receipts.verify(signature, **TAKEN, public=KEY.public)
