import io
from typing import Any

import pytest

from gaterhub.api.parsing import BODY_MAX_BYTES, DEPTH_MAX, BoundedJsonParser
from instances.error_codes import Refusal


def parsed(body: bytes) -> Any:
    return BoundedJsonParser().parse(io.BytesIO(body))


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


class TestBoundedJsonParser:
    def test_returns_what_the_body_says(self) -> None:
        assert parsed(b'{"name": "n"}') == {"name": "n"}

    def test_takes_what_nests_as_deep_as_is_allowed(self) -> None:
        parsed(nested(DEPTH_MAX))

    @pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 200, 100_000])
    def test_refuses_what_nests_deeper(self, depth: int) -> None:
        with pytest.raises(Refusal, match=f"{depth} deep; at most {DEPTH_MAX}"):
            parsed(nested(depth))

    def test_counts_no_brackets_in_texts(self) -> None:
        assert parsed(b'["' + b"[" * 500 + rb"\"[" + b'"]') == ["[" * 500 + '"[']

    def test_reads_no_more_than_it_takes(self) -> None:
        stream = io.BytesIO(b" " * (BODY_MAX_BYTES * 3))

        with pytest.raises(Refusal, match="over 262,144 bytes") as refused:
            BoundedJsonParser().parse(stream)

        assert refused.value.code == "too_large"
        assert stream.tell() == BODY_MAX_BYTES + 1

    @pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'"\xff"', b"[1,]", b'"\\ud800"', b"[" * 30])
    def test_refuses_what_is_no_json(self, body: bytes) -> None:
        with pytest.raises(Refusal) as refused:
            parsed(body)

        assert refused.value.code == "bad_request"
