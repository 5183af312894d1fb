import hashlib
import hmac
import json
from typing import Any

import pytest

from instances.event import BadEvent
from instances.publishing.signing import canonical, canonical_of, mac_of, sign

SECRET = "ghs_" + "0123456789" * 4 + "abc"
EVENT = {
    "id": "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e",
    "topic": "audit_trail:orders",
    "event_type": "data_access",
    "timestamp": 1672531200000,
    "data": {"user": "ana", "über": "€", "count": 3, "share": 0.5, "none": None, "ok": True},
    "metadata": {},
}
CANONICAL = (
    '{"data":{"count":3,"none":null,"ok":true,"share":0.5,"user":"ana","über":"€"},"event_type":"data_access",'
    '"id":"0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e","instance":"audit","metadata":{},"timestamp":1672531200000,'
    '"topic":"audit_trail:orders"}'
)
SIGNATURE = "e5752f4dfe84116373ca4018df2b1ba02ba55bfbfde0bd9de401643878edac08"


class TestSignature:
    def test_is_that_of_the_documented_vector(self) -> None:
        assert canonical(EVENT, "audit").decode() == CANONICAL
        assert sign(EVENT, "audit", SECRET) == EVENT | {"signature": SIGNATURE}

    def test_is_what_the_standard_library_says_of_the_vector(self) -> None:
        text = json.dumps(
            EVENT | {"instance": "audit"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ).encode()

        assert hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest() == SIGNATURE

    def test_is_for_the_instance_s_own_name_whatever_it_was_called(self) -> None:
        assert sign(EVENT, ":ex_esdb_audit", SECRET)["signature"] == SIGNATURE
        assert sign(EVENT, "security", SECRET)["signature"] != SIGNATURE

    def test_comes_with_an_id_and_a_time_where_there_were_none(self) -> None:
        signed = sign({"topic": "a", "event_type": "b"}, "audit", SECRET)

        assert {"id", "timestamp", "signature"} <= set(signed)
        named = {key: value for key, value in signed.items() if key != "signature"}
        assert sign(named, "audit", SECRET) == signed

    def test_leaves_the_event_itself_as_it_was(self) -> None:
        event = {"topic": "a", "event_type": "b"}
        sign(event, "audit", SECRET)

        assert event == {"topic": "a", "event_type": "b"}


# RFC 8785 appendix B and section 3.2.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.0", "1"),
        ("-0.0", "0"),
        ("1e21", "1e+21"),
        ("333333333.33333329", "333333333.3333333"),
        ("1E30", "1e+30"),
        ("0.000001", "0.000001"),
        ("1e-27", "1e-27"),
        ('"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ('{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}', None),
    ],
)
def test_canonical_form_is_that_of_the_rfc(value: str, text: str | None) -> None:
    expected = text or '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"\U0001f600":5,"\ufb33":3}'

    _, written = canonical_of(f'{{"data":{value}}}'.encode(), "audit")

    assert written.decode() == f'{{"data":{expected},"instance":"audit"}}'


class TestCanonicalForm:
    @pytest.mark.parametrize("number", [2**53, -(2**53), 10**30])
    def test_is_refused_to_integers_that_readers_disagree_about(self, number: int) -> None:
        with pytest.raises(BadEvent, match=f"{number} is beyond"):
            canonical({"data": {"n": number}}, "audit")

    def test_takes_the_largest_integers_that_they_agree_about(self) -> None:
        assert str(2**53 - 1).encode() in canonical({"data": 2**53 - 1}, "audit")

    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            (b'{"data":{"a":1,"a":2}}', "'a' stands more than once"),
            (b'{"data":1e999}', "not representable"),
            (b'{"data":"\\ud800"}', "UTF-8"),
            (b"{", "no canonical form"),
        ],
    )
    def test_is_refused_to_what_has_none(self, raw: bytes, why: str) -> None:
        with pytest.raises(BadEvent, match=why):
            canonical_of(raw, "audit")

    def test_covers_everything_but_the_signature(self) -> None:
        whole: dict[str, Any] = EVENT | {"signature": "f" * 64}

        assert canonical(whole, "audit") == canonical(EVENT, "audit")
        for key in EVENT:
            rest = {name: value for name, value in EVENT.items() if name != key}
            assert mac_of(canonical(rest, "audit"), b"k") != mac_of(canonical(EVENT, "audit"), b"k")
