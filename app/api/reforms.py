"""Mergers and splits of municipalities, and the cases a split leaves for IMDi to decide."""

from collections.abc import Sequence
from datetime import date, timedelta

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.api.parameters import Cursor, Limit
from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.cases import CaseMoved
from app.api.schemas.fields import ListOf
from app.api.schemas.reforms import (
    CaseLeftBehindOut,
    MergerIn,
    MoveIn,
    NewMunicipalityIn,
    ReformOut,
    SplitIn,
)
from app.api.steps import Read
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.heirs import hand_over
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.paging import USUAL_PAGE
from workflow.municipalities import queries as register
from workflow.reforms import commands, queries
from workflow.reforms.commands import Reformed
from workflow.reforms.parties import NewMunicipality

router = APIRouter(tags=["municipalities"], route_class=OnceRoute)

_CODES = (
    "reform.ahead reform.too_early reform.successor_is_predecessor municipality.ended "
    "municipality.number_taken"
)


@router.post(
    "/municipality-mergers",
    status_code=201,
    operation_id="mergeMunicipalities",
    dependencies=[Once],
    responses=changes(404, codes=_CODES, malformed="reform.no_predecessor"),
)
def merge(session: WriteSession, actor: CurrentActor, at: Now, body: MergerIn) -> ReformOut:
    """Municipalities end on a day, and another is their successor from that day on (IMDi's lead).

    What is open of them goes to the successor: cases, questions, homes, bookings, users, and the
    places, in persons, of the years from then on. What is closed is still found under the old
    numbers.
    """
    done = commands.merge(
        session,
        predecessors=[_before(session, number, body.on, actor) for number in body.predecessors],
        successor=_successor(session, body.successor, body.on, actor),
        on=body.on,
        actor=actor,
        at=at,
    )
    hand_over(session, done.predecessors, done.successors[0])
    return _told(session, done, body.on, actor)


@router.post(
    "/municipality-splits",
    status_code=201,
    operation_id="splitMunicipality",
    dependencies=[Once],
    responses=changes(404, codes=_CODES, malformed="reform.too_few_successors"),
)
def split(session: WriteSession, actor: CurrentActor, at: Now, body: SplitIn) -> ReformOut:
    """A municipality ends on a day, and several come after it (IMDi's lead).

    Its open cases stay where they are until IMDi moves each.
    """
    done = commands.split(
        session,
        municipality_id=_before(session, body.municipality_number, body.on, actor),
        successors=[_successor(session, one, body.on, actor) for one in body.successors],
        on=body.on,
        actor=actor,
        at=at,
    )
    return _told(session, done, body.on, actor)


@router.get(
    "/municipality-splits/cases", operation_id="listCasesLeftBehind", responses=refusals(422)
)
def left_behind(
    session: ReadSession, actor: CurrentActor, limit: Limit = USUAL_PAGE, cursor: Cursor = None
) -> ListOf[CaseLeftBehindOut]:
    """Cases of municipalities that were split, waiting for IMDi to say where they go on."""
    page = queries.left_behind(session, limit=limit, after=cursor, actor=actor)
    return ListOf(items=[CaseLeftBehindOut.of(line) for line in page.items], next=page.next)


@router.post(
    "/cases/{case_id}/move",
    operation_id="moveCaseAfterSplit",
    dependencies=[Once],
    responses=changes_as_read(codes="reform.case_not_left_behind reform.not_a_successor"),
)
def move(case: Read, body: MoveIn) -> CaseMoved:
    """Say in which successor a case of a split municipality goes on (IMDi); its places go along."""
    municipality = register.by_number(
        case.session, body.municipality_number, on=local_day(case.at), actor=case.actor
    )
    return case.take(commands.move_case_to, municipality_id=municipality.id)


def _before(session: Session, number: str, on: date, actor: Actor) -> int:
    """Who had the number until the day of the reform."""
    return register.by_number(session, number, on=on - timedelta(days=1), actor=actor).id


def _successor(
    session: Session, said: str | NewMunicipalityIn, on: date, actor: Actor
) -> NewMunicipality | int:
    return _before(session, said, on, actor) if isinstance(said, str) else said.new()


def _told(session: Session, done: Reformed, on: date, actor: Actor) -> ReformOut:
    def numbers(municipality_ids: Sequence[int]) -> list[str]:
        return [register.by_id(session, one, actor=actor).number for one in municipality_ids]

    return ReformOut(
        id=done.reform_id,
        on=on,
        predecessors=numbers(done.predecessors),
        successors=numbers(done.successors),
        cases=done.cases,
        persons=done.persons,
    )
