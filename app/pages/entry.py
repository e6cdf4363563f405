"""Entry information: who can travel, by country, and one edit for many cases."""

from dataclasses import replace

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from workflow.cases import entry_overview
from workflow.cases.entry import Entry, record_entry
from workflow.cases.preconditions import still_at
from workflow.cases.states import CAN_ENTER, CaseState, EntryStatus
from workflow.kernel.actor import DIRECTORATE, Role
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)

WRITERS = (*DIRECTORATE, Role.TRAVEL_OFFICER)
READERS = (*WRITERS, Role.AUDITOR)


@router.get("/innreise")
def overview(reader: Reader) -> Response:
    """Countries and statuses, and the cases to choose from."""
    reader.only(*READERS)
    if onward := opens_with(reader, SavedList.ENTRY):
        return reader.go(onward)
    return _overview(reader)


@router.post("/innreise")
def record(reader: Reader) -> Response:
    """Show what an edit of many cases would change; confirmed, write it."""
    actor = reader.only(*WRITERS)
    form = reader.form
    ids = form.ids("case_ids")
    if not ids:
        form.fault("case_ids", "nothing_chosen")
    entry = _entry(reader)
    if entry is None or form.errors:
        return _overview(reader, status_code=reader.again())
    lines = entry_overview.chosen(reader.session, ids, actor=actor)
    if not form.ticked("confirmed"):
        return reader.page(
            "entry/preview.html",
            lines=lines,
            entry=entry,
            freed=[line for line in lines if _may_go_on(entry) and not _could(line.entry_status)],
        )
    versions = dict(zip(form.many("case_ids"), form.many("case_versions"), strict=False))
    try:
        with reader.change() as session:
            for line in sorted(lines, key=lambda line: line.id):
                read = versions.get(str(line.id), "")
                still_at(
                    session, line.id, frozenset({int(read)} if read.isdigit() else ()), actor=actor
                )
                permit = entry.permit_expires_on or line.permit_expires_on
                record_entry(
                    session,
                    line.id,
                    replace(entry, permit_expires_on=permit),
                    person_ids=None,
                    actor=actor,
                    at=reader.at,
                )
    except DomainError as refusal:
        return _overview(reader, status_code=reader.again(refusal))
    return reader.done("/innreise", "entry_many", cases=len(lines))


def _entry(reader: Visit) -> Entry | None:
    form = reader.form
    status = form.choice("status", EntryStatus, required=True)
    source = form.text("source", required=True)
    from_on, permit = form.day("from_on"), form.day("permit_expires_on")
    if status is None or source is None or form.errors:
        return None
    try:
        return Entry(status, source=source, from_on=from_on, permit_expires_on=permit)
    except DomainError as refusal:
        form.refused(refusal)
        return None


def _could(status: EntryStatus) -> bool:
    return status in CAN_ENTER


def _may_go_on(entry: Entry) -> bool:
    return entry.status in CAN_ENTER


def _overview(reader: Visit, *, status_code: int = 200) -> Response:
    actor, session = reader.actor, reader.session
    asked = reader.request.query_params
    country = asked.get("country") or None
    statuses = reader.filtered("status", EntryStatus)
    return reader.page(
        "entry/page.html",
        status_code=status_code,
        countries=entry_overview.countries(session, actor=actor),
        lines=entry_overview.lines(
            session, departure_country=country, statuses=statuses, actor=actor
        ),
        shown=entry_overview.SHOWN,
        shelf=shelf(reader, SavedList.ENTRY),
        country=country,
        chosen=[str(status) for status in statuses],
        ticked=reader.form.many("case_ids"),
        statuses=tuple(EntryStatus),
        states=tuple(CaseState),
        may_write=actor.role in WRITERS,
    )
