"""`verify_journal`: see whether the sealed journals are as they were sealed."""

import json
import os
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from gaterhub.management.progress import ProgressBar
from instances.catalog import find
from instances.error_codes import Refusal
from instances.journal.findings import FINDINGS, Finding, Verdict
from instances.journal.keys import NoKey
from instances.journal.notes import BadNote, VerifierKey
from instances.journal.page_workers import WorkerLost
from instances.journal.pinned import kept_in_anchors, read_pinned
from instances.journal.statements import Kept, Trust
from instances.journal.verification import Progress
from instances.journal.verification_run import SEALED, NothingThere, own_trust, standing_at, verify
from instances.journal.verification_state import BadState, Run, path_of, read_run
from instances.spec import InstanceSpec

SHELL: Final = "shell"
"""The run that is begun at a shell: one at a time, so that `--resume` needs no name."""

PROCESSES: Final = min(os.cpu_count() or 1, 4)
"""With more, the tree, which grows in one, can't keep up."""

VERDICTS: Final = {
    Verdict.VALID: "Valid: every entry is as it was sealed.",
    Verdict.TAMPERED: "TAMPERED: the journal is not as it was sealed.",
    Verdict.INCOMPLETE: "Valid but incomplete: what is there is as it was sealed; something was purged or erased.",
}


class Bad(CommandError):
    """Bad input, or a journal that can't be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=Verdict.BAD_INPUT)


class Command(BaseCommand):
    help = (
        "Verifies the sealed journals: every entry's hash, columns and place, the tree over them, and that it is the "
        "one that was signed, here and outside. Ends with 0 where it is valid, 1 tampered, 2 valid but incomplete "
        "(purged or erased), 3 bad input."
    )
    # They speak of the service, which doesn't have to run.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instances", nargs="*", metavar="INSTANCE", help="audit, security; all sealed ones if none")
        parser.add_argument(
            "--from", dest="begin", type=int, metavar="INDEX", help="believe the tree up to there, and begin from there"
        )
        parser.add_argument("--resume", action="store_true", help="go on with the run that was interrupted")
        parser.add_argument(
            "--pinned-checkpoint",
            dest="pinned",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="a checkpoint that was kept outside, which the log has to continue; may be repeated",
        )
        parser.add_argument(
            "--key",
            dest="keys",
            action="append",
            default=[],
            metavar="VKEY",
            help="a public key of a log, as name+id+base64, instead of this hub's own; may be repeated",
        )
        parser.add_argument(
            "--personal", action="store_true", help="open personal values, too, and hold them against the entries"
        )
        parser.add_argument("--json", action="store_true", help="print what was found as JSON, and nothing else")
        parser.add_argument("--run", default=SHELL, metavar="NAME", help="the name under which its progress is kept")

    def handle(self, *, instances: list[str], begin: int | None, **options: Any) -> None:
        specs = _sealed(instances)
        try:
            trust = (
                Trust(verifiers=[VerifierKey.parse(key) for key in options["keys"]]) if options["keys"] else own_trust()
            )
            kept = [*read_pinned(options["pinned"], specs), *kept_in_anchors(specs)]
            run = _resumed(options["run"], specs) if options["resume"] else _begun(options["run"])
            if begin is not None and not options["resume"]:
                run.standings = {spec.name: standing_at(spec, begin) for spec in specs}
        except (BadNote, BadState, NoKey, NothingThere, OSError, ValueError) as error:
            raise Bad(str(error)) from error
        except Error as error:
            raise Bad(f"The journal can't be read: {error}") from error
        self._verify(run, specs, trust, kept, personal=options["personal"], as_json=options["json"])

    def _verify(
        self, run: Run, specs: list[InstanceSpec], trust: Trust, kept: list[Kept], *, personal: bool, as_json: bool
    ) -> None:
        # For whoever looks on; what was found can be piped elsewhere.
        bar = ProgressBar(sys.stderr, "entries")

        def found(finding: Finding) -> None:
            if not as_json:
                bar.end()
                self.stdout.write(str(finding))

        def told(progress: Progress) -> None:
            bar.show(progress.instance, progress.index, progress.size)

        began = time.monotonic()
        try:
            verdict = verify(
                run, specs, trust, kept=kept, personal=personal, processes=PROCESSES, found=found, told=told
            )
        except (Error, WorkerLost, KeyboardInterrupt) as error:
            bar.end()
            run.trouble = str(error) or "It was interrupted."
            run.keep()
            raise Bad(f"The verification ended early; --resume goes on with it. {error}") from error
        bar.end()
        if as_json:
            self.stdout.write(json.dumps(summary(run), indent=2))
        else:
            self._conclude(run, time.monotonic() - began)
        if verdict:
            sys.exit(verdict)

    def _conclude(self, run: Run, seconds: float) -> None:
        for instance, standing in run.standings.items():
            for kind, count in standing.tally.counts.items():
                self.stdout.write(f"{instance}: {kind}: {count:,}. {FINDINGS[kind].says}")
            checked = standing.frontier.size - standing.began
            self.stdout.write(f"{instance}: {checked:,} entries were verified, of {standing.size:,}.")
        assert run.verdict is not None
        self.stdout.write(f"{VERDICTS[run.verdict]} It took {seconds:,.1f} s.")


def summary(run: Run) -> dict[str, Any]:
    """Return what a run has found, for programs."""
    return {
        "verdict": None if run.verdict is None else run.verdict.name.lower(),
        "status": run.verdict,
        "instances": {
            instance: {
                "from": standing.began,
                "verified": standing.frontier.size,
                "size": standing.size,
                "root": standing.frontier.root.hex(),
                "counts": standing.tally.counts,
                "findings": [
                    {"kind": each.kind, "index": each.index, "says": FINDINGS[each.kind].says, "detail": each.detail}
                    for each in standing.tally.examples
                ],
            }
            for instance, standing in run.standings.items()
        },
    }


def _sealed(names: list[str]) -> list[InstanceSpec]:
    """Raises: Bad."""
    try:
        specs = [find(name) for name in names] or list(SEALED)
    except Refusal as refusal:
        raise Bad(refusal.message) from refusal
    for spec in specs:
        if not spec.delivery.sealed:
            known = ", ".join(each.name for each in SEALED)
            raise Bad(f"{spec.name} is not sealed, so there is nothing to verify. Sealed are: {known}.")
    return list(dict.fromkeys(specs))


def _begun(name: str) -> Run:
    """Raises: Bad."""
    try:
        before = read_run(name)
    except BadState:
        before = None
    if before is not None and before.is_running and before.pid not in (0, os.getpid()):
        raise Bad(f"A verification of that name is running, as process {before.pid}; see {path_of(name)}.")
    now_ms = int(time.time() * 1000)
    return Run(name, started_ms=now_ms, pid=os.getpid(), by="" if before is None else before.by, updated_ms=now_ms)


def _resumed(name: str, specs: list[InstanceSpec]) -> Run:
    """Raises: Bad, BadState."""
    run = read_run(name)
    if run is None or run.verdict is not None:
        raise Bad("There is no interrupted verification to go on with.")
    if run.is_running and run.pid != os.getpid():
        raise Bad(f"The verification is running, as process {run.pid}.")
    if not run.standings.keys() <= {spec.name for spec in specs}:
        raise Bad(f"The interrupted verification was of {', '.join(run.standings)}: name the same to go on with it.")
    run.pid, run.trouble = os.getpid(), ""
    return run
