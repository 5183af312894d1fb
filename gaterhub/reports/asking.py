"""Reports as readers ask for them: those that they may read, and that they read one is on record."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gaterhub.acts.actor import current_actor
from gaterhub.acts.telling import tell
from gaterhub.origin import plain
from gaterhub.reports.forms import document_of
from gaterhub.reports.models import ComplianceReport
from gaterhub.reports.structure import Document
from gaterhub.reports.visible import may_read
from instances.access.principal import Principal
from instances.access.rights import Rights
from instances.schemas import audit

# The document may be a megabyte, and is of no use where only its row is shown.
_ROWS: Final = ComplianceReport.objects.defer("document").order_by("-asked_at", "-id")


def reports_for(rights: Rights, *, after: ComplianceReport | None = None, limit: int) -> Sequence[ComplianceReport]:
    """Return the newest reports that may be read, or those before another one."""
    rows = _ROWS.all()
    if after is not None:
        rows = rows.filter(asked_at__lte=after.asked_at).exclude(pk=after.pk)
    found = []
    for row in rows.iterator(chunk_size=limit + 1):
        is_before = after is None or (row.asked_at, row.pk) < (after.asked_at, after.pk)
        if is_before and may_read(rights, row):
            found.append(row)
            if len(found) == limit:
                break
    return found


def find_report(text: str | UUID, rights: Rights) -> ComplianceReport | None:
    """Return the report, or None where there is none or it may not be read: nobody learns which."""
    try:
        report_id = text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        return None
    row = ComplianceReport.objects.filter(pk=report_id).first()
    return row if row is not None and may_read(rights, row) else None


def read(row: ComplianceReport, by: Principal, *, form: str) -> Document:
    """Return what a report says; before it does, `audit` is told that it is read, since it is evidence itself."""
    event = audit.evidence_read(
        actor=f"{by.kind}:{plain(by.name)}",
        journal=f"report/{row.pk}",
        query=f"form={form}",
        ip_address=current_actor().get("ip_address"),
    )
    tell(event)
    return document_of(row.document)
