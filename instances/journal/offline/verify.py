"""Check a bundle of evidence, offline, with nothing but Python's standard library.

    python3 -I verify.py BUNDLE [--key KEY]... [--checkpoint FILE]... [--witness KEY]... [--json]

BUNDLE is the zip that `export_evidence` wrote, or the folder that it was unpacked into. KEY is a public key of the log
in the form name+id+base64, got from its operator by another way than the bundle; FILE is a checkpoint that was kept
outside. Without a key from outside, the bundle can only be shown to agree with itself.

Exit status: 0 valid, 1 tampered, 2 valid but incomplete (purged or redacted), 3 bad input.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import itertools
import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

VALID, TAMPERED, INCOMPLETE, BAD_INPUT = range(4)
SCHEMA: Final = "gaterhub-evidence/1"
UNREADABLE: Final = (OSError, EOFError, RuntimeError, ValueError, zlib.error, zipfile.BadZipFile, struct.error)
"""What a file can raise that is damaged or made to do harm."""
SMALL_MAX_BYTES: Final = 4 << 20
"""The most that is read at once: a manifest, a note, or a line. An event is limited to 64 KiB."""
FILES_MAX: Final = 20_000
RATIO_MAX: Final = 250
"""No bundle is packed tighter, and a zip that is would only fill the memory or the time of who checks it."""

KINDS: Final[dict[str, tuple[int, str]]] = {
    "manifest-changed": (TAMPERED, "manifest.json is not the one that was signed"),
    "manifest-signature": (TAMPERED, "no trusted key signed the manifest"),
    "file-missing": (TAMPERED, "a file that the manifest names is missing"),
    "file-changed": (TAMPERED, "a file is not as the manifest says"),
    "file-extra": (TAMPERED, "the zip holds a file that the manifest does not name"),
    "keys-malformed": (TAMPERED, "the bundle's keys can't be read"),
    "checkpoint-signature": (TAMPERED, "no trusted key signed the checkpoint"),
    "checkpoint-origin": (TAMPERED, "the checkpoint is of another log"),
    "checkpoint-root": (TAMPERED, "two checkpoints of one size have different roots"),
    "checkpoint-missing": (TAMPERED, "the bundle lacks the checkpoint that its proofs lead to"),
    "consistency": (TAMPERED, "a later checkpoint does not continue an earlier one"),
    "cosignature": (TAMPERED, "the witness has not cosigned the checkpoint"),
    "entry-malformed": (TAMPERED, "an entry or its proof can't be read"),
    "entry-missing": (TAMPERED, "an entry is missing"),
    "entry-order": (TAMPERED, "an entry is repeated or out of order"),
    "entry-count": (TAMPERED, "there are not as many entries as the manifest says"),
    "leaf-hash": (TAMPERED, "the body of an entry does not have its hash"),
    "inclusion": (TAMPERED, "an entry is not in the tree, or not at its place"),
    "entry-instance": (TAMPERED, "an entry is of another journal"),
    "commitment": (TAMPERED, "a personal value is not the one that the entry committed to"),
    "pinned-larger": (TAMPERED, "the log was larger when the pinned checkpoint was signed: its tail is cut off"),
    "pinned-root": (TAMPERED, "the bundle contradicts the pinned checkpoint"),
    "pinned-signature": (TAMPERED, "no trusted key signed the pinned checkpoint"),
    "purged": (INCOMPLETE, "the body of an entry is purged; its hash is in the tree"),
    "redacted": (INCOMPLETE, "personal values are left out; the entry holds commitments to them"),
}
"""Each kind of finding: what it makes of the bundle, and what it says."""


class BadInput(Exception):
    """What was given can't be read as what it should be."""


@dataclass
class Report:
    """What was found, and what was seen to hold."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    facts: list[str] = field(default_factory=list)

    def add(self, kind: str, where: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if len(self.examples.setdefault(kind, [])) < 20:
            self.examples[kind].append(where)

    @property
    def status(self) -> int:
        found = {KINDS[kind][0] for kind in self.counts}
        return TAMPERED if TAMPERED in found else INCOMPLETE if found else VALID


# Ed25519 (RFC 8032 section 5.1), verification only. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.
Point = tuple[int, int, int, int]
_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, _P - 2, _P) % _P


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _point(data: bytes) -> Point | None:
    """Return the point that 32 bytes stand for (section 5.1.3), or None."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE: Final = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether the signature is of the message and by the key (section 5.1.7)."""
    if len(public) != 32 or len(signature) != 64 or _BASE is None:
        return False
    key, commitment, scalar = _point(public), _point(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    left, right = _times(scalar, _BASE), _add(commitment, _times(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 == (left[1] * right[2] - right[1] * left[2]) % _P


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Tell whether the leaf is there in the tree (RFC 9162 section 2.1.3.2, of the same proofs as RFC 6962)."""
    if not 0 <= index < size:
        return False
    fn, sn, digest = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            digest = node_hash(step, digest)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            digest = node_hash(digest, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and digest == root


def consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: list[bytes]) -> bool:
    """Tell whether the larger tree begins with the smaller one (RFC 9162 section 2.1.4.2)."""
    if first == 0 and first_root != Growing().root:
        return False
    if not 0 < first < second:
        return not proof and (first == 0 < second or (first == second and first_root == second_root))
    path = ([first_root] if first & (first - 1) == 0 else []) + proof
    if not path:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(step, old), node_hash(step, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


class Growing:
    """The roots of the complete subtrees of a tree that grows leaf by leaf."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        at = self.size
        while at & 1:
            leaf, at = node_hash(self._roots.pop(), leaf), at >> 1
        self._roots.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._roots:
            return hashlib.sha256(b"").digest()
        digest = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            digest = node_hash(left, digest)
        return digest


def from_base64(text: str) -> bytes:
    """Return what the text stands for; it has one spelling. Raises: BadInput."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise BadInput("not base64 as it is to be written")
    return data


def from_hex(text: Any, *, length: int = 32) -> bytes:
    """Raises: BadInput."""
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{2 * length}}}", text):
        raise BadInput(f"not {2 * length} hex digits")
    return bytes.fromhex(text)


@dataclass(frozen=True)
class Key:
    """A public key of a signed note: name, four bytes that tell it, 0x01 Ed25519 or 0x04 of a cosigner, 32 bytes."""

    name: str
    id: bytes
    kind: int
    public: bytes

    @classmethod
    def read(cls, text: str) -> Key:
        """Raises: BadInput."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
            raise BadInput(f"the key {text.strip()[:80]!r} is not name+id+base64")
        id_, data = from_hex(parts[1], length=4), from_base64(parts[2])
        if len(data) != 33 or data[0] not in (1, 4):
            raise BadInput(f"the key {parts[0]} is no Ed25519 key")
        if hashlib.sha256(parts[0].encode() + b"\n" + data).digest()[:4] != id_:
            raise BadInput(f"the key {parts[0]} does not have the id {parts[1]}")
        return cls(parts[0], id_, data[0], data[1:])


_SIGNATURE: Final = re.compile("— (\\S+) (\\S+)\n")


@dataclass(frozen=True)
class Note:
    """A signed note (C2SP signed-note): text, and by whom it is signed."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, data: bytes) -> Note:
        """Raises: BadInput."""
        try:
            whole = data.decode()
        except UnicodeDecodeError as error:
            raise BadInput("the note is not UTF-8") from error
        text, gap, tail = whole.rpartition("\n\n")
        lines = tail.splitlines(keepends=True)
        found = [match for line in lines if (match := _SIGNATURE.fullmatch(line))]
        if not gap or not found or len(found) != len(lines) or len(found) > 100:
            raise BadInput("the note does not end in an empty line and signatures")
        return cls(text + "\n", tuple((match[1], from_base64(match[2])) for match in found))

    def signed_by(self, key: Key) -> bool:
        for name, blob in self.signatures:
            if name != key.name or blob[:4] != key.id:
                continue
            if key.kind == 1:
                return ed25519_verifies(key.public, self.text.encode(), blob[4:])
            message = f"cosignature/v1\ntime {int.from_bytes(blob[4:12], 'big')}\n{self.text}"
            return ed25519_verifies(key.public, message.encode(), blob[12:])
        return False


@dataclass(frozen=True)
class Checkpoint:
    """How large a log was, and its root then (C2SP tlog-checkpoint)."""

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def read(cls, data: bytes) -> Checkpoint:
        """Raises: BadInput."""
        note = Note.read(data)
        lines = note.text.split("\n")
        if len(lines) < 4 or not lines[0] or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):
            raise BadInput("the checkpoint does not begin with an origin and a size")
        root = from_base64(lines[2])
        if len(root) != 32:
            raise BadInput("the checkpoint's root is not 32 bytes")
        return cls(lines[0], int(lines[1]), root, note)


class Folder:
    """A bundle that was unpacked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Return nothing: other files may lie in the folder, such as the auditor's; they are no part of the bundle."""
        return []

    def open(self, name: str) -> BinaryIO | None:
        path = self._path / name
        return path.open("rb") if path.is_file() else None


class Zip:
    """A bundle as it was exported."""

    def __init__(self, path: Path) -> None:
        """Raises: BadInput."""
        self._zip = zipfile.ZipFile(path)
        infos = self._zip.infolist()
        self._names = {info.filename for info in infos}
        if len(infos) > FILES_MAX or len(self._names) < len(infos):
            raise BadInput(f"the zip holds one name twice, or more than {FILES_MAX} files")
        for info in infos:
            if info.file_size > SMALL_MAX_BYTES and info.file_size > RATIO_MAX * info.compress_size:
                raise BadInput(f"{info.filename} is packed more than {RATIO_MAX} times smaller: a zip bomb?")

    def names(self) -> list[str]:
        return sorted(self._names)

    def open(self, name: str) -> BinaryIO | None:
        return self._zip.open(name) if name in self._names else None  # type: ignore[return-value]  # It is as binary.


_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)?")


class Bundle:
    """The files of a bundle, and what the manifest says of them."""

    def __init__(self, source: Folder | Zip, report: Report) -> None:
        """Raises: BadInput."""
        self._source, self._report = source, report
        data = self._whole("manifest.json")
        self.seal = Note.read(self._whole("manifest.note"))
        lines = self.seal.text.split("\n")
        if len(lines) != 4 or lines[0] != SCHEMA:
            raise BadInput(f"manifest.note is not of the form {SCHEMA}, which is the one that this verify.py reads")
        self.origin = lines[1]
        self.changed = lines[2] != hashlib.sha256(data).hexdigest()
        self.manifest = {} if self.changed else self._read(data)
        self._files: dict[str, Any] = self.manifest.get("files", {})
        self._unreadable: set[str] = set()

    def _whole(self, name: str) -> bytes:
        file = self._source.open(name)
        if file is None:
            raise BadInput(f"there is no {name}: this is no bundle of evidence")
        with file:
            data = file.read(SMALL_MAX_BYTES + 1)
        if len(data) > SMALL_MAX_BYTES:
            raise BadInput(f"{name} is larger than {SMALL_MAX_BYTES} bytes")
        return data

    @staticmethod
    def _read(data: bytes) -> dict[str, Any]:
        manifest = json.loads(data)
        if manifest["schema"] != SCHEMA or not all(_NAME.fullmatch(name) for name in manifest["files"]):
            raise BadInput("manifest.json is not as this verify.py knows it")
        return dict(manifest)

    def check_files(self) -> None:
        """Hold every file against its length and hash in the manifest."""
        known = {"manifest.json", "manifest.note", *self._files}
        for name in self._source.names():
            if name not in known:
                self._report.add("file-extra", name)
        for name in self.names():
            self._check_file(name, self._files[name]["bytes"], self._files[name]["sha256"])

    def _check_file(self, name: str, said_bytes: int, said_hash: str) -> None:
        digest, length = hashlib.sha256(), 0
        try:
            file = self._source.open(name)
            if file is None:
                self._report.add("file-missing", name)
                self._unreadable.add(name)
                return
            with file:
                while length <= said_bytes and (chunk := file.read(1 << 20)):
                    digest.update(chunk)
                    length += len(chunk)
        except UNREADABLE as error:
            self._report.add("file-changed", f"{name}: {error}")
            self._unreadable.add(name)
            return
        if length > said_bytes:
            # It goes on, perhaps for ever.
            self._unreadable.add(name)
        if length != said_bytes or digest.hexdigest() != said_hash:
            self._report.add("file-changed", name)

    def names(self, prefix: str = "") -> list[str]:
        return sorted(name for name in self._files if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """Return a small file; nothing of one that is missing or can't be read, which is reported."""
        return b"" if name in self._unreadable or name not in self._files else self._whole(name)

    def lines(self, name: str) -> Iterator[Any]:
        """Yield the JSON object in each line of a file; None for a line that holds none."""
        file = None if name in self._unreadable or name not in self._files else self._source.open(name)
        if file is None:
            return
        with file:
            while line := file.readline(SMALL_MAX_BYTES):
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    value = None
                yield value if isinstance(value, dict) else None


def commitments(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the places (JSON Pointers, RFC 6901) that an entry lists as personal, and the commitments there.

    Raises: LookupError, TypeError, ValueError where there is none.
    """
    for place in event.get("personal", []):
        value: Any = event
        for key in place.split("/")[1:]:
            plain = key.replace("~1", "/").replace("~0", "~")
            value = value[int(plain)] if isinstance(value, list) else value[plain]
        yield place, str(value["commitment"])


class Check:
    """One bundle, held against itself and against what was pinned outside it."""

    def __init__(self, bundle: Bundle, report: Report, *, keys: list[Key], pins: list[Checkpoint]) -> None:
        """Raises: BadInput, for a key or a checkpoint of another log."""
        self.bundle, self.report, self.manifest, self.pins = bundle, report, bundle.manifest, pins
        self.keys = [key for key in keys if key.name == bundle.origin]
        self.pinned = bool(keys)
        if keys and not self.keys:
            raise BadInput(f"none of the keys is of the log {bundle.origin}; a key begins with its log's name")
        for pin in pins:
            if pin.origin != bundle.origin:
                raise BadInput(f"the pinned checkpoint is of the log {pin.origin}, the bundle of {bundle.origin}")
        self.known: dict[int, bytes] = {}
        """The roots of the log that the bundle shows, by the size that it had."""
        self.proofs: dict[tuple[int, int], list[bytes]] = {}

    def signed(self, note: Note) -> bool:
        return any(note.signed_by(key) for key in self.keys)

    def run(self, witnesses: list[Key]) -> None:
        """Raises: BadInput, where a pinned checkpoint can't be compared."""
        if self.bundle.changed:
            self.report.add("manifest-changed", "manifest.json, or its hash in manifest.note")
            return
        self.bundle.check_files()
        if not self.pinned:
            self._own_keys()
        if not self.signed(self.bundle.seal):
            self.report.add("manifest-signature", "manifest.note")
        head = self._checkpoints(self.manifest["size"])
        self._consistency()
        if head is None:
            self.report.add("checkpoint-missing", f"size {self.manifest['size']}")
            return
        for witness in witnesses:
            if not head.note.signed_by(witness):
                self.report.add("cosignature", f"{witness.name}, size {head.size}")
        self._entries(head)
        for pin in self.pins:
            self._pin(pin, head)

    def _own_keys(self) -> None:
        try:
            own = [Key.read(line) for line in self.bundle.read("keys.txt").decode().splitlines()]
        except (BadInput, UnicodeDecodeError) as error:
            self.report.add("keys-malformed", f"keys.txt: {error}")
        else:
            self.keys = [key for key in own if key.name == self.bundle.origin]

    def _checkpoints(self, size: int) -> Checkpoint | None:
        """Read the bundle's checkpoints, and return the one that its proofs lead to."""
        head = None
        for name in self.bundle.names("checkpoints/"):
            try:
                checkpoint = Checkpoint.read(self.bundle.read(name))
            except BadInput as error:
                self.report.add("checkpoint-signature", f"{name}: {error}")
                continue
            if checkpoint.origin != self.bundle.origin:
                self.report.add("checkpoint-origin", f"{name}: {checkpoint.origin}")
            if not self.signed(checkpoint.note):
                self.report.add("checkpoint-signature", name)
            if self.known.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
                self.report.add("checkpoint-root", f"{name}: size {checkpoint.size}")
            if checkpoint.size == size:
                head = checkpoint
        return head

    def _consistency(self) -> None:
        """See that each checkpoint's tree is the beginning of the next one's."""
        for line in itertools.islice(self.bundle.lines("consistency.jsonl"), FILES_MAX):
            try:
                self.proofs[line["first"], line["second"]] = [from_hex(one) for one in line["hashes"]]
            except (BadInput, LookupError, TypeError):
                self.report.add("consistency", "consistency.jsonl has a line that is no proof")
        sizes = sorted(self.known)
        for first, second in zip(sizes, sizes[1:]):  # noqa: B905, RUF007  So that it runs on an older Python, too.
            proof = self.proofs.get((first, second), [])
            if not consistent(first, second, self.known[first], self.known[second], proof):
                self.report.add("consistency", f"from size {first} to size {second}")

    def _entries(self, head: Checkpoint) -> None:
        """Hold every entry against its proof, and its personal values against their commitments."""
        said, whole, last, count = self.manifest["entries"], Growing(), -1, 0
        expected = said["first"] if self.manifest["dense"] and said["count"] else None
        proofs, personal = self.bundle.lines("proofs.jsonl"), self.bundle.lines("personal.jsonl")
        values = next(personal, None)
        for line in self.bundle.lines("entries.jsonl"):
            count += 1
            try:
                index, leaf, path = self._placed(line, next(proofs, None))
            except (BadInput, LookupError, TypeError) as error:
                self.report.add("entry-malformed", f"line {count}: {error}")
                continue
            if index <= last:
                self.report.add("entry-order", f"index {index}")
            if expected is not None:
                self._missing(expected, index)
                expected = index + 1
            last = index
            if not included(leaf, index, head.size, path, head.root):
                self.report.add("inclusion", f"index {index}")
            if index == whole.size:
                whole.append(leaf)
                if any(pin.size == whole.size for pin in self.pins):
                    self.known.setdefault(whole.size, whole.root)
            given = []
            while values is not None and values.get("index") == index:
                given.append(values)
                values = next(personal, None)
            self._body(line, index, leaf, given)
        if expected is not None:
            self._missing(expected, said["last"] + 1)
        if count != said["count"]:
            self.report.add("entry-count", f"{count}, and not {said['count']}")
        if values is not None:
            self.report.add("commitment", f"index {values.get('index')}: there is no such entry")
        self.report.facts.append(f"{count} entries were held against the tree of {head.size}")

    @staticmethod
    def _placed(entry: Any, proof: Any) -> tuple[int, bytes, list[bytes]]:
        """Return index, leaf hash and proof. Raises: BadInput, LookupError, TypeError."""
        index = entry["index"]
        if type(index) is not int or proof["index"] != index:
            raise BadInput("its proof is of another entry")
        return index, from_hex(entry["leaf_hash"]), [from_hex(one) for one in proof["hashes"]]

    def _missing(self, first: int, end: int) -> None:
        if first == end - 1:
            self.report.add("entry-missing", f"index {first}")
        elif first < end:
            self.report.add("entry-missing", f"index {first} to {end - 1}")

    def _body(self, entry: dict[str, Any], index: int, leaf: bytes, given: list[dict[str, Any]]) -> None:
        if entry.get("purged") is True:
            self.report.add("purged", f"index {index}")
            return
        try:
            body = from_base64(entry["base64"]) if "base64" in entry else entry["body"].encode()
            event = json.loads(body) if leaf_hash(body) == leaf else None
        except (BadInput, LookupError, ValueError, AttributeError, RecursionError):
            self.report.add("entry-malformed", f"index {index}: its body")
            return
        if event is None:
            self.report.add("leaf-hash", f"index {index}")
            return
        if not isinstance(event, dict) or event.get("instance") != self.manifest["instance"]:
            self.report.add("entry-instance", f"index {index}")
            return
        try:
            places = dict(commitments(event))
        except (LookupError, TypeError, ValueError, AttributeError):
            self.report.add("entry-malformed", f"index {index}: its personal places")
            return
        for one in given:
            place, salt, value = str(one.get("path")), str(one.get("salt")), str(one.get("json"))
            committed = places.pop(place, "")
            try:
                made = hmac.new(from_hex(salt, length=16), value.encode(), "sha256").hexdigest()
            except (BadInput, UnicodeEncodeError):
                made = "malformed"
            if not hmac.compare_digest(made, committed):
                self.report.add("commitment", f"index {index}: {place}")
        for place in places:
            self.report.add("redacted", f"index {index}: {place}")

    def _pin(self, pin: Checkpoint, head: Checkpoint) -> None:
        """Hold the log against a checkpoint that was kept outside. Raises: BadInput, where nothing can be compared."""
        size = f"size {pin.size}"
        if not self.signed(pin.note):
            self.report.add("pinned-signature", size)
        if pin.size > head.size:
            self.report.add("pinned-larger", f"{size}, and the bundle's is {head.size}")
            return
        root, proof = self.known.get(pin.size), self.proofs.get((pin.size, head.size))
        if root is None and proof is None and pin.size > 0:
            raise BadInput(
                f"the bundle has nothing to hold the pinned checkpoint of {size} against: "
                "have it exported with --pinned-checkpoint and that file"
            )
        if root is not None:
            agrees = root == pin.root
        else:
            agrees = consistent(pin.size, head.size, pin.root, head.root, proof or [])
        if not agrees:
            self.report.add("pinned-root", size)
        self.report.facts.append(f"the pinned checkpoint of {size} was compared")


def check(
    path: Path,
    *,
    keys: Sequence[str] = (),
    pinned: Sequence[Path] = (),
    witnesses: Sequence[str] = (),
) -> Report:
    """Check a bundle. Raises: BadInput."""
    report = Report()
    try:
        given = [Key.read(key) for key in keys]
        cosigners = [Key.read(key) for key in witnesses]
        pins = []
        for file in pinned:
            with file.open("rb") as opened:
                pins.append(Checkpoint.read(opened.read(SMALL_MAX_BYTES)))
        if not path.exists():
            raise BadInput(f"there is no {path}")
        bundle = Bundle(Folder(path) if path.is_dir() else Zip(path), report)
        if not keys:
            report.facts.append(
                "no key was given from outside: this shows only that the bundle agrees with itself, and not who made it"
            )
        Check(bundle, report, keys=given, pins=pins).run(cosigners)
    except (*UNREADABLE, LookupError, TypeError, AttributeError, ArithmeticError, MemoryError) as error:
        if report.status == TAMPERED:
            report.facts.append(f"the check ended early: {error}")
            return report
        raise BadInput(f"the bundle can't be read: {type(error).__name__}: {error}") from error
    except BadInput as error:
        if report.status != TAMPERED:
            raise
        report.facts.append(f"the check ended early: {error}")
    return report


_VERDICTS: Final = {
    VALID: "VALID: every entry is as it was sealed.",
    TAMPERED: "TAMPERED: this is not what was sealed.",
    INCOMPLETE: "VALID BUT INCOMPLETE: what is here is as it was sealed, and something is left out.",
    BAD_INPUT: "BAD INPUT: nothing could be checked.",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names, print what was found, and return the exit status."""
    parser = _Parser(
        description=(__doc__ or "").split("\n\n")[0],
        epilog="Exit status: 0 valid, 1 tampered, 2 valid but incomplete, 3 bad input.",
    )
    parser.add_argument("bundle", type=Path, help="the zip, or the folder that it was unpacked into")
    parser.add_argument("--key", action="append", default=[], help="a public key of the log, got by another way")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, help="a checkpoint kept outside")
    parser.add_argument("--witness", action="append", default=[], metavar="KEY", help="who must have cosigned")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    options = parser.parse_args(arguments)
    try:
        report = check(options.bundle, keys=options.key, pinned=options.checkpoint, witnesses=options.witness)
        status, trouble = report.status, ""
    except BadInput as error:
        report, status, trouble = Report(), BAD_INPUT, str(error)
    if options.json:
        found = {kind: {"count": count, "where": report.examples[kind]} for kind, count in report.counts.items()}
        said = {"status": status, "findings": found, "facts": report.facts, "error": trouble or None}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
        return status
    lines = [f"  {fact}" for fact in report.facts]
    for kind, count in report.counts.items():
        lines.append(f"{kind}: {KINDS[kind][1]} ({count})")
        lines += [f"  {where}" for where in report.examples[kind]]
    lines += [trouble] if trouble else []
    text = "\n".join([*lines, _VERDICTS[status]]) + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    return status


if __name__ == "__main__":
    sys.exit(main())
