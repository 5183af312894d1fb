"""How far a verification has come, so that one that was interrupted goes on and others can watch it."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from instances.journal import run_file
from instances.journal.findings import Tally, Verdict
from instances.journal.merkle import Frontier, node_hash

FOLDER: Final = "verifications"
FORM: Final = 1
"""Of the file. One of another form is not gone on from."""


class BadState(ValueError):
    """A file that doesn't say how far a verification has come."""


@dataclass(slots=True)
class Standing:
    """How far one instance is verified, and all that going on takes."""

    began: int = 0
    """The index that it began from: what is before it was not looked at."""
    size: int = 0
    """How many entries there were when it was last looked."""
    frontier: Frontier = field(default_factory=Frontier)
    offsets: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """The last offset of each stream."""
    tally: Tally = field(default_factory=Tally)
    finished: bool = False

    def grow(self, root: bytes, leaves: int) -> None:
        """Take a complete subtree on trust, which is not larger than those before it."""
        height = leaves.bit_length() - 1
        hashes, size = list(self.frontier.hashes), self.frontier.size >> height
        while size & 1:
            root, size = node_hash(hashes.pop(), root), size >> 1
        self.frontier = Frontier(self.frontier.size + leaves, (*hashes, root))

    def as_json(self) -> dict[str, Any]:
        return {
            "began": self.began,
            "size": self.size,
            "index": self.frontier.size,
            "frontier": self.frontier.to_bytes().hex(),
            "offsets": self.offsets,
            "tally": self.tally.as_json(),
            "finished": self.finished,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Standing":
        """Return what `as_json` gave. Raises: LookupError, TypeError, ValueError for what it can't have given."""
        offsets = {str(stream): int(offset) for stream, offset in said["offsets"].items()}
        return cls(
            began=int(said["began"]),
            size=int(said["size"]),
            frontier=Frontier.from_bytes(said["index"], bytes.fromhex(said["frontier"])),
            offsets=defaultdict(int, offsets),
            tally=Tally.from_json(said["tally"]),
            finished=bool(said["finished"]),
        )


@dataclass(slots=True)
class Run:
    """One verification, of one instance or several."""

    name: str
    started_ms: int
    pid: int
    """Of its process; 0 until that has begun."""
    by: str = ""
    """Who asked for it in the admin; empty: somebody at a shell."""
    updated_ms: int = 0
    verdict: Verdict | None = None
    """None while it runs."""
    trouble: str = ""
    """Why it ended without a verdict."""
    standings: dict[str, Standing] = field(default_factory=dict)

    @property
    def is_running(self) -> bool:
        """Tell whether its process is there, and was at it lately: another one may have got its number since."""
        return self.verdict is None and not self.trouble and run_file.is_alive(self.pid, self.updated_ms)

    @property
    def percent(self) -> int:
        """Return how much of it is done, rounded down; 0 before it has begun to read."""
        if not self.standings:
            return 0
        done = sum(each.frontier.size - each.began for each in self.standings.values())
        whole = sum(each.size - each.began for each in self.standings.values())
        return 100 if not whole else min(100, 100 * done // whole)

    @property
    def found(self) -> Verdict:
        """Return the verdict that its journals make together, so far as they are verified."""
        verdicts = {standing.tally.verdict for standing in self.standings.values()}
        return next((each for each in (Verdict.TAMPERED, Verdict.INCOMPLETE) if each in verdicts), Verdict.VALID)

    def keep(self) -> None:
        """Write it to its file."""
        said = {
            "form": FORM,
            "started_ms": self.started_ms,
            "updated_ms": self.updated_ms,
            "pid": self.pid,
            "by": self.by,
            "verdict": self.verdict,
            "trouble": self.trouble,
            "standings": {instance: each.as_json() for instance, each in self.standings.items()},
        }
        run_file.write(path_of(self.name), said)


def path_of(name: str) -> Path:
    """Return where a run is kept. Raises: ValueError for what can't be a run's name."""
    return run_file.path_of(FOLDER, name)


def read_run(name: str) -> Run | None:
    """Return a run that was kept, or None. Raises: BadState."""
    path = path_of(name)
    try:
        said = json.loads(path.read_bytes())
        if said["form"] != FORM:
            raise ValueError(f"its form is {said['form']}")
        return Run(
            name=name,
            started_ms=int(said["started_ms"]),
            updated_ms=int(said["updated_ms"]),
            pid=int(said["pid"]),
            by=str(said["by"]),
            verdict=None if said["verdict"] is None else Verdict(said["verdict"]),
            trouble=str(said["trouble"]),
            standings={name: Standing.from_json(each) for name, each in said["standings"].items()},
        )
    except FileNotFoundError:
        return None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise BadState(f"{path} doesn't say how far a verification has come: {error}.") from error


def kept_runs() -> list[Run]:
    """Return the runs that were kept on this host, the latest first; files that are none are left out."""
    runs = []
    for path in (Path(settings.DATA_DIR) / FOLDER).glob("*.json"):
        try:
            run = read_run(path.stem)
        except (BadState, OSError, ValueError):
            continue
        if run is not None:
            runs.append(run)
    return sorted(runs, key=lambda run: run.started_ms, reverse=True)
