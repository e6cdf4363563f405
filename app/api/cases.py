"""Cases: registered, listed, read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app import etag
from app.api import API
from app.api.parameters import Cursor, Language, Limit, NumberInQuery
from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.cases import (
    CaseLine,
    CaseMoved,
    CaseOut,
    CaseRegistered,
    ChoiceOut,
    CorrectPersonIn,
    EntryIn,
    EntryInformationIn,
    EntryNotedOut,
    JoinIn,
    LeaveIn,
    NewCaseIn,
    NewPersonIn,
    PersonJoined,
    StepOut,
)
from app.api.schemas.fields import ListOf
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.idempotency import Once, OnceRoute
from app.languages import speaking
from app.signin import CurrentActor
from app.wording import explain
from workflow.cases import correcting, details, history, lists, registration
from workflow.cases.correcting import Correction
from workflow.cases.entry import Entry
from workflow.cases.entry import record_entry as record
from workflow.cases.lists import CaseFilter
from workflow.cases.moves import CaseInHand
from workflow.cases.ordering import CaseOrder
from workflow.cases.preconditions import still_at
from workflow.cases.registration import ENDED, NewCase, NewPerson
from workflow.cases.states import CaseState, EntryStatus, Group, Purpose
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.municipalities import queries as register
from workflow.redistribution.kinds import kinds_on

router = APIRouter(tags=["cases"], route_class=OnceRoute)

KIND = "case"


@router.post(
    "/cases",
    status_code=201,
    operation_id="registerCase",
    dependencies=[Once],
    responses=changes(),
)
def register_case(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: NewCaseIn
) -> CaseRegistered:
    """Register a household as a case; IMDi's and UDI's. Its address is in `Location`."""
    case_id, case_number = registration.register(session, _new_case(body), actor=actor, at=at)
    response.headers["location"] = f"{API}/cases/{case_id}"
    etag.show(response, KIND, 1)
    return CaseRegistered(id=case_id, case_number=case_number, state=CaseState.REGISTERED)


@router.get("/cases", operation_id="listCases", responses=refusals(422))
def list_cases(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    state: Annotated[list[CaseState] | None, Query(description="Any of these.")] = None,
    group: Annotated[list[Group] | None, Query(description="Any of these.")] = None,
    municipality: NumberInQuery = None,
    entry: Annotated[
        list[EntryStatus] | None, Query(description="Any of these, of the least certain person.")
    ] = None,
    overdue: Annotated[
        bool | None, Query(description="True: the last day to answer is past; by that day.")
    ] = None,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description=(
                "The start of a case number, a DUF number, or part of a name (three letters at "
                "least); persons are found only where you may see who they are."
            ),
        ),
    ] = None,
    sort: Annotated[
        str | None,
        Query(
            pattern=f"^-?({'|'.join(CaseOrder)})$",
            description="A column, `-` before it for the other way; `when` is week or deadline.",
        ),
    ] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[CaseLine]:
    """The cases you may see, by case number. A municipality finds those that are its own now."""
    today = local_day(at)
    municipality_id = None
    if municipality is not None:
        try:
            municipality_id = register.by_number(session, municipality, on=today, actor=actor).id
        except NotFound:
            return ListOf(items=[])
    page = lists.cases(
        session,
        CaseFilter(
            states=frozenset(state or ()),
            groups=frozenset(group or ()),
            entry=frozenset(entry or ()),
            municipality_id=municipality_id,
            overdue=overdue,
            q=q or None,
        ),
        today=today,
        newest_first=sort is not None and sort.startswith("-"),
        order_by=CaseOrder(sort.removeprefix("-")) if sort else None,
        limit=limit,
        after=cursor,
        actor=actor,
    )
    lines = [CaseLine.of(row, overdue=row.is_overdue(today)) for row in page.items]
    return ListOf(items=lines, next=page.next)


@router.get(
    "/cases/{case_id}",
    operation_id="getCase",
    responses=refusals(403, 404, 409, 422, codes="opening.purpose_missing"),
)
def get_case(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    language: Language,
    response: Response,
    case_id: UUID,
    purpose: Annotated[
        Purpose | None,
        Query(description="What the names are read for; by default your ordinary work."),
    ] = None,
) -> CaseOut:
    """One case with its persons, and what you could do with it now.

    Names and DUF numbers are null where you may not see them: a municipality sees them from the
    settlement decision on. That they were read is put on record with the purpose; an auditor reads
    them with one, and a protected address is opened with one only.
    """
    today = local_day(at)
    seen = details.opened(session, case_id, purpose=purpose, actor=actor, at=at)
    etag.show(response, KIND, seen.version)
    with speaking(language):
        choices = [_choice(choice) for choice in seen.choices]
    born = [person.birth_year for person in seen.persons]
    kinds = kinds_on(session, seen.group, born, on=today) if seen.state not in ENDED else ()
    return CaseOut.of(seen, overdue=seen.is_overdue(today), choices=choices, kinds=kinds)


def _choice(choice: details.Choice) -> ChoiceOut:
    if choice.refusal is None:
        return ChoiceOut(trigger=choice.trigger, allowed=True)
    return ChoiceOut(
        trigger=choice.trigger,
        allowed=False,
        code=choice.refusal.code,
        detail=explain(choice.refusal).sentence,
    )


@router.get("/cases/{case_id}/history", operation_id="listHistory", responses=refusals(404, 422))
def list_history(session: ReadSession, actor: CurrentActor, case_id: UUID) -> ListOf[StepOut]:
    """What happened to the case, the oldest first, in one page.

    A municipality reads what happened while the case was its own.
    """
    steps = history.history(session, case_id, actor=actor)
    return ListOf(items=[StepOut.of(step) for step in steps])


@router.get(
    "/cases/{case_id}/entry-information",
    operation_id="listEntryInformation",
    responses=refusals(404, 422),
)
def list_entry(session: ReadSession, actor: CurrentActor, case_id: UUID) -> ListOf[EntryNotedOut]:
    """What was known of each person's entry, from when, and who said so; the oldest first."""
    noted = history.entry_history(session, case_id, actor=actor)
    return ListOf(items=[EntryNotedOut.of(one) for one in noted])


@router.put(
    "/cases/{case_id}/entry-information",
    operation_id="recordEntryInformation",
    responses=changes_as_read(codes="person.not_in_case"),
)
def record_entry(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    case_id: UUID,
    body: EntryInformationIn,
) -> CaseMoved:
    """Write what is known of entry, of all persons or of some; what was known before stays told."""
    still_at(session, case_id, as_read.numbers(KIND), actor=actor)
    case = record(
        session,
        case_id,
        _entry(body),
        person_ids=body.person_ids,
        actor=actor,
        at=at,
    )
    return moved(response, case)


@router.post(
    "/cases/{case_id}/persons",
    status_code=201,
    operation_id="joinCase",
    dependencies=[Once],
    responses=changes_as_read(codes="places.none_free places.not_registered state.wrong"),
)
def join(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    case_id: UUID,
    body: JoinIn,
) -> PersonJoined:
    """A person joins the case, and the places held follow."""
    version = still_at(session, case_id, as_read.numbers(KIND), actor=actor)
    person_id = registration.join(
        session, case_id, _new_person(body), reason=body.reason, actor=actor, at=at
    )
    etag.show(response, KIND, version + 1)
    return PersonJoined(person_id=person_id, case_id=case_id)


@router.post(
    "/persons/{person_id}/leave",
    operation_id="leaveCase",
    dependencies=[Once],
    responses=changes(404, codes="person.last person.not_in_case settle.already"),
)
def leave(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    person_id: UUID,
    body: LeaveIn,
) -> CaseMoved:
    """A person leaves the case (death, a case of their own), and the places held follow."""
    case = registration.leave(session, person_id, reason=body.reason, actor=actor, at=at)
    return moved(response, case)


@router.post(
    "/persons/{person_id}/correct",
    operation_id="correctPerson",
    dependencies=[Once],
    responses=changes(404, codes="reason.missing person.erased"),
)
def correct_person(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    person_id: UUID,
    body: CorrectPersonIn,
) -> CaseMoved:
    """Put right who a person is (IMDi, UDI); history says what was corrected, never what it was."""
    correction = Correction(body.name, body.duf_number, body.birth_year)
    case = correcting.correct_person(
        session, person_id, correction, reason=body.reason, actor=actor, at=at
    )
    return moved(response, case)


def moved(response: Response, case: CaseInHand | lists.CaseListed) -> CaseMoved:
    """A case after a step, with its new version as the ETag."""
    etag.show(response, KIND, case.version)
    return CaseMoved.of(case)


def _new_case(body: NewCaseIn) -> NewCase:
    return NewCase(
        group=body.group,
        persons=[_new_person(person) for person in body.persons],
        departure_country=body.departure_country,
        entry=None if body.entry is None else _entry(body.entry),
        needs=body.needs,
        related_case_ids=body.related_case_ids,
        reception_centre=body.reception_centre,
        address_protection=body.address_protection,
    )


def _new_person(body: NewPersonIn) -> NewPerson:
    return NewPerson(**{name: getattr(body, name) for name in NewPersonIn.model_fields})


def _entry(body: EntryIn) -> Entry:
    return Entry(body.status, body.source, body.from_on, body.permit_expires_on)
