"""The audit as the auditor and IMDi's lead read it: every filter is in the address."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.acting import acting_of
from app.audit import trail
from app.audit.trail import READERS, EntrySeen
from app.cells import cell
from app.db import Sessions, reading
from app.languages import language
from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.typed import typed_day
from app.wording import table
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import OSLO
from workflow.kernel.paging import USUAL_PAGE

router = APIRouter(route_class=InOneThread)

PAGE: Final = "/revisjon"
COLUMNS: Final = tuple(field.name for field in fields(EntrySeen))
#: Tells a spreadsheet that a file is UTF-8.
_BYTE_ORDER_MARK: Final = "\ufeff"
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the address, each as it stands there."""

    kind: Kind | None = None
    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    refused: bool = False
    #: Days in Norway, both included.
    since: date | None = None
    until: date | None = None

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Name and value of each filter in force."""
        for name in ("kind", "subject", "actor", "action", "since", "until"):
            if (value := getattr(self, name)) is not None:
                yield name, str(value)
        if self.refused:
            yield "refused", "true"

    def without(self, name: str) -> str:
        """The page's address with one filter taken away."""
        return _address(PAGE, [pair for pair in self.pairs() if pair[0] != name])

    def export(self, sort: str) -> str:
        """The file of what is shown."""
        order = [] if sort == "-at" else [("sort", sort)]
        return _address(f"{PAGE}/eksport.csv", [*self.pairs(), *order])

    def wanted(self) -> trail.Wanted:
        return trail.Wanted(
            subject=self.subject,
            kind=self.kind,
            actor=self.actor,
            action=self.action,
            refused=self.refused,
            since=_morning(self.since),
            until=_morning(self.until + timedelta(days=1)) if self.until else None,
        )


@router.get(PAGE)
def entries(reader: Reader) -> Response:
    """The entries that pass the filters, the newest first."""
    actor = reader.only(*READERS)
    if onward := opens_with(reader, SavedList.AUDIT):
        return reader.go(onward)
    filters = _filters(reader)
    page = trail.entries(
        reader.session,
        filters.wanted(),
        newest_first=_newest_first(reader),
        limit=USUAL_PAGE,
        cursor=reader.request.query_params.get("cursor"),
        actor=actor,
    )
    return reader.page(
        "audit/list.html",
        entries=page.items,
        shelf=shelf(reader, SavedList.AUDIT),
        next=page.next,
        filters=filters,
        sort=sort_of(reader, ("at",), "-at"),
        chips=list(filters.pairs()),
        kinds=tuple(Kind),
        names=_names(reader, page.items),
        done=_done,
        changes=_changes,
        case_of=_case_of,
    )


@router.get(f"{PAGE}/eksport.csv")
def export(reader: Reader) -> Response:
    """The same entries as a file, in the same order, every column of them."""
    actor = reader.only(*READERS)
    wanted, newest_first = _filters(reader).wanted(), _newest_first(reader)
    return StreamingResponse(
        _lines(reader.request.app.state.sessions, wanted, actor, newest_first=newest_first),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="revisjon.csv"'},
    )


def _lines(
    sessions: Sessions, wanted: trail.Wanted, actor: Actor, *, newest_first: bool
) -> Iterator[str]:
    """In a transaction of its own: the request's has ended when the answer begins."""
    yield _BYTE_ORDER_MARK + _line(COLUMNS)
    with reading(sessions, acting_of(actor)) as session:
        for entry in trail.every(session, wanted, newest_first=newest_first, actor=actor):
            yield _line(_written(getattr(entry, name)) for name in COLUMNS)


def _line(values: Any) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerow(cell(value) for value in values)
    return out.getvalue()


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def _filters(reader: Visit) -> Filters:
    """The filters of an address; what is empty or means nothing is no filter."""
    parameters = reader.request.query_params
    return Filters(
        kind=next(iter(reader.filtered("kind", Kind)), None),
        subject=_subject(_text(parameters.get("subject"))),
        actor=_text(parameters.get("actor")),
        action=_text(parameters.get("action")),
        refused=reader.is_asked("refused"),
        since=reader.asked("since", typed_day),
        until=reader.asked("until", typed_day),
    )


def _newest_first(reader: Visit) -> bool:
    return sort_of(reader, ("at",), "-at") == "-at"


def _subject(text: str | None) -> str | None:
    """A case may be meant by its id alone."""
    try:
        return None if text is None else audit.subject(Kind.CASE, UUID(text))
    except ValueError:
        return text


def _text(text: str | None) -> str | None:
    return (text or "").replace("\0", "").strip()[:_LONGEST] or None


def _morning(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), OSLO)


def _address(path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _names(reader: Visit, rows: tuple[EntrySeen, ...]) -> dict[str, str]:
    signs = {row.actor for row in rows} | {
        part for row in rows for part in (row.acting_for or "").split(", ")
    }
    return trail.names(reader.session, signs)


def _done(action: str) -> str | None:
    """What was done, in words; None for what has none, such as an operation of the API."""
    words = table(language())
    for kind in ("audit_action", "step", "trigger"):
        if isinstance(found := words.get(kind, {}).get(action), str):
            return found
    return None


def _changes(entry: EntrySeen) -> Iterator[tuple[str, Any, Any]]:
    """Each value that was or is, by name: what it was, what it is."""
    before, after = entry.before or {}, entry.after or {}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _case_of(subject: str) -> str | None:
    kind, _, its_id = subject.partition(":")
    return its_id if kind == Kind.CASE else None
