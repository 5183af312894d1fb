"""Bundles of evidence: entries, proofs, checkpoints and keys in one zip that is verified with nothing of the hub's."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from instances.journal import keys, notes, tiles
from instances.journal.bundle_checkpoints import ChosenCheckpoints, NotProven, choose
from instances.journal.bundle_proofs import ProofMaker, WrongTree
from instances.journal.bundle_zip import BundleZip
from instances.journal.merkle import leaf_hash
from instances.journal.models import Entry, entry_model
from instances.journal.offline import readme, verify
from instances.journal.opened import TAMPERED, check_commitments
from instances.journal.router import ALIAS
from instances.journal.statements import Kept
from instances.journal.vault import open_parts
from instances.spec import InstanceSpec
from instances.topics import Pattern

PAGE_ENTRIES: Final = 1_024
_COMMITTED: Final = b'"personal":['


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which entries are wanted; of times the end is outside, of indexes inside."""

    topic: Pattern | None = None
    event_type: str | None = None
    received_from_ms: int | None = None
    received_to_ms: int | None = None
    index_from: int | None = None
    index_to: int | None = None

    @property
    def is_dense(self) -> bool:
        """Whether an index alone decides, so that no entry between two can be left out."""
        others = (self.topic, self.event_type, self.received_from_ms, self.received_to_ms)
        return all(each is None for each in others)

    def as_json(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in self.__slots__}
        return said | {"topic": None if self.topic is None else str(self.topic)}

    def rows(self, model: type[Entry], size: int, *, using: str) -> Iterator[list[Entry]]:
        """Yield pages of the entries in a log of that size, in the order of their index."""
        entries = model._base_manager.using(using).order_by("index")
        for name, value in (
            ("event_type", self.event_type),
            ("received_ms__gte", self.received_from_ms),
            ("received_ms__lt", self.received_to_ms),
        ):
            if value is not None:
                entries = entries.filter(**{name: value})
        begin = max(self.index_from or 0, 0)
        end = size if self.index_to is None else min(size, self.index_to + 1)
        while page := list(entries.filter(index__gte=begin, index__lt=end)[:PAGE_ENTRIES]):
            begin = (page[-1].index or 0) + 1
            yield [each for each in page if self.topic is None or self.topic.matches(each.topic)]


@dataclass(slots=True)
class Exported:
    """What a bundle holds."""

    origin: str
    size: int
    left_out: int
    """Entries that no checkpoint covers yet: they are not in it."""
    count: int = 0
    first: int | None = None
    last: int | None = None
    redacted: int = 0
    """Entries whose personal values, some or all, are left out or erased."""
    purged: int = 0


def export(
    spec: InstanceSpec,
    path: Path,
    selection: Selection,
    *,
    personal: bool = False,
    pinned: Sequence[Kept] = (),
    told: Callable[[int, int], None] = lambda index, size: None,
    using: str = ALIAS,
) -> Exported:
    """Write a bundle to a file, which is not to be read before this returns.

    It is of the log as its last checkpoint has it. The same of the same log gives the same bytes, except after a new
    checkpoint. `pinned` are checkpoints that an auditor has: the bundle then proves that the log continues them;
    `told` takes how far it is. Raises: NotProven; keys.NoKey; OSError; what the database raises.
    """
    chosen = choose(spec, pinned, using=using)
    exported = Exported(chosen.origin, chosen.size, chosen.left_out)
    bundle = BundleZip(path)
    try:
        bundle.add("verify.py", Path(verify.__file__).read_bytes())
        bundle.add("README.txt", readme.README.encode())
        bundle.add("keys.txt", "".join(f"{key}\n" for key in chosen.keys).encode())
        for name, note in chosen.notes.items():
            bundle.add(f"checkpoints/{name}.note", note.encode())
        with bundle.file("consistency.jsonl") as write:
            for first, second, proof in chosen.consistency():
                write(_line({"first": first, "second": second, "hashes": [each.hex() for each in proof]}))
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
            writer = _Entries(spec, chosen, exported, personal=personal, using=using)
            writer.write(bundle, Path(folder), selection, told)
        _seal(bundle, spec, chosen, exported, selection, personal=personal)
    except (tiles.MissingLeaf, WrongTree) as error:
        raise NotProven(f"{error} Run verify_journal.") from error
    finally:
        bundle.close()
    return exported


def _seal(
    bundle: BundleZip,
    spec: InstanceSpec,
    chosen: ChosenCheckpoints,
    exported: Exported,
    selection: Selection,
    *,
    personal: bool,
) -> None:
    """Write the manifest, and sign it: so the filters and the count are the log's word, too."""
    manifest = {
        "schema": verify.SCHEMA,
        "origin": chosen.origin,
        "instance": spec.name,
        "generation": chosen.generation,
        "size": chosen.size,
        "root": chosen.root.hex(),
        "filters": selection.as_json(),
        "dense": selection.is_dense,
        "personal": personal,
        "entries": {
            "count": exported.count,
            "first": exported.first,
            "last": exported.last,
            "redacted": exported.redacted,
            "purged": exported.purged,
        },
        "files": bundle.files,
    }
    data = (json.dumps(manifest, indent=2, sort_keys=True) + "\n").encode()
    text = f"{verify.SCHEMA}\n{chosen.origin}\n{sha256(data).hexdigest()}\n"
    bundle.add("manifest.json", data)
    bundle.add("manifest.note", notes.sign(text, chosen.origin, keys.signing_key(), *keys.old_keys()).encode())


class _Entries:
    """Writes entries, and beside them proofs and personal values, each in a file of its own."""

    def __init__(
        self, spec: InstanceSpec, chosen: ChosenCheckpoints, exported: Exported, *, personal: bool, using: str
    ) -> None:
        self._instance = spec.name
        self._model = entry_model(spec)
        self._size = chosen.size
        self._exported = exported
        self._personal = personal
        self._using = using
        self._proofs = ProofMaker(self._model, chosen.size, chosen.root, using=using)

    def write(self, bundle: BundleZip, folder: Path, selection: Selection, told: Callable[[int, int], None]) -> None:
        """Write them page by page: what is held at once doesn't grow with the journal."""
        # A zip takes one file at a time.
        proofs, personal = folder / "proofs.jsonl", folder / "personal.jsonl"
        told(0, self._size)
        with bundle.file("entries.jsonl") as write, proofs.open("wb") as proved, personal.open("wb") as opened:
            for page in selection.rows(self._model, self._size, using=self._using):
                for entry in page:
                    index = entry.index
                    assert index is not None
                    write(self._entry(entry, index))
                    hashes = [each.hex() for each in self._proofs.inclusion(index)]
                    proved.write(_line({"index": index, "hashes": hashes}))
                self._values(page, opened.write)
                if page:
                    told((page[-1].index or 0) + 1, self._size)
        told(self._size, self._size)
        bundle.copy("proofs.jsonl", proofs)
        if self._personal:
            bundle.copy("personal.jsonl", personal)

    def _entry(self, entry: Entry, index: int) -> bytes:
        """Raises: NotProven."""
        body, hashed, exported = bytes(entry.body), bytes(entry.leaf_hash), self._exported
        said: dict[str, Any] = {"index": index, "leaf_hash": hashed.hex()}
        said |= {"stream": entry.stream, "offset": entry.offset}
        if not body:
            exported.purged += 1
            said["purged"] = True
        elif leaf_hash(body) != hashed:
            raise NotProven(f"The body of entry {index} does not have its hash. Run verify_journal.")
        else:
            # Canonical JSON is UTF-8 always.
            said["body"] = body.decode()
        exported.count += 1
        exported.first = index if exported.first is None else exported.first
        exported.last = index
        return _line(said)

    def _values(self, page: Sequence[Entry], write: Callable[[bytes], Any]) -> None:
        """Write the personal values of a page, or count the entries that have some. Raises: NotProven."""
        committed = [each for each in page if _COMMITTED in bytes(each.body)]
        if not self._personal:
            self._exported.redacted += len(committed)
            return
        opened = open_parts(self._instance, [each.id for each in committed], using=self._using)
        for entry in committed:
            known = opened[entry.id]
            agreed = check_commitments(bytes(entry.body), known)
            if agreed.broken or known.absent == TAMPERED:
                raise NotProven(f"The personal values of entry {entry.index} are not those that it committed to.")
            self._exported.redacted += bool(agreed.absent)
            for pointer, held in sorted(known.values.items()):
                write(_line({"index": entry.index, "path": pointer, "salt": held.s, "json": held.v}))


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode() + b"\n"
