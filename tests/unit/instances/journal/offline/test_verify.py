"""The auditor's verify.py by itself: its mathematics, and how it takes what is no bundle."""

import json
import random
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from instances.journal import merkle
from instances.journal.offline import verify

# RFC 8032 section 7.1, TEST 1 to 3: public key, message, signature.
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
)
ORDER = 2**252 + 27742317777372353535851937790883648493


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([at])) for at in range(count)]


class TestEd25519:
    @pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
    def test_verifies_the_vectors_of_rfc_8032(self, public: str, message: str, signature: str) -> None:
        key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

        assert verify.ed25519_verifies(key, text, signed)
        assert not verify.ed25519_verifies(key, text + b"x", signed)

    def test_agrees_with_another_implementation(self) -> None:
        rng = random.Random(1)
        for _ in range(10):
            private = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
            public, message = private.public_key().public_bytes_raw(), rng.randbytes(rng.randrange(200))
            signature = private.sign(message)
            at, bit = rng.randrange(64), 1 << rng.randrange(8)
            forged = signature[:at] + bytes([signature[at] ^ bit]) + signature[at + 1 :]

            assert verify.ed25519_verifies(public, message, signature)
            assert not verify.ed25519_verifies(public, message, forged)

    def test_refuses_a_second_form_of_a_signature(self) -> None:
        public, message, signature = (bytes.fromhex(each) for each in VECTORS[0])
        scalar = int.from_bytes(signature[32:], "little") + ORDER

        assert not verify.ed25519_verifies(public, message, signature[:32] + scalar.to_bytes(32, "little"))

    @pytest.mark.parametrize(
        ("public", "signature"),
        [(b"\xff" * 32, bytes(64)), (bytes(31), bytes(64)), (bytes(32), bytes(63)), (b"\x02" + bytes(31), bytes(64))],
    )
    def test_refuses_what_is_no_key_and_no_signature(self, public: bytes, signature: bytes) -> None:
        assert not verify.ed25519_verifies(public, b"", signature)


class TestTree:
    def test_takes_the_inclusion_proofs_of_every_size_and_no_forged_one(self) -> None:
        for size in range(1, 131):
            whole = leaves(size)
            root = merkle.root_of(whole)
            for index in {0, 1, size // 2, size - 1} & {*range(size)}:
                proof = merkle.inclusion_proof(whole, index)
                leaf = whole[index]

                assert verify.included(leaf, index, size, proof, root)
                assert not verify.included(bytes(32), index, size, proof, root)
                assert not verify.included(leaf, index, size, proof, bytes(32))
                assert not verify.included(leaf, index, size, [*proof, bytes(32)], root)
                assert not verify.included(leaf, (index + 1) % size, size, proof, root) or size == 1
                assert not proof or not verify.included(leaf, index, size, proof[:-1], root)
                assert not proof or not verify.included(leaf, index, size, [bytes(32), *proof[1:]], root)
            assert not verify.included(whole[0], size, size, [], root)
            assert not verify.included(whole[0], -1, size, [], root)

    def test_takes_the_consistency_proofs_of_every_size_and_no_forged_one(self) -> None:
        whole = leaves(130)
        roots = [merkle.root_of(whole[:size]) for size in range(131)]
        for second in range(131):
            for first in {0, 1, 2, second // 2, second - 1, second} & {*range(second + 1)}:
                proof = merkle.consistency_proof(whole[:second], first)
                old, new = roots[first], roots[second]

                assert verify.consistent(first, second, old, new, proof)
                assert not verify.consistent(first, second, bytes(32), new, proof)
                assert not verify.consistent(first, second, old, new, [*proof, bytes(32)])
                if 0 < first < second:
                    assert not verify.consistent(first, second, old, bytes(32), proof)
                    assert not verify.consistent(first, second, old, new, proof[:-1])
                assert not verify.consistent(second, first, new, old, proof) or first == second

    def test_grows_to_the_root_of_the_leaves(self) -> None:
        growing = verify.Growing()
        for size, leaf in enumerate(leaves(70), 1):
            growing.append(leaf)
            assert growing.root == merkle.root_of(leaves(size))
        assert verify.Growing().root == merkle.EMPTY_ROOT


class TestBadInput:
    """What is no bundle ends with 3 and a sentence, and never with a traceback."""

    @pytest.fixture
    def bundle(self, tmp_path: Path) -> Path:
        """A zip whose manifest's signature nobody trusts, with files that are what the manifest says."""
        path = tmp_path / "bundle.zip"
        _write(path, {"keys.txt": b""})
        return path

    def test_is_told_of_a_file_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert verify.main([str(tmp_path / "nothing.zip")]) == 3
        assert "there is no" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "data", [b"", b"PK", b"\x00" * 100, b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + b"\xff" * 99]
    )
    def test_is_told_of_a_file_that_is_no_zip(self, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "no.zip").write_bytes(data)

        assert verify.main([str(tmp_path / "no.zip")]) == 3

    def test_is_told_of_an_empty_folder(self, tmp_path: Path) -> None:
        assert verify.main([str(tmp_path)]) == 3

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--key", "x"],
            ["--key", "a+00000000+AAAA"],
            ["--checkpoint", "/nowhere"],
            ["--witness", "x"],
            ["--never"],
            [],
        ],
    )
    def test_is_told_of_an_argument_that_can_not_be(self, bundle: Path, arguments: list[str]) -> None:
        try:
            status = verify.main([str(bundle), *arguments] if arguments else [])
        except SystemExit as ended:
            status = ended.code  # type: ignore[assignment]  # argparse's own way out.

        assert status == 3

    @pytest.mark.parametrize(
        "manifest",
        [
            b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"schema": "gaterhub-evidence/1"}',
            b'{"schema": "gaterhub-evidence/1", "files": {"../../etc/passwd": {}}}',
            b'{"schema": "gaterhub-evidence/1", "files": {"keys.txt": 7}}',
            b'{"schema": "gaterhub-evidence/1", "files": {"keys.txt": {"bytes": "x", "sha256": 1}}, "size": []}',
            b'{"schema": "gaterhub-evidence/2", "files": {}}',
        ],
    )  # fmt: skip
    def test_is_told_of_a_manifest_that_says_nothing(self, tmp_path: Path, manifest: bytes) -> None:
        folder = tmp_path / "bundle"
        folder.mkdir()
        (folder / "manifest.json").write_bytes(manifest)
        (folder / "manifest.note").write_bytes(_note(manifest))

        # A field of the wrong type is found when it is used; before that the signature is already seen to be wrong.
        assert verify.main([str(folder)]) in (1, 3)

    def test_is_told_of_a_zip_bomb_before_it_is_unpacked(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "bomb.zip"
        _write(path, {"entries.jsonl": bytes(50_000_000)})

        assert verify.main([str(path)]) == 3
        assert "a zip bomb?" in capsys.readouterr().out

    def test_is_told_of_one_name_twice(self, bundle: Path) -> None:
        with zipfile.ZipFile(bundle, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("keys.txt", b"other")

        assert verify.main([str(bundle)]) == 3

    def test_never_ends_in_a_traceback_whatever_the_bytes(self, bundle: Path, soaking: bool) -> None:
        before = bundle.read_bytes()
        rng = random.Random(3)
        for _ in range(5_000 if soaking else 300):
            data = bytearray(before)
            for _ in range(rng.randrange(1, 8)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            bundle.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)

            assert verify.main([str(bundle)]) in (1, 3)


class TestReport:
    def test_is_of_kinds_that_are_in_the_table(self) -> None:
        report = verify.Report()
        report.add("redacted", "index 1")
        assert report.status == 2
        report.add("leaf-hash", "index 1")
        assert report.status == 1

    def test_tells_the_first_of_many_and_counts_all(self) -> None:
        report = verify.Report()
        for at in range(1_000):
            report.add("purged", f"index {at}")

        assert (report.counts["purged"], len(report.examples["purged"])) == (1_000, 20)

    def test_is_json_where_asked_for(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        verify.main([str(tmp_path), "--json"])

        assert json.loads(capsys.readouterr().out)["status"] == 3


def _note(manifest: bytes) -> bytes:
    text = f"{verify.SCHEMA}\nhub/audit\n{sha256(manifest).hexdigest()}\n"
    return f"{text}\n— hub/audit AAAAAAAA\n".encode()


def _write(path: Path, files: dict[str, bytes]) -> None:
    manifest = {
        "schema": verify.SCHEMA,
        "size": 0,
        "dense": False,
        "instance": "audit",
        "entries": {"count": 0, "first": None, "last": None},
        "files": {name: {"bytes": len(data), "sha256": sha256(data).hexdigest()} for name, data in files.items()},
    }
    data = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("manifest.json", data)
        file.writestr("manifest.note", _note(data))
        for name, each in files.items():
            file.writestr(name, each)
