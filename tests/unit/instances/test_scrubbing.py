import json
import string
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instances.access.secret import new_token_text
from instances.catalog import INSTANCES, find
from instances.event import Prepared, prepare
from instances.publishing.pipeline import check
from instances.schemas.registry import types_of
from instances.scrubbing import SCRUBBED, is_suspect, scrub, told
from instances.secrets_table import CARD, LONG_RUN, SECRETS, passes_luhn
from instances.supervisor import instances

TOKEN = "gh_7f3a91bc_" + "Zx9" * 14 + "q"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

# What is written, and what must not be left of it. Each is put together here, so that no scanner takes it for real.
PLANTED: dict[str, tuple[str, str]] = {
    "gaterhub token": (f"using {TOKEN} now", TOKEN),
    "gaterhub signing secret": ("ghs_" + "a1B2" * 11, "a1B2a1B2"),
    "GitHub token": ("clone with ghp_" + "a1B2c3" * 6, "a1B2c3a1B2"),
    "GitHub fine-grained token": ("github_pat_" + "a1B2c3" * 6, "a1B2c3a1B2"),
    "AWS access key id": ("AKIA" + "ABCD1234" * 2, "ABCD1234"),
    "Slack token": ("xoxb-" + "123456789012-abcdef", "123456789012"),
    "Slack webhook": ("https://hooks.slack.com/services/T00000000/B00000000/" + "x" * 24, "B00000000"),
    "Stripe key": ("sk_live_" + "a1B2c3d4" * 3, "a1B2c3d4"),
    "webhook secret": ("whsec_" + "a1B2c3d4" * 4, "a1B2c3d4"),
    "Google API key": ("AIza" + "a1B2c" * 7, "a1B2c"),
    "Google access token": ("ya29." + "a1B2c" * 7, "a1B2c"),
    "Google client secret": ("GOCSPX-" + "a1B2c" * 7, "a1B2c"),
    "Google refresh token": ("1//0" + "a1B2c" * 7, "a1B2c"),
    "JSON Web Token": (f"session {JWT}", "dozjgNryP4J3jVm"),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    "password in a URL": ("postgres://ada:s3s@me@db.example/hub", "s3s@me"),
    "Basic credentials": ("sent Basic YWRhOnNlc2FtZQ==", "YWRhOnNlc2FtZQ"),
    "bearer token": ("sent Bearer abc123def456", "abc123def456"),
    "cookies": ("Cookie: sessionid=abc; theme=dark", "abc"),
    "value of a secret's name": ("db_password=s3same, retrying", "s3same"),
    "secret option of a command": ("mysql --password s3same -h db", "s3same"),
}

IN_TEXT = [
    ('{"password":"s3 same","user":"ada"}', "s3 same"),
    ("{'api_key': 's3same'}", "s3same"),
    ('{\\"passwd\\": \\"s3 same\\"}', "s3 same"),
    ("API-KEY => s3same", "s3same"),
    ("pwd: s3same", "s3same"),
    ("GET /cb?access_token=s3same&state=1", "s3same"),
    ("Authorization: Bearer s3same", "s3same"),
    ("Authorization: Digest s3same", "s3same"),
    ("redis://:s3same@cache:6379/0", "s3same"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\ns3same", "s3same"),
    ("paid with 4111 1111 1111 1111 in 12/29", "4111"),
    ("paid with 4111-1111-1111-1111.", "4111"),
    ("paid with 378282246310005", "378282246310005"),
    ("paid with 3056 930902 5904", "930902"),
]

INNOCENT = [
    "Gateway timed out after 5000 ms",
    "basic authentication failed",
    "the bearer is known",
    "token: null",
    "password=None",
    "3 tokens are left, key 7 of 12",
    "at 1672531200000, trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "0190b7c4-5e1a-7c3e-9d2b-4f6a8b0c1d2e took 4503599627370496 bytes",
    "4111 1111 1111 1112 is no card",
    "see https://hub.example:8000/docs and mail ada@example.org",
    "high_resolution_something_that_is_long_enough_1234",
]


def compact(value: Any) -> bytes:
    return msgspec.json.encode(value)


def scrubbed(value: Any) -> Any:
    return json.loads(scrub(compact(value)).payload)


class TestSecrets:
    def test_each_have_an_example_here(self) -> None:
        assert {row.name for row in SECRETS} == set(PLANTED)

    @pytest.mark.parametrize("name", PLANTED)
    def test_do_not_stay(self, name: str) -> None:
        text, secret = PLANTED[name]

        clean = scrub(compact({"message": text}))

        assert secret not in clean.payload.decode()
        assert SCRUBBED in json.loads(clean.payload)["message"]
        assert (clean.secrets, clean.places) == (1, ("message",))

    @pytest.mark.parametrize("name", PLANTED)
    def test_are_found_by_their_own_row(self, name: str) -> None:
        (row,) = (each for each in SECRETS if each.name == name)
        text, _ = PLANTED[name]

        assert row.pattern.search(text) is not None
        assert any(hint in text.lower() for hint in row.hints)

    @pytest.mark.parametrize(("text", "secret"), IN_TEXT)
    def test_do_not_stay_in_whatever_a_program_prints(self, text: str, secret: str) -> None:
        assert secret not in json.dumps(scrubbed({"message": text}))

    @pytest.mark.parametrize("text", INNOCENT)
    def test_are_not_seen_where_none_are(self, text: str) -> None:
        payload = compact({"message": text, "at": 1672531200000, "bytes": 4503599627370496})

        assert scrub(payload) == (payload, 0, ())

    def test_leave_what_stands_around_them(self) -> None:
        assert scrubbed(["db_password=s3same, retrying", '{"token":"x","n":1}']) == [
            "db_password=[scrubbed], retrying",
            '{"token":"[scrubbed]","n":1}',
        ]

    def test_of_a_new_token_are_of_the_form_that_the_table_knows(self) -> None:
        token = new_token_text()

        assert scrubbed({"message": token}) == {"message": SCRUBBED}

    @pytest.mark.parametrize("row", [row for row in SECRETS if row.long], ids=lambda row: row.name)
    def test_that_are_called_long_are_long(self, row: Any) -> None:
        """The quick look passes over what holds no such row of characters."""
        text, _ = PLANTED[row.name]
        short = "".join(each if each not in string.ascii_letters + string.digits + "_-" else "a" for each in text)

        assert "a" * LONG_RUN in short

    @pytest.mark.parametrize(
        "text",
        [
            "eyJ" * 20_000, "password" * 8_000, "password=" + "\\" * 60_000, '\\"' * 30_000, "://a:" * 13_000,
            "4111 " * 13_000, "--" * 30_000, "--a" * 20_000, "-----BEGIN PRIVATE KEY-----" * 2_000, "bearer " * 9_000,
            "cookie" * 10_000, "gh_12345678_" * 5_000,
        ],
        ids=lambda text: text[:8],
    )  # fmt: skip
    def test_are_sought_in_time_that_grows_with_the_text(self, text: str) -> None:
        def seconds(payload: bytes) -> float:
            started = time.thread_time()
            scrub(payload)
            return time.thread_time() - started

        whole = min(seconds(compact({"m": text})) for _ in range(3))
        quarter = min(seconds(compact({"m": text[: len(text) // 4]})) for _ in range(3))
        assert whole < max(10 * quarter, 0.05)


class TestSecretNames:
    def test_hide_whatever_stands_under_them(self) -> None:
        value = {
            "dbPassword": "a",
            "API-Key": 12,
            "client_secret": {"old": "b", "new": ["c", 1.5, True, None, ""]},
            "after": "d",
        }

        assert scrubbed(value) == {
            "dbPassword": SCRUBBED,
            "API-Key": SCRUBBED,
            "client_secret": {"old": SCRUBBED, "new": [SCRUBBED, SCRUBBED, True, None, ""]},
            "after": "d",
        }

    def test_that_are_secrets_themselves_stay_apart(self) -> None:
        other = TOKEN[:-1] + "r"

        assert scrubbed({TOKEN: 1, other: 2}) == {"[scrubbed 1]": 1, "[scrubbed 2]": 2}

    def test_are_none_of_the_catalogs_own(self) -> None:
        """No field that a type of a scrubbed instance declares may lose its value."""
        for spec in INSTANCES:
            for known in types_of(spec.name) if spec.scrubbed else ():
                for version in known.versions.values():
                    for schema in (version.data_schema, version.metadata_schema):
                        names = compact(dict.fromkeys(schema.get("properties", {}), "x"))
                        assert scrub(names).payload == names, known.name


class TestEscapes:
    @pytest.mark.parametrize(
        "text",
        [
            rf"\u0067h{TOKEN[2:]}",
            "".join(f"\\u{ord(each):04X}" for each in TOKEN),
            r"1\/\/0" + "a1B2c" * 7,
            r"\u0070assword=s3same",
            r"https:\/\/ada:s3same@db",
            r"-----BEGIN PRIVATE KEY-----\ns3same\n-----END PRIVATE KEY-----",
            r"\u0034111111111111111",
        ],
    )
    def test_hide_nothing(self, text: str) -> None:
        clean = scrub(f'{{"message":"{text}"}}'.encode())

        left = json.loads(clean.payload)["message"]
        assert clean.secrets == 1
        assert not any(secret in left for secret in (TOKEN, "s3same", "a1B2c", "4111"))

    def test_in_names_hide_nothing(self) -> None:
        assert json.loads(scrub(rb'{"\u0070assword":"s3same"}').payload) == {"password": SCRUBBED}


_SECRETS = st.sampled_from([*PLANTED.values(), *IN_TEXT])
_HARMLESS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), _HARMLESS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_HARMLESS, inner, max_size=4)),
    max_leaves=12,
)


def shape(value: Any) -> Any:
    """Return the value's structure: its names, and how many items it has."""
    if isinstance(value, dict):
        return [shape(each) for each in value.values()]
    return [shape(each) for each in value] if isinstance(value, list) else None


class TestScrub:
    @given(_VALUES, st.lists(_SECRETS, min_size=1, max_size=3), st.booleans())
    def test_leaves_valid_json_of_the_same_structure_and_no_secret(
        self, value: Any, planted: list[tuple[str, str]], ascii_only: bool
    ) -> None:
        whole = {"around": value, "planted": [text for text, _ in planted], "nested": {"log": [planted[0][0]]}}
        payload = json.dumps(whole, ensure_ascii=ascii_only, separators=(",", ":")).encode()

        clean = scrub(payload)

        left = json.loads(clean.payload)
        assert shape(left) == shape(whole)
        assert clean.secrets >= len(planted) + 1
        for written, (_, secret) in zip(left["planted"], planted, strict=True):
            assert secret not in written
        assert scrub(clean.payload).payload == clean.payload

    @given(_VALUES)
    def test_passes_over_nothing_in_its_quick_look(self, value: Any) -> None:
        payload = compact([value])

        if not is_suspect(payload):
            assert not any(row.pattern.search(payload.decode()) for row in SECRETS if row.name != "bearer token")

    def test_leaves_numbers_as_they_were_written(self) -> None:
        payload = b'{"a":1.0,"b":1e400,"c":123456789012345678901234567890,"password":"x","d":-0}'

        assert scrub(payload).payload == payload.replace(b'"x"', b'"[scrubbed]"')

    def test_takes_a_card_for_one_that_is_written_as_a_number(self) -> None:
        assert scrubbed([4111111111111111, 4111111111111112]) == [SCRUBBED, 4111111111111112]


class TestLuhn:
    @pytest.mark.parametrize("number", ["4111111111111111", "378282246310005", "6011111111111117", "30569309025904"])
    def test_knows_cards(self, number: str) -> None:
        assert passes_luhn(number)
        assert CARD.pattern.fullmatch(number) is not None
        assert not passes_luhn(number[:-1] + str((int(number[-1]) + 1) % 10))


class TestEvent:
    def prepared(self, instance: str, **body: Any) -> Prepared:
        event = {"topic": "logs:orders:error", "event_type": "custom", **body}
        return prepare(find(instance), compact(event), publisher_json=b'"orders"')

    def test_is_scrubbed_where_its_instance_is(self) -> None:
        for spec in INSTANCES:
            event = self.prepared(spec.name, data={"message": TOKEN}, metadata={"password": "s3same"})

            wire = event.wire("e", 1)
            assert (TOKEN.encode() in wire, b"s3same" in wire) == (not spec.scrubbed, not spec.scrubbed)
            assert event.scrubbed == (2 if spec.scrubbed else 0)
            assert event.scrubbed_places == (("data.message", "metadata.password") if spec.scrubbed else ())

    def test_is_scrubbed_in_the_instances_that_carry_what_programs_print(self) -> None:
        assert [spec.name for spec in INSTANCES if spec.scrubbed] == ["logging", "diagnostics"]

    def test_is_answered_with_one_warning_and_counted(self) -> None:
        event = {"topic": "logs:orders:error", "event_type": "log_record", "data": {"level": "error", "message": TOKEN}}
        before = instances()["logging"].scrubbed_secrets

        checked = check("logging", compact([event, event]), publisher="orders")

        assert checked.warnings == (told(2, ("data.message",)),)
        assert "2 secrets were scrubbed from data.message" in checked.warnings[0]
        assert instances()["logging"].scrubbed_secrets == before + 2


class TestTold:
    def test_names_no_more_places_than_help(self) -> None:
        assert told(1, ("data.a",)).startswith("1 secret was scrubbed from data.a: ")
        assert "data.4 and 2 other places" in told(9, tuple(f"data.{number}" for number in range(7)))
