"""Entry information: who can travel, by country, and one edit for many cases."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.formats import country as country_name
from app.one_thread import InOneThread
from app.pages.selection import FIELD, Selection, read
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import Columns, in_order, sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from workflow.cases import entry_overview
from workflow.cases.entry import Entry, record_entry
from workflow.cases.entry_overview import Country, EntryLine
from workflow.cases.preconditions import still_at
from workflow.cases.selecting import MOST
from workflow.cases.states import CAN_ENTER, CaseState, EntryStatus
from workflow.kernel.actor import DIRECTORATE, Role
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)


def _of_status(status: EntryStatus) -> Callable[[Country], int]:
    return lambda row: row.cases.get(status, 0)


#: What the table of countries sorts by.
COUNTRIES: Final[Columns[Country]] = {
    "country": lambda row: row.departure_country and country_name(row.departure_country),
    **{status: _of_status(status) for status in EntryStatus},
    "persons": lambda row: row.persons,
}
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
    selection = _selection(reader)
    entry = _entry(reader)
    if selection is None or entry is None or form.errors:
        return _overview(reader, status_code=reader.again())
    lines = entry_overview.chosen(reader.session, selection.versions, actor=actor)
    if not form.ticked("confirmed"):
        return _preview(reader, selection, entry, lines)
    if selection.all_that_match:
        now = _matching(reader)
        if now.keys() != selection.versions.keys():
            return _again(reader, selection, Selection(now, all_that_match=True), entry)
    try:
        with reader.change() as session:
            for line in sorted(lines, key=lambda line: line.id):
                still_at(session, line.id, frozenset({selection.versions[line.id]}), actor=actor)
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


def _selection(reader: Visit) -> Selection | None:
    """The cases chosen, as they were read: those of the preview, all that match, or ticked."""
    form = reader.form
    if text := form.typed(FIELD):
        try:
            return read(text)
        except ValueError:
            form.fault("case_ids", "nothing_chosen")
            return None
    everything = form.typed("chosen") == "all"
    if everything:
        found = _matching(reader)
    else:
        lines = entry_overview.chosen(reader.session, form.ids("case_ids"), actor=reader.actor)
        found = {line.id: line.version for line in lines}
    if len(found) > MOST:
        form.fault("case_ids", "too_many_chosen")
    if not found:
        form.fault("case_ids", "nothing_chosen")
    return None if form.errors else Selection(found, everything)


def _matching(reader: Visit) -> dict[UUID, int]:
    """All that the address finds, as they are now."""
    country, statuses = _asked(reader)
    lines = entry_overview.lines(
        reader.session,
        departure_country=country,
        statuses=statuses,
        most=MOST + 1,
        actor=reader.actor,
    )
    return {line.id: line.version for line in lines}


def _asked(reader: Visit) -> tuple[str | None, list[EntryStatus]]:
    country = reader.request.query_params.get("country") or None
    return country, reader.filtered("status", EntryStatus)


def _preview(
    reader: Visit,
    selection: Selection,
    entry: Entry,
    lines: Sequence[EntryLine],
    *,
    moved: tuple[int, int] | None = None,
    status_code: int = 200,
) -> Response:
    return reader.page(
        "entry/preview.html",
        status_code=status_code,
        lines=lines,
        entry=entry,
        selection=selection.written(),
        moved=moved,
        freed=[line for line in lines if _may_go_on(entry) and not _could(line.entry_status)],
    )


def _again(reader: Visit, before: Selection, now: Selection, entry: Entry) -> Response:
    """Nothing is written where something else matches than what was shown."""
    lines = entry_overview.chosen(reader.session, now.versions, actor=reader.actor)
    come = len(now.versions.keys() - before.versions.keys())
    gone = len(before.versions.keys() - now.versions.keys())
    return _preview(reader, now, entry, lines, moved=(come, gone), status_code=409)


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
    country, statuses = _asked(reader)
    sort = sort_of(reader, entry_overview.COLUMNS)
    by_country = sort_of(reader, COUNTRIES, name="countries")
    lines = entry_overview.lines(
        session, departure_country=country, statuses=statuses, sort=sort, actor=actor
    )
    everything = reader.asked("velg", {"side": True}.get)
    return reader.page(
        "entry/page.html",
        status_code=status_code,
        countries=in_order(entry_overview.countries(session, actor=actor), COUNTRIES, by_country),
        sorts={"lines": sort, "countries": by_country},
        lines=lines,
        total=entry_overview.counted(
            session, departure_country=country, statuses=statuses, actor=actor
        ),
        most=MOST,
        all_ticked=bool(everything),
        shelf=shelf(reader, SavedList.ENTRY),
        country=country,
        chosen=[str(status) for status in statuses],
        ticked=[str(line.id) for line in lines] if everything else reader.form.many("case_ids"),
        statuses=tuple(EntryStatus),
        states=tuple(CaseState),
        may_write=actor.role in WRITERS,
    )
