"""The steps of a case's life, one operation each; a case's `choices` say what may be done now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from app.api.cases import KIND, moved
from app.api.parameters import Language
from app.api.refusals import changes, changes_as_read
from app.api.schemas.cases import (
    AcceptIn,
    CaseMoved,
    ChangeWeekIn,
    CorrectSettlementIn,
    Decided,
    DecideManyIn,
    DecisionOut,
    DistributeIn,
    LapseIn,
    SayNoIn,
    SettleIn,
    WithdrawIn,
)
from app.approving import WAITS, Waiting
from app.audit import refused
from app.clock import Now
from app.db import WriteSession
from app.etag import AsRead, IfMatch
from app.idempotency import Once, OnceRoute
from app.languages import speaking
from app.signin import CurrentActor
from app.wording import explain
from workflow.cases import commands, deciding, lists, settling
from workflow.cases.moves import CaseInHand
from workflow.cases.preconditions import still_at
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import DomainError, Invalid, NotFound
from workflow.kernel.expectations import expect
from workflow.municipalities import queries as register
from workflow.redistribution import commands as redistribution

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CaseAsRead:
    """The case a step is taken on, as whoever takes it has read it."""

    session: Session
    id: UUID
    actor: Actor
    at: datetime
    as_read: AsRead
    response: Response

    def take(self, command: Callable[..., CaseInHand], **brought: Any) -> CaseMoved:
        """Give the command, which compares what was read under its lock of the case."""
        return moved(self.response, self.give(command, **brought))

    def give(self, command: Callable[..., T], **brought: Any) -> T:
        """As `take`, for commands that answer something else than the case.

        A command that is refused before it has locked the case is compared then: what is stale is
        told as stale, whatever else is wrong.
        """
        versions = self.as_read.numbers(KIND)
        if versions is None:
            return command(self.session, self.id, **brought, actor=self.actor, at=self.at)
        expectation = expect(self.session, self.id, versions)
        try:
            answer = command(self.session, self.id, **brought, actor=self.actor, at=self.at)
        except DomainError:
            if not expectation.compared:
                still_at(self.session, self.id, versions, actor=self.actor)
            raise
        if not expectation.compared:
            raise RuntimeError(f"{command} has not locked the case")
        return answer

    def read_again(self) -> CaseMoved:
        """The case after a command that leaves more behind than what it had in hand."""
        return moved(self.response, lists.line(self.session, self.id, actor=self.actor))


async def _as_read(
    session: WriteSession,
    case_id: UUID,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
) -> CaseAsRead:
    return CaseAsRead(session, case_id, actor, at, as_read, response)


Read = Annotated[CaseAsRead, Depends(_as_read)]

router = APIRouter(tags=["steps of a case"], route_class=OnceRoute, dependencies=[Once])

_PUT_CODES = (
    "state.wrong measure.paused entry.when_unknown entry.not_possible municipality.declined "
    "places.none_free places.not_registered override.reason_missing vacancy.not_open "
    "vacancy.does_not_fit"
)


@router.post(
    "/cases/{case_id}/distribute",
    operation_id="distributeCase",
    responses=changes_as_read(codes=_PUT_CODES),
)
def distribute(case: Read, body: DistributeIn) -> CaseMoved:
    """Put a new case to a municipality (IMDi): it is asked, and places for its persons are held.

    Another municipality than the first proposed needs a reason.
    """
    return case.take(
        redistribution.distribute,
        municipality_id=_municipality(case, body),
        year=body.year,
        vacancy_id=body.vacancy_id,
        override_reason=body.override_reason,
    )


@router.post(
    "/cases/{case_id}/redistribute",
    operation_id="redistributeCase",
    responses=changes_as_read(codes=_PUT_CODES),
)
def redistribute(case: Read, body: DistributeIn) -> CaseMoved:
    """Put a withdrawn case to a municipality again (IMDi); entry must be possible for everybody."""
    return case.take(
        redistribution.redistribute,
        municipality_id=_municipality(case, body),
        year=body.year,
        vacancy_id=body.vacancy_id,
        override_reason=body.override_reason,
    )


@router.post(
    "/cases/{case_id}/accept",
    operation_id="acceptCase",
    responses=changes_as_read(
        codes="state.wrong week.past week.after_permit week.before_entry places.year_full "
        "vacancy.not_open vacancy.does_not_fit vacancy.not_yet vacancy.no_longer",
        malformed="week.required",
    ),
)
def accept(case: Read, body: AcceptIn) -> CaseMoved:
    """The municipality says yes, with a new settlement week; a late yes counts until withdrawn."""
    return case.take(
        commands.accept,
        settlement_week=body.settlement_week,
        vacancy_id=body.vacancy_id,
        quarantine_confirmed=body.quarantine_confirmed,
    )


@router.post(
    "/cases/{case_id}/decline",
    operation_id="declineCase",
    responses=changes_as_read(codes="state.wrong"),
)
def decline(case: Read, body: SayNoIn) -> CaseMoved:
    """The municipality says no; the places are free at once."""
    return case.take(commands.decline, reason_code=body.reason_code, text=body.text)


@router.post(
    "/cases/{case_id}/retract",
    operation_id="retractAnswer",
    responses=changes_as_read(codes="state.wrong"),
)
def retract(case: Read, body: SayNoIn) -> CaseMoved:
    """The municipality takes its yes back, before the settlement decision."""
    return case.take(commands.retract, reason_code=body.reason_code, text=body.text)


@router.post(
    "/cases/{case_id}/change-week",
    operation_id="changeWeek",
    responses=changes_as_read(
        codes="state.wrong week.past week.after_permit week.before_entry week.needs_consent "
        "reason.missing places.year_full",
        malformed="week.required",
    ),
)
def change_week(case: Read, body: ChangeWeekIn) -> CaseMoved:
    """Another settlement week: the municipality's, once placed IMDi's with a reason."""
    return case.take(
        commands.change_week,
        settlement_week=body.settlement_week,
        reason=body.reason,
    )


@router.post(
    "/cases/{case_id}/decide",
    operation_id="decideCase",
    responses=changes_as_read(codes="state.wrong"),
)
def decide(case: Read) -> CaseMoved:
    """IMDi's settlement decision; from now on the municipality sees who it is."""
    return case.take(deciding.decide)


@router.post("/decisions", operation_id="decideCases", responses=changes())
def decide_many(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    language: Language,
    body: DecideManyIn,
) -> Decided:
    """Settlement decisions on many cases at once: one line each, in the order they were named.

    A case that is refused stays as it is and says why; the others are decided.
    """
    results = deciding.decide_many(session, body.case_ids, actor=actor, at=at)
    refused.attempts_among(request, session, "case_id", results, at=at)
    with speaking(language):
        return Decided(items=[_decision(case_id, result) for case_id, result in results])


@router.post(
    "/cases/{case_id}/withdraw",
    operation_id="withdrawCase",
    response_model=CaseMoved,
    responses=changes_as_read(
        codes="state.wrong legal_ground.missing settle.some_settled approvals.waits_already"
    )
    | WAITS,
)
def withdraw(case: Read, body: WithdrawIn) -> CaseMoved | Response:
    """Take the case back from its municipality (IMDi): nothing is held any more.

    From `placed` on the settlement decision is reversed, on a legal ground; travel is cancelled.
    """
    waiting = Waiting(case.session, case.actor, case.at)
    with waiting.or_waits():
        case.give(redistribution.withdraw, reason=body.reason, legal_ground=body.legal_ground)
    return waiting.answer() if waiting.ids else case.read_again()


@router.post(
    "/cases/{case_id}/lapse",
    operation_id="lapseCase",
    response_model=CaseMoved,
    responses=changes_as_read(codes="state.wrong settle.some_settled approvals.waits_already")
    | WAITS,
)
def lapse(case: Read, body: LapseIn) -> CaseMoved | Response:
    """The household will not come (IMDi, UDI): places are free, a decision is reversed."""
    waiting = Waiting(case.session, case.actor, case.at)
    with waiting.or_waits():
        case.give(redistribution.lapse, reason=body.reason)
    return waiting.answer() if waiting.ids else case.read_again()


@router.post(
    "/cases/{case_id}/settle",
    operation_id="settleCase",
    responses=changes_as_read(
        codes="state.wrong settle.not_arrived settle.before_placed settle.before_arrival "
        "settle.in_future settle.already person.not_in_case reason.missing"
    ),
)
def settle(case: Read, body: SettleIn) -> CaseMoved:
    """Settlement dates: one for all who are there, or one per person.

    The case is settled when every person has a date. IMDi writes them with a reason.
    """
    return case.take(
        settling.settle,
        settled_on=body.settled_on,
        persons=body.dates,
        reason=body.reason,
    )


@router.post(
    "/cases/{case_id}/correct-settlement",
    operation_id="correctSettlement",
    responses=changes_as_read(
        codes="settle.before_placed settle.before_arrival settle.in_future person.not_in_case "
        "reason.missing"
    ),
)
def correct_settlement(case: Read, body: CorrectSettlementIn) -> CaseMoved:
    """Correct settlement dates, with a reason; the wrong ones stay in the history."""
    return case.take(
        settling.correct_settlement,
        settled_on=body.settled_on,
        persons=body.dates,
        reason=body.reason,
    )


def _municipality(case: CaseAsRead, body: DistributeIn) -> int:
    """Whose number it is today."""
    today = local_day(case.at)
    try:
        named = register.by_number(
            case.session, body.municipality_number, on=today, actor=case.actor
        )
    except NotFound:
        raise Invalid("no such municipality", pointer="/municipality_number") from None
    return named.id


def _decision(case_id: UUID, result: CaseInHand | DomainError) -> DecisionOut:
    if isinstance(result, DomainError):
        return DecisionOut(
            case_id=case_id,
            decided=False,
            code=result.code,
            detail=explain(result).sentence,
        )
    return DecisionOut(case_id=case_id, decided=True, state=result.state)
