import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.catalog import find
from instances.error_codes import Refusal
from instances.event import TIMESTAMP_MAX_MS, Prepared, compact, new_id, prepare
from instances.severity import RANKS

HEALTH = find("health")
TOPIC = "subscription_health:prod:users"
RECEIVED_MS = 1_672_531_200_004
ID = "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e"

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))
values = st.recursive(scalars | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


def take(body: bytes | str) -> Prepared:
    """Check a body as the pipeline does with one event."""
    return prepare(HEALTH, compact(body), publisher_json=b'"gater-1"', clock=lambda: RECEIVED_MS)


def body_of(**more: Any) -> str:
    return json.dumps({"topic": TOPIC, "event_type": "registration_success"} | more)


def body_with_data(raw: bytes) -> bytes:
    return b'{"topic":"a","event_type":"t","data":%b}' % raw


def refusal_of(body: bytes | str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        take(body)
    return caught.value


def on_the_wire(prepared: Prepared) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(prepared.wire("k3f9", 41))
    return event


class TestWireForm:
    def test_is_the_event_of_the_contract_with_its_keys_in_order(self) -> None:
        prepared = take(body_of(id=ID, timestamp=1_672_531_200_000, data={"store_id": "prod"}, metadata={"attempt": 1}))

        event = on_the_wire(prepared)
        assert list(event.items()) == [
            ("id", ID),
            ("instance", "health"),
            ("topic", TOPIC),
            ("stream", "health.subscription_health"),
            ("offset", 41),
            ("epoch", "k3f9"),
            ("event_type", "registration_success"),
            ("timestamp", 1_672_531_200_000),
            ("received", RECEIVED_MS),
            ("schema_version", 1),
            ("publisher", "gater-1"),
            ("data", {"store_id": "prod"}),
            ("metadata", {"attempt": 1}),
        ]

    def test_fills_in_what_was_left_out(self) -> None:
        event = on_the_wire(take(body_of()))

        assert UUID(event["id"]).version == 7
        assert event["timestamp"] == event["received"] == RECEIVED_MS
        assert (event["schema_version"], event["data"], event["metadata"]) == (1, None, {})

    def test_stands_on_one_line_without_spaces(self) -> None:
        wire = take('{ "topic": "a",\n "event_type": "t",\r\n\t"data": [ 1 , {"k" : "v w"} ] }').wire("e", 1)

        assert b"\n" not in wire
        assert b'"data":[1,{"k":"v w"}]' in wire

    @pytest.mark.parametrize(
        "raw", [b"null", b"{}", b"[]", b'""', b'"text"', b"0", b"-0.0", b"1.10", b"1E5", b"12345678901234567890123"]
    )
    def test_carries_any_json_value_as_it_came(self, raw: bytes) -> None:
        assert b'"data":%b,"metadata"' % raw in take(body_with_data(raw)).wire("e", 1)

    @given(data=values, metadata=st.dictionaries(texts, values), ascii=st.booleans())
    def test_parses_back_to_what_was_sent(self, data: Any, metadata: dict[str, Any], ascii: bool) -> None:
        sent = {"topic": TOPIC, "event_type": "t", "data": data, "metadata": metadata}

        event = on_the_wire(take(json.dumps(sent, ensure_ascii=ascii)))

        assert (event["data"], event["metadata"]) == (data, metadata)

    def test_names_the_severity_that_the_data_tells(self) -> None:
        said = body_of(event_type="anything", data={"level": "critical"})
        assert take(said).severity > take(body_of(event_type="anything", data={})).severity

    def test_names_the_severity_of_its_type_where_the_data_tells_none(self) -> None:
        error = json.dumps({"topic": "error_reports:web", "event_type": "error_report", "data": {"message": "x"}})
        said = json.dumps({"topic": "logs:web:debug", "event_type": "log_record", "data": {"message": "x"}})
        logging = find("logging")

        ranks = [prepare(logging, compact(body), publisher_json=b'"p"').severity for body in (error, said)]

        assert ranks == [RANKS["error"], RANKS["info"]]


class TestEnvelope:
    @pytest.mark.parametrize("key", ["topic", "event_type"])
    def test_asks_for_what_is_required(self, key: str) -> None:
        event = json.loads(body_of())
        del event[key]

        refusal = refusal_of(json.dumps(event))

        assert refusal.code == "bad_request"
        assert key in refusal.message

    @pytest.mark.parametrize("key", ["stream", "offset", "epoch", "received", "publisher", "index"])
    def test_refuses_a_key_that_the_hub_sets(self, key: str) -> None:
        refusal = refusal_of(body_of(**{key: 1}))

        assert (refusal.code, refusal.message) == ("bad_request", f"`{key}` is set by the hub; leave it out.")

    def test_names_an_unknown_key_and_the_known_ones(self) -> None:
        refusal = refusal_of(body_of(payload={}))

        assert refusal.code == "bad_request"
        assert "`payload`" in refusal.message
        assert "event_type" in refusal.message

    def test_refuses_an_instance_where_the_address_names_it(self) -> None:
        assert "address names the instance" in refusal_of(body_of(instance="health")).message

    @pytest.mark.parametrize(
        "topic",
        ["", "a::b", ":a", "a:", "sub*:x", "*", "a b", "a\0b", "a:\N{GRINNING FACE}", ":".join("abcdefghi"), "a" * 300],
    )
    def test_refuses_a_malformed_topic(self, topic: str) -> None:
        assert refusal_of(body_of(topic=topic)).code == "bad_topic"

    @pytest.mark.parametrize("event_type", ["", "a b", ".hidden", "a\0", "\N{GRINNING FACE}", "a" * 129, "a:b", "a\n"])
    def test_refuses_a_malformed_event_type(self, event_type: str) -> None:
        for _ in range(2):
            assert refusal_of(body_of(event_type=event_type)).code == "bad_request"

    @pytest.mark.parametrize("event_type", ["a", "_a", "0", "a" * 128, "registration.success-2"])
    def test_takes_a_proper_event_type(self, event_type: str) -> None:
        assert on_the_wire(take(body_of(event_type=event_type)))["event_type"] == event_type

    @pytest.mark.parametrize("metadata", [None, [], "text", 1, True])
    def test_refuses_metadata_that_is_no_object(self, metadata: Any) -> None:
        assert "`metadata` must be a JSON object" in refusal_of(body_of(metadata=metadata)).message

    @pytest.mark.parametrize(
        "body",
        [
            b'{"topic":"a","event_type":"t","topic":"b"}',
            b'{"topic":"a","event_type":"t","data":1,"data":1}',
            b'{"topic":"a","event_type":"t","data":1,"data":2,"data":3}',
            b'{"topic":"a","event_type":"t","data":1,"\\u0064ata":2}',
            b'{"\\u0074opic":"a","topic":"a","event_type":"t"}',
            b'{"topic":"a","event_type":"t","metadata":{},"metadata":{}}',
        ],
    )
    def test_refuses_a_repeated_key_however_it_is_spelled(self, body: bytes) -> None:
        refusal = refusal_of(body)

        assert refusal.code == "bad_request"
        assert "times in the event" in refusal.message

    def test_takes_escaped_keys_that_are_not_repeated(self) -> None:
        event = on_the_wire(take(b'{"\\u0074opic":"a","event_type":"\\u0074","data":{"a":1,"a":2}}'))

        assert (event["topic"], event["event_type"], event["data"]) == ("a", "t", {"a": 2})


class TestJson:
    @pytest.mark.parametrize(
        "body", [b"", b"{", b"{}x", b"not json", b'{"topic":"a",}', b"{'topic':'a'}", b"\xef\xbb\xbf{}", b"[" * 100_000]
    )
    def test_refuses_a_body_that_is_none(self, body: bytes) -> None:
        assert refusal_of(body).code == "bad_request"

    @pytest.mark.parametrize("body", [b"null", b"1", b'"event"', b"true"])
    def test_refuses_a_body_that_is_no_object(self, body: bytes) -> None:
        assert refusal_of(body).code == "bad_request"

    @pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"01", b"1.", b"+1"])
    def test_refuses_a_number_that_is_none_to_every_reader(self, number: bytes) -> None:
        assert refusal_of(body_with_data(number)).code == "bad_request"
        assert refusal_of(body_with_data(b'{"deep":[%b]}' % number)).code == "bad_request"

    @pytest.mark.parametrize(
        "text",
        [
            b"\\u0000",
            b"a\\u0000b",
            b"\\\\\\u0000",
            b"\x00",
            b"\\ud800",
            b"\\udc00",
            b"\\ud800\\ud800",
            b"\\ud800 and more",
            b"\xed\xa0\x80",
            b"\xff",
            b"\\x41",
            b"a\tb",
        ],
    )
    @pytest.mark.parametrize("place", [b'"%b"', b'{"deep":["%b"]}', b'{"%b":1}'])
    def test_refuses_text_with_nul_or_half_characters(self, text: bytes, place: bytes) -> None:
        assert refusal_of(body_with_data(place % text)).code == "bad_request"
        assert refusal_of(b'{"topic":"a","event_type":"t","metadata":{"m":%b}}' % (place % text)).code == "bad_request"

    @pytest.mark.parametrize("text", [b"\\\\u0000", b"\\\\\\\\u0000", b"\\ud83d\\ude00", "\N{GRINNING FACE}".encode()])
    def test_takes_text_that_only_looks_so(self, text: bytes) -> None:
        assert b'"%b"' % text in take(body_with_data(b'"%b"' % text)).wire("e", 1)

    @pytest.mark.parametrize("key", [b"\xff", b"a\\u0000", b"\\ud800"])
    def test_refuses_such_text_as_a_key_of_the_envelope(self, key: bytes) -> None:
        assert refusal_of(b'{"topic":"a","event_type":"t","%b":1}' % key).code == "bad_request"

    def test_refuses_lone_surrogates_of_a_python_string(self) -> None:
        assert refusal_of('{"topic":"a","event_type":"t","data":"\ud800"}').code == "bad_request"

    @given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
    def test_gives_no_other_error_whatever_the_data_is(self, raw: bytes) -> None:
        try:
            topic = json.loads(take(body_with_data(raw)).wire("e", 1))["topic"]
        except Refusal:
            topic = "a"

        assert topic == "a"


class TestDepth:
    @staticmethod
    def nested(depth: int, *, inside: bytes = b"") -> bytes:
        """Return a body that nests so deep, the envelope itself included."""
        return body_with_data(b"[" * (depth - 1) + inside + b"]" * (depth - 1))

    def test_takes_64(self) -> None:
        assert take(self.nested(64)).topic == "a"

    @pytest.mark.parametrize("depth", [65, 200, 900])
    def test_refuses_more(self, depth: int) -> None:
        refusal = refusal_of(self.nested(depth))

        assert refusal.code == "bad_request"
        assert f"{depth} deep" in refusal.message

    def test_counts_objects_as_well_as_arrays(self) -> None:
        deep = b'{"a":[' * 32 + b"]}" * 32

        assert "65 deep" in refusal_of(body_with_data(deep)).message

    @pytest.mark.parametrize("text", [b'"%b"' % (b"[" * 200), b'"\\"%b"' % (b"{[" * 100), b'"\\\\","%b"' % (b"{" * 99)])
    def test_does_not_count_brackets_inside_text(self, text: bytes) -> None:
        assert take(self.nested(64, inside=text)).topic == "a"
        assert "65 deep" in refusal_of(self.nested(65, inside=text)).message

    def test_does_not_count_neighbours(self) -> None:
        assert take(body_with_data(b"[" + b",".join([b"[]"] * 500) + b"]")).topic == "a"


class TestSize:
    @staticmethod
    def sized(size: int) -> bytes:
        """Return a body of so many bytes."""
        return body_with_data(b'"%b"' % (b"x" * (size - len(body_with_data(b'""')))))

    def test_takes_65_536_bytes(self) -> None:
        assert take(self.sized(65_536)).topic == "a"

    @pytest.mark.parametrize("size", [65_537, 65 * 1024])
    def test_refuses_more(self, size: int) -> None:
        refusal = refusal_of(self.sized(size))

        assert (refusal.code, refusal.status) == ("too_large", 413)
        assert f"{size:,}" in refusal.message

    def test_counts_the_compact_form(self) -> None:
        spaced = self.sized(65_536).replace(b":", b" : ").replace(b",", b"\n,    ")

        assert len(spaced) > 65_536
        assert take(spaced).topic == "a"


class TestId:
    def test_is_given_in_small_letters(self) -> None:
        assert take(body_of(id=ID.upper())).id == ID

    @pytest.mark.parametrize(
        "id", ["", "1", ID[:-1], ID + "0", ID.replace("-", ""), f"{{{ID}}}", f"{ID}\n", "g" + ID[1:]]
    )
    def test_must_be_a_uuid(self, id: str) -> None:
        assert "no UUID" in refusal_of(body_of(id=id)).message

    @pytest.mark.parametrize("id", [None, 1])
    def test_must_be_text(self, id: Any) -> None:
        assert refusal_of(body_of(id=id)).code == "bad_request"

    @given(st.integers(0, 2**48 - 1))
    def test_made_by_the_hub_is_a_uuid_of_version_7(self, milliseconds: int) -> None:
        made = UUID(new_id(milliseconds))

        assert made.version == 7
        assert made.variant == "specified in RFC 4122"
        assert made.int >> 80 == milliseconds

    def test_made_by_the_hub_differs_within_a_millisecond(self) -> None:
        assert len({new_id(RECEIVED_MS) for _ in range(1_000)}) == 1_000


class TestNumbers:
    @pytest.mark.parametrize("timestamp", [0, 1, TIMESTAMP_MAX_MS])
    def test_takes_a_timestamp_that_calendars_know(self, timestamp: int) -> None:
        assert on_the_wire(take(body_of(timestamp=timestamp)))["timestamp"] == timestamp

    @pytest.mark.parametrize("timestamp", [-1, TIMESTAMP_MAX_MS + 1, 10**30, 1.5, 1.0, "1", None, True])
    def test_refuses_another_timestamp(self, timestamp: Any) -> None:
        refusal = refusal_of(body_of(timestamp=timestamp))

        assert refusal.code == "bad_request"
        assert "timestamp" in refusal.message

    @pytest.mark.parametrize("version", [1, 1_000_000])
    def test_takes_a_schema_version(self, version: int) -> None:
        assert on_the_wire(take(body_of(event_type="anything", schema_version=version)))["schema_version"] == version

    @pytest.mark.parametrize("version", [0, -1, 1_000_001, 1.0, "1", None])
    def test_refuses_another_schema_version(self, version: Any) -> None:
        assert refusal_of(body_of(schema_version=version)).code == "bad_request"
