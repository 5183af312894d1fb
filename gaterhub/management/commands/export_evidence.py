"""`export_evidence`: write a bundle of evidence that an auditor verifies offline."""

import os
import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils.dateparse import parse_date, parse_datetime

from gaterhub.acts.actor import current_actor
from gaterhub.acts.exports import NotRecorded, record_export
from gaterhub.management.progress import ProgressBar
from instances.catalog import find
from instances.error_codes import Refusal
from instances.journal.bundle import Exported, Selection, export
from instances.journal.bundle_checkpoints import NotProven
from instances.journal.bundle_run import BundleRun, read_run
from instances.journal.keys import NoKey
from instances.journal.pinned import read_pinned
from instances.journal.verification_run import SEALED
from instances.topics import Pattern


class Command(BaseCommand):
    help = (
        "Writes a bundle of evidence: entries of a sealed journal with proofs, checkpoints, keys and verify.py, which "
        "checks them with nothing but Python. Who made it is recorded in audit before the file is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("instance", metavar="INSTANCE", help="audit or security")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="the zip to write; a new file")
        parser.add_argument("--from", dest="begin", metavar="TIME", help="received then or later, in ISO 8601")
        parser.add_argument("--to", dest="end", metavar="TIME", help="received before then")
        parser.add_argument("--topic", metavar="PATTERN", help="of these topics")
        parser.add_argument("--event-type", metavar="TYPE", help="of this type")
        parser.add_argument("--index-from", type=int, metavar="INDEX", help="the first entry")
        parser.add_argument("--index-to", type=int, metavar="INDEX", help="the last entry")
        parser.add_argument(
            "--personal", action="store_true", help="with personal values; without, the entries show commitments"
        )
        parser.add_argument("--reason", metavar="TEXT", help="why, for the record")
        parser.add_argument(
            "--pinned-checkpoint",
            dest="pinned",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="a checkpoint that the auditor has, which the bundle is then to be held against; may be repeated",
        )
        parser.add_argument(
            "--run", metavar="NAME", help="the bundle that a page asked for, to be told how far this is"
        )

    def handle(self, *, instance: str, out: Path, personal: bool, reason: str | None, **options: Any) -> None:
        try:
            spec = find(instance)
            topic = None if options["topic"] is None else Pattern(options["topic"])
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        if not spec.delivery.sealed:
            known = " and ".join(each.name for each in SEALED)
            raise CommandError(f"{spec.name} is not sealed, so nothing of it can be proven. Sealed are {known}.")
        selection = Selection(
            topic=topic,
            event_type=options["event_type"],
            received_from_ms=_milliseconds(options["begin"]),
            received_to_ms=_milliseconds(options["end"]),
            index_from=options["index_from"],
            index_to=options["index_to"],
        )
        if out.exists():
            raise CommandError(f"{out} is there already, and evidence is not written over. Name a new file.")
        # Under another name until it is whole and on record, so that nobody takes half of one for a bundle.
        beside = out.with_name(f".{out.name}.{os.getpid()}")
        bar = ProgressBar(sys.stderr, "entries")
        run = _run_of(options["run"])
        # What a page asked for is that person's doing, though this process is the system's.
        actor = {"actor": current_actor()["actor"]} if run is None else {"actor": run.by, "ip_address": run.address}

        def told(done: int, whole: int) -> None:
            bar.show(spec.name, done, whole)
            if run is not None:
                run.told(done, whole, now=time.time())

        try:
            # Nobody else of this host reads what may be personal.
            os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            exported = export(
                spec,
                beside,
                selection,
                personal=personal,
                pinned=list(read_pinned(options["pinned"], [spec])),
                told=told,
            )
            size_bytes = beside.stat().st_size
            record_export(
                spec.name,
                actor=actor,
                record_count=exported.count,
                size_bytes=size_bytes,
                destination=str(out) if run is None else "download",
                reason=reason,
            )
            _keep(beside, out)
            if run is not None:
                run.made(exported, size_bytes, now=time.time())
        except (NotProven, NotRecorded, NoKey, OSError, ValueError, Error) as error:
            if run is not None:
                run.failed(str(error), now=time.time())
            raise CommandError(f"No bundle was made. {error}") from error
        finally:
            bar.end()
            beside.unlink(missing_ok=True)
        self._say(out, exported)

    def _say(self, out: Path, exported: Exported) -> None:
        held = f"{exported.count:,} entries" if exported.count != 1 else "1 entry"
        self.stdout.write(f"{out} holds {held} of {exported.origin}, whose last checkpoint is of {exported.size:,}.")
        if exported.redacted:
            self.stdout.write(f"In {exported.redacted:,} of them personal values are left out.")
        if exported.purged:
            self.stdout.write(f"The bodies of {exported.purged:,} are purged.")
        if exported.left_out:
            self.stdout.write(f"After it {exported.left_out:,} entries came, which the next checkpoint will cover.")


def _run_of(name: str | None) -> BundleRun | None:
    """Return the run of that name, which this process now is. Raises: CommandError."""
    if name is None:
        return None
    try:
        run = read_run(name)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if run is None:
        raise CommandError(f"No page of this host asked for a bundle {name!r}.")
    run.pid = os.getpid()
    run.keep(time.time())
    return run


def _keep(beside: Path, out: Path) -> None:
    """Give the bundle its name, unless somebody else has taken it meanwhile. Raises: OSError."""
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    out.hardlink_to(beside)


def _milliseconds(text: str | None) -> int | None:
    """Return a time in milliseconds since 1970; a day is its beginning, and without a zone it is UTC."""
    if text is None:
        return None
    try:
        found = parse_datetime(text)
        day = parse_date(text) if found is None else None
    except ValueError:
        found = day = None
    if found is None and day is not None:
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001  It gets its zone below.
    if found is None:
        raise CommandError(f"{text[:80]!r} is no time such as 2026-01-31 or 2026-01-31T12:00:00+01:00.")
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
