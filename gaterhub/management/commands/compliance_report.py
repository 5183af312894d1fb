"""`compliance_report`: have a report made of a period, and write it in one of its three forms."""

import argparse
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from gaterhub.management.progress import ProgressBar
from gaterhub.reports.forms import FORMATS, csv_of, html_of
from gaterhub.reports.making import Progress
from gaterhub.reports.models import ComplianceReport
from gaterhub.reports.period import BadPeriod, period_of
from gaterhub.reports.running import Unmade, run
from gaterhub.reports.starting import at_a_shell, here
from gaterhub.reports.structure import Document
from gaterhub.reports.table import DEFAULT, REPORTS
from instances.error_codes import Refusal

FOUND: Final = 1
TROUBLE: Final = 2
"""As `diff` and `grep` have it: 1 where something was found, 2 where nothing can be said; so has argparse."""


class Trouble(CommandError):
    """Bad input, or a report that could not be made."""

    def __init__(self, message: str) -> None:
        super().__init__(message, returncode=TROUBLE)


class Command(BaseCommand):
    help = (
        "Makes a compliance report of a period, keeps it for the pages, and writes it as HTML, CSV or JSON. That it is "
        "made is on record in audit first. Ends with 0 without findings, 1 with findings, 2 where it could not be made."
    )
    # They speak of the service, which doesn't have to run.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--report", default=DEFAULT, metavar="NAME", help=f"{', '.join(REPORTS)}; {DEFAULT} if none"
        )
        parser.add_argument(
            "--from", dest="begins", default="", metavar="TIME", help="a day of UTC, or a time with zone"
        )
        parser.add_argument("--to", dest="ends", default="", metavar="TIME", help="the last day, or before that time")
        parser.add_argument("--month", default="", metavar="YYYY-MM", help="a whole month instead, such as 2026-10")
        parser.add_argument("--format", choices=FORMATS, help="as the file's name ends, else json")
        parser.add_argument("--output", type=Path, metavar="FILE", help="a new file; standard output if none")
        parser.add_argument(
            "--personal", action="store_true", help="show persons and addresses; without, they are numbered"
        )
        # How the pages have one made that was asked for there.
        parser.add_argument("--run", type=UUID, help=argparse.SUPPRESS)

    def handle(
        self, *, output: Path | None, format: str | None, run: UUID | None, personal: bool, **options: Any
    ) -> None:
        if run is not None:
            self._make(self._asked_for(run))
            return
        form = format or _form_of(output)
        if output is not None and output.exists():
            raise Trouble(f"{output} is there already, and a report is not written over. Name a new file.")
        row = self._begun(personal=personal, **options)
        document = self._make(row)
        row.refresh_from_db()
        self._write(_text(document, row, form), output)
        self.stderr.write(f"Report {row.pk} of {row.period}: {_found(row)}. SHA-256 of its JSON: {row.sha256}")
        if row.finding_count:
            sys.exit(FOUND)

    def _begun(
        self, *, report: str, begins: str, ends: str, month: str, personal: bool, **options: Any
    ) -> ComplianceReport:
        """Raises: Trouble."""
        known = REPORTS.get(report)
        if known is None:
            raise Trouble(f"There is no report {report[:80]!r}; there is {', '.join(REPORTS)}.")
        try:
            period = period_of(begins=begins, ends=ends, month=month, now=timezone.now())
            return here(known, period, by=at_a_shell(personal=personal))
        except BadPeriod as error:
            raise Trouble(f"--{error.field}: {error.message}") from error
        except Refusal as refusal:
            raise Trouble(refusal.message) from refusal
        except Error as error:
            raise Trouble(f"The database can't be asked: {error}") from error

    def _asked_for(self, report_id: UUID) -> ComplianceReport:
        """Raises: Trouble."""
        row = ComplianceReport.objects.filter(pk=report_id, state=ComplianceReport.State.RUNNING).first()
        if row is None:
            raise Trouble("There is no such report that waits to be made.")
        return row

    def _make(self, row: ComplianceReport) -> Document:
        """Raises: Trouble."""
        # For whoever looks on; the report itself can be piped elsewhere.
        bar = ProgressBar(sys.stderr, "entries")

        def told(progress: Progress) -> None:
            bar.show(progress.stage, progress.done, progress.whole)

        try:
            return run(row, told=told)
        except Unmade as error:
            raise Trouble(f"The report was not made. {error}") from error
        finally:
            bar.end()

    def _write(self, text: str, output: Path | None) -> None:
        """Raises: Trouble."""
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            # Nobody else of this host reads what may be personal.
            with os.fdopen(
                os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
            ) as file:
                file.write(text)
        except OSError as error:
            raise Trouble(f"The report is made, but {output} can't be written: {error.strerror}.") from error


def _form_of(output: Path | None) -> str:
    ending = "" if output is None else output.suffix.removeprefix(".").lower()
    return {"htm": "html"}.get(ending, ending if ending in FORMATS else "json")


def _text(document: Document, row: ComplianceReport, form: str) -> str:
    if form == "csv":
        return csv_of(document)
    if form == "html":
        return html_of(document, sha256=row.sha256)
    return row.document


def _found(row: ComplianceReport) -> str:
    told = ", ".join(f"{count} {severity}" for severity, count in row.severities)
    return f"{row.finding_count} findings ({told})" if told else "no findings"
