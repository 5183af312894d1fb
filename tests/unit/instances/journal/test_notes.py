import json
from pathlib import Path

import pytest

from instances.journal import notes
from instances.journal.keys import SigningKey

VECTOR = json.loads((Path(__file__).parent / "transparency_vectors.json").read_text(encoding="utf-8"))["signed_note"]
KEY, WITNESS = SigningKey.of(b"k" * 32), SigningKey.of(b"w" * 32)
NAME = "hub.example/audit"
TEXT = notes.checkpoint_text(NAME, 20, b"r" * 32, ["time=2026-01-02T03:04:05Z"])


class TestExampleOfTheSpecification:
    def test_verifies(self) -> None:
        assert notes.verify(notes.parse(VECTOR["note"]), VECTOR["verifier_key"])

    def test_is_written_again_as_it_was_read(self) -> None:
        assert str(notes.parse(VECTOR["note"])) == VECTOR["note"]
        assert str(notes.VerifierKey.parse(VECTOR["verifier_key"])) == VECTOR["verifier_key"]

    def test_does_not_verify_with_another_text(self) -> None:
        note = notes.parse(VECTOR["note"].replace("example message", "example massage"))

        assert not notes.verify(note, VECTOR["verifier_key"])


class TestSignedNote:
    def test_verifies_with_the_key_that_signed_and_with_no_other(self) -> None:
        note = notes.parse(notes.sign(TEXT, NAME, KEY))

        assert note.text == TEXT
        assert notes.verify(note, KEY.verifier(NAME))
        assert not notes.verify(note, WITNESS.verifier(NAME))
        assert not notes.verify(note, KEY.verifier("hub.example/security"))

    def test_verifies_with_each_of_two_keys_during_a_change(self) -> None:
        note = notes.parse(notes.sign(TEXT, NAME, KEY, WITNESS))

        assert notes.verify(note, KEY.verifier(NAME))
        assert notes.verify(note, WITNESS.verifier(NAME))

    def test_does_not_verify_with_a_bit_turned_anywhere(self) -> None:
        said = notes.sign(TEXT, NAME, KEY).encode()
        believed = []
        for at in range(len(said)):
            changed = bytearray(said)
            changed[at] ^= 1
            try:
                if notes.verify(notes.parse(changed.decode()), KEY.verifier(NAME)):
                    believed.append(at)
            except (notes.BadNote, UnicodeDecodeError):
                pass

        assert believed == []

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "lines of signatures"),
            ("text\n", "lines of signatures"),
            ("text\n\n— a b", "ended by a newline"),
            ("text\n\n- a AAAAAAAA\n", "em dash"),
            ("text\n\n— a+b AAAAAAAA\n", "name"),
            ("text\n\n— a !!!!\n", "no base64"),
            ("text\n\n— a AAAA\n", "bytes"),
            ("te\rxt\n\n— a AAAAAAAA\n", "control character"),
            ("te\x85xt\n\n— a AAAAAAAA\n", "control character"),
            ("text\n\n" + "— a AAAAAAAA\n" * 101, "101 signatures"),
            ("x" * 65_537, "65537 characters"),
        ],
    )
    def test_is_refused_where_it_is_none(self, text: str, why: str) -> None:
        with pytest.raises(notes.BadNote, match=why):
            notes.parse(text)

    def test_ignores_signatures_of_keys_that_it_does_not_know(self) -> None:
        note = notes.parse(notes.sign(TEXT, NAME, KEY) + "— stranger AAAAAAAA\n")

        assert notes.verify(note, KEY.verifier(NAME))
        assert len(note.signatures) == 2

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "x" * 256, "a\nb"])
    def test_is_not_signed_under_a_name_that_can_be_none(self, name: str) -> None:
        with pytest.raises(notes.BadNote, match="name"):
            notes.sign(TEXT, name, KEY)


class TestCosignature:
    def test_verifies_with_the_witness_s_key(self) -> None:
        line = notes.cosign(TEXT, "witness.example", WITNESS, seconds=1_700_000_000)
        note = notes.parse(notes.sign(TEXT, NAME, KEY) + f"{line}\n")

        assert notes.verify(note, WITNESS.verifier("witness.example", kind=notes.COSIGNATURE))
        assert not notes.verify(note, WITNESS.verifier("witness.example"))
        assert not notes.verify(note, KEY.verifier("witness.example", kind=notes.COSIGNATURE))

    def test_covers_the_time(self) -> None:
        signature = notes.parse_signature(notes.cosign(TEXT, "witness.example", WITNESS, seconds=1_700_000_000))
        later = notes.Signature(
            signature.name, signature.key_id, (1_800_000_000).to_bytes(8, "big") + signature.value[8:]
        )
        key = notes.VerifierKey("witness.example", notes.COSIGNATURE, WITNESS.public)

        assert notes.verify_signature(TEXT, signature, key)
        assert not notes.verify_signature(TEXT, later, key)


class TestVerifierKey:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hub.example/audit",
            "hub.example/audit+00000000+" + KEY.verifier(NAME).rpartition("+")[2],
            KEY.verifier(NAME).upper(),
            KEY.verifier(NAME)[:-4],
            f"{NAME}+{KEY.note_key_id(NAME).hex()}+AAAA",
        ],
    )
    def test_is_refused_where_it_is_none(self, text: str) -> None:
        with pytest.raises(notes.BadNote):
            notes.VerifierKey.parse(text)


class TestCheckpoint:
    def test_says_what_was_written(self) -> None:
        assert notes.parse_checkpoint(TEXT) == notes.Checkpointed(NAME, 20, b"r" * 32, ("time=2026-01-02T03:04:05Z",))

    @pytest.mark.parametrize(
        "text",
        [
            TEXT[:-1],
            TEXT.replace("\n20\n", "\n020\n"),
            TEXT.replace("\n20\n", "\n-20\n"),
            TEXT.replace("\n20\n", "\n\N{ARABIC-INDIC DIGIT TWO}0\n"),
            TEXT.replace("\n20\n", "\n\n"),
            TEXT.replace("cnJy", "cnI=", 1),
            TEXT.replace("time=", "\ntime="),
            "\n20\n" + TEXT.split("\n")[2] + "\n",
            f"{NAME}\n20\n",
        ],
    )
    def test_is_refused_where_it_is_none(self, text: str) -> None:
        with pytest.raises(notes.BadNote):
            notes.parse_checkpoint(text)
