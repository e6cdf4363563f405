"""One case at a time: put it to a municipality, withdraw it, let it lapse."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved
from workflow.cases import commands as cases
from workflow.cases.commands import Question
from workflow.cases.machine import Context
from workflow.cases.moves import CaseInHand, for_change
from workflow.cases.states import LegalGround
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.ranking.order import Ranked
from workflow.redistribution.errors import NeedNotMet, OverrideReasonMissing
from workflow.redistribution.four_eyes import reversal_needs_two
from workflow.redistribution.homes import tell_of_choice
from workflow.redistribution.leaving import Leaving, ground_of, lapse_all, withdraw_all
from workflow.redistribution.proposals import Proposals, line_data, propose


def distribute(
    session: Session,
    case_id: UUID,
    *,
    municipality_id: int,
    year: int | None = None,
    vacancy_id: UUID | None = None,
    override_reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Put a new case to a municipality.

    Raises:
        OverrideReasonMissing: another than the first proposed, without a reason.
        and see workflow.cases.commands.put_to_municipality.
    """
    question = _Choice(municipality_id, year, vacancy_id, override_reason)
    return _put(session, case_id, "distribute", question, actor=actor, at=at)


def redistribute(
    session: Session,
    case_id: UUID,
    *,
    municipality_id: int,
    year: int | None = None,
    vacancy_id: UUID | None = None,
    override_reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Put a case that was withdrawn to a municipality again; the same refusals as `distribute`."""
    question = _Choice(municipality_id, year, vacancy_id, override_reason)
    return _put(session, case_id, "redistribute", question, actor=actor, at=at)


def withdraw(
    session: Session,
    case_id: UUID,
    *,
    reason: str | None,
    legal_ground: str | None,
    approved: Approved | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Take a case back; from `placed` on its decision is reversed as well (R11, R14, R35).

    Raises:
        ReasonMissing, LegalGroundMissing, SomeSettled, WrongState.
        Invalid: no such legal ground. SecondPersonNeeded: a decision is reversed.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at), reason=reason, legal_ground=ground_of(legal_ground))
    reversal_needs_two(session, case, "withdraw", ctx, approved)
    withdraw_all(session, [case], Leaving(ctx, at))
    return case


def lapse(
    session: Session,
    case_id: UUID,
    *,
    reason: str | None,
    approved: Approved | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """The household will not come: places are freed, a decision is reversed.

    Raises:
        SecondPersonNeeded: a decision is reversed. And see `withdraw`.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at), reason=reason, legal_ground=LegalGround.CONDITIONS_FAILED)
    reversal_needs_two(session, case, "lapse", ctx, approved)
    lapse_all(session, [case], Leaving(ctx, at))
    return case


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the officer chose."""

    municipality_id: int
    year: int | None
    vacancy_id: UUID | None
    override_reason: str | None


def _put(
    session: Session, case_id: UUID, trigger: str, choice: _Choice, *, actor: Actor, at: datetime
) -> CaseInHand:
    proposals = propose(session, case_id, year=choice.year, actor=actor, at=at)
    number = proposals.register.number_of.get(choice.municipality_id)
    if number is None:
        raise NotFound("municipality")
    if needs := proposals.missing.get(number):
        raise NeedNotMet(municipality=number, needs=[str(one["need"]) for one in needs])
    line = proposals.of(number)
    overridden = line is None or line.rank > 1
    # One the order leaves out is refused below by its own code, or has agreed to more places.
    if line is not None and overridden and not choice.override_reason:
        raise OverrideReasonMissing(first=proposals.first or "", chosen=number)
    case = cases.put_to_municipality(
        session,
        case_id,
        trigger,
        Question(
            municipality_id=choice.municipality_id,
            year=proposals.year,
            vacancy_id=choice.vacancy_id,
            override_reason=choice.override_reason if overridden else None,
            reasons=[line_data(item) for item in _told(proposals, number)],
            rules_version=proposals.ranking.rules.version,
        ),
        actor=actor,
        at=at,
    )
    if overridden and not choice.override_reason:
        raise OverrideReasonMissing(first=proposals.first or "", chosen=number)
    if case.is_open:  # homes passed over tell of the case
        tell_of_choice(session, proposals, number, choice.vacancy_id, actor=actor, at=at)
    return case


def _told(proposals: Proposals, chosen: str) -> list[Ranked]:
    """The chosen line and the next few: what the distribution keeps of its reasons."""
    shown = proposals.ranking.items[: 1 + proposals.ranking.rules.next_shown]
    line = proposals.of(chosen)
    return [*([line] if line is not None and line not in shown else []), *shown]
