import json
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from instances.event import BadEvent
from instances.journal.canonical import canonical, number, read

SAFE = 2**53 - 1
"""The largest integer that the library takes."""

texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
numbers = st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)
# The keys that UTF-8 and UTF-16 sort differently stand at the end of the Basic Multilingual Plane, and after it.
awkward = st.dictionaries(st.text(st.sampled_from("az\u20ac\ue000\ufb33\uffff\U00010000\U0001f600")), st.integers(0, 9))


def canonical_of(text: str | bytes) -> bytes:
    return canonical(read(text.encode() if isinstance(text, str) else text))


class TestCanonical:
    @given(st.dictionaries(texts, values))
    def test_is_what_the_library_says(self, value: dict[str, Any]) -> None:
        assert canonical_of(json.dumps(value)) == rfc8785.dumps(value)

    @given(awkward)
    def test_sorts_as_the_library_does(self, value: dict[str, int]) -> None:
        assert canonical_of(json.dumps({"outer": value})) == rfc8785.dumps({"outer": value})

    @given(st.dictionaries(texts, values))
    def test_says_it_again_of_what_it_said(self, value: dict[str, Any]) -> None:
        # But for numbers like 1e20, which are written as integers that no event may have.
        once = canonical({"value": canonical_of(json.dumps(value)).decode()})

        assert canonical_of(once) == once

    def test_writes_the_example_of_section_3_2_2(self) -> None:
        text = r"""{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"""

        assert (
            canonical_of(text)
            == (
                '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
                '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
            ).encode()
        )

    def test_sorts_the_example_of_section_3_2_3(self) -> None:
        text = r"""{
            "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"
        }"""

        assert list(json.loads(canonical_of(text)).values()) == [
            "Carriage Return",
            "One",
            "Control",
            "Latin Small Letter O With Diaeresis",
            "Euro Sign",
            "Emoji: Grinning Face",
            "Hebrew Letter Dalet With Dagesh",
        ]


class TestNumber:
    # RFC 8785, appendix B.
    @pytest.mark.parametrize(
        ("bits", "text"),
        [
            ("0000000000000000", "0"),
            ("8000000000000000", "0"),
            ("0000000000000001", "5e-324"),
            ("8000000000000001", "-5e-324"),
            ("7fefffffffffffff", "1.7976931348623157e+308"),
            ("ffefffffffffffff", "-1.7976931348623157e+308"),
            ("4340000000000000", "9007199254740992"),
            ("c340000000000000", "-9007199254740992"),
            ("4430000000000000", "295147905179352830000"),
            ("44b52d02c7e14af5", "9.999999999999997e+22"),
            ("44b52d02c7e14af6", "1e+23"),
            ("44b52d02c7e14af7", "1.0000000000000001e+23"),
            ("444b1ae4d6e2ef4e", "999999999999999700000"),
            ("444b1ae4d6e2ef4f", "999999999999999900000"),
            ("444b1ae4d6e2ef50", "1e+21"),
            ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
            ("3eb0c6f7a0b5ed8d", "0.000001"),
            ("41b3de4355555553", "333333333.3333332"),
            ("41b3de4355555554", "333333333.33333325"),
            ("41b3de4355555555", "333333333.3333333"),
            ("41b3de4355555556", "333333333.3333334"),
            ("41b3de4355555557", "333333333.33333343"),
            ("becbf647612f3696", "-0.0000033333333333333333"),
            ("43143ff3c1cb0959", "1424953923781206.2"),
        ],
    )
    def test_is_written_as_ecmascript_does(self, bits: str, text: str) -> None:
        [value] = struct.unpack(">d", bytes.fromhex(bits))

        assert bytes(number(repr(value))).decode() == text


class TestRead:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ('{"a":1,"b":2,"a":1}', "a"),
            ('{"data":{"a":{"b":1,"b":1}}}', "data.a.b"),
            ('{"data":{"a":[{},{"b":1,"c":2,"b":3}]}}', "data.a.1.b"),
            ('{"data":{"a":1,"\\u0061":1}}', "data.a"),
        ],
    )
    def test_refuses_a_key_that_stands_twice(self, text: str, place: str) -> None:
        with pytest.raises(BadEvent, match=f"^`{place}` stands more than once in its object"):
            read(text.encode())

    @pytest.mark.parametrize(
        "digits",
        ["9007199254740993", "-9007199254740993", "9999999999999999", "18446744073709551616", "1" + "0" * 40],
        ids=len,
    )
    def test_refuses_an_integer_that_readers_would_take_for_another(self, digits: str) -> None:
        with pytest.raises(BadEvent, match=r"^`data.counts.1` is an integer beyond ±2\^53") as caught:
            read(b'{"data":{"counts":[0,%b]}}' % digits.encode())
        assert caught.value.code == "bad_request"

    @pytest.mark.parametrize("integer", [2**53, -(2**53), 2**53 - 1, 0])
    def test_takes_an_integer_that_every_reader_tells_from_the_next(self, integer: int) -> None:
        text = b'{"data":%d,"text":"18446744073709551616"}' % integer

        assert canonical(read(text)) == text

    def test_refuses_a_number_beyond_all_doubles(self) -> None:
        with pytest.raises(BadEvent, match=r"^`data\.a` is a number"):
            read(b'{"data":{"a":1e400}}')

    @pytest.mark.parametrize(
        ("text", "place"), [(r'{"data":{"a":"x\u0000"}}', "data.a"), (r'{"data":{"a\u0000":1}}', "data")]
    )
    def test_refuses_a_nul(self, text: str, place: str) -> None:
        with pytest.raises(BadEvent, match=f"^`{place}` .* NUL"):
            read(text.encode())

    def test_takes_a_backslash_before_what_looks_like_a_nul(self) -> None:
        assert read(rb'{"data":"\\u0000"}') == {"data": r"\u0000"}

    @pytest.mark.parametrize("text", [r'{"a":"\ud800"}', '{"a":NaN}', "{", '{"a":-}'])
    def test_refuses_what_is_no_json_for_every_reader(self, text: str) -> None:
        with pytest.raises(BadEvent, match="is no JSON that every reader can read"):
            read(text.encode())

    def test_goes_as_deep_as_an_event_may(self) -> None:
        text = b'{"a":' + b"[" * 62 + b'{"b":1,"b":1}' + b"]" * 62 + b"}"

        with pytest.raises(BadEvent, match=r"^`a(\.0){62}\.b`"):
            read(text)
