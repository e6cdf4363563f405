"""What two cases are to each other, and how near to each other they are to be settled.

A tie is of both cases and shown on both. A plan moves those that are to be in one municipality as
one, and brings those that are to be near to one county; the published order takes each by itself.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.cases.entry import REGISTERS
from workflow.cases.errors import WrongState
from workflow.cases.machine import Context
from workflow.cases.models import Case, CaseLink
from workflow.cases.moves import CaseInHand, many_for_change, write
from workflow.cases.queries import visible
from workflow.cases.states import CaseState, TieKind, TieReach
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.expectations import compare

TIE, UNTIE = "tie", "untie"
#: Of ties in one municipality, which is there or not at all.
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Tie:
    kind: TieKind
    reach: TieReach = TieReach.ONE
    #: Per cent; of those near, how far a plan goes for it. 100: all of them there, or none.
    strength: int = WHOLE


@dataclass(frozen=True, slots=True)
class TieSeen:
    """One tie as it is seen from a case: the other case, and what they are to each other."""

    case_id: UUID
    case_number: str
    kind: TieKind
    reach: TieReach
    strength: int


def ties(session: Session, case_id: UUID, *, actor: Actor) -> list[TieSeen]:
    """The case's ties to cases this actor may see, by case number.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    if session.scalar(select(Case.id).where(Case.id == case_id, visible(actor))) is None:
        raise NotFound("case")
    rows = session.execute(
        select(Case.id, Case.case_number, CaseLink.kind, CaseLink.reach, CaseLink.strength)
        .join(
            CaseLink,
            or_(
                and_(CaseLink.case_id == case_id, CaseLink.related_case_id == Case.id),
                and_(CaseLink.related_case_id == case_id, CaseLink.case_id == Case.id),
            ),
        )
        .where(visible(actor))
        .order_by(Case.case_number)
    )
    return [TieSeen(*row) for row in rows]


def tie(
    session: Session, case_id: UUID, other_id: UUID, new: Tie, *, actor: Actor, at: datetime
) -> CaseInHand:
    """Tie two cases, or change what they are to each other; as it stands already changes nothing.

    Raises:
        NotFound: a case that is not there, or not the actor's. NotAllowed: it is IMDi's and UDI's.
        Invalid: a case with itself, or a strength that says nothing. WrongState: one has lapsed.
    """
    if case_id == other_id:
        raise Invalid("a case has no tie to itself", pointer="/related_case_id")
    if not 1 <= new.strength <= WHOLE:
        raise Invalid("no strength", pointer="/strength", expected="1 to 100 per cent")
    if new.reach is TieReach.ONE and new.strength != WHOLE:
        raise Invalid("in one municipality or not", pointer="/strength", expected="100")
    cases = _both(session, case_id, other_id, actor)
    for case in cases.values():
        if case.state is CaseState.LAPSED:
            raise WrongState(trigger=TIE, state=case.state)
    key = _key(case_id, other_id)
    values = {"kind": new.kind, "reach": new.reach, "strength": new.strength}
    before = session.execute(
        select(CaseLink.kind, CaseLink.reach, CaseLink.strength).where(*_is(key))
    ).one_or_none()
    if before is not None and before._asdict() == values:
        return cases[case_id]
    session.execute(
        upsert(CaseLink)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )
    _tell(session, cases, TIE, values, actor=actor, at=at)
    return cases[case_id]


def untie(
    session: Session, case_id: UUID, other_id: UUID, *, actor: Actor, at: datetime
) -> CaseInHand:
    """The two cases are nothing to each other; twice is as once.

    Raises:
        NotFound: a case that is not there, or not the actor's. NotAllowed: it is IMDi's and UDI's.
    """
    cases = _both(session, case_id, other_id, actor)
    if rows_changed(session, delete(CaseLink).where(*_is(_key(case_id, other_id)))):
        _tell(session, cases, UNTIE, {}, actor=actor, at=at)
    return cases[case_id]


def by_number(session: Session, case_number: str, *, actor: Actor) -> UUID:
    """The case of a number, as somebody typed it.

    Raises:
        Invalid: no such case, or not one of the actor's.
    """
    found = session.scalar(
        select(Case.id).where(Case.case_number == case_number.strip(), visible(actor))
    )
    if found is None:
        raise Invalid("no such case number", pointer="/case_number", expected="2020-000123")
    return found


def between(session: Session, case_ids: Collection[UUID]) -> list[CaseLink]:
    """Every tie of any of these cases, in the order of their ids; whose they are is not asked."""
    wanted = list(case_ids)
    found = session.scalars(
        select(CaseLink)
        .where(or_(CaseLink.case_id.in_(wanted), CaseLink.related_case_id.in_(wanted)))
        .order_by(CaseLink.case_id, CaseLink.related_case_id)
        .execution_options(populate_existing=True)
    )
    return list(found)


def _both(
    session: Session, case_id: UUID, other_id: UUID, actor: Actor
) -> Mapping[UUID, CaseInHand]:
    cases = {one.id: one for one in many_for_change(session, {case_id, other_id}, actor=actor)}
    if len(cases) < 2:
        raise NotFound("case")
    if actor.role not in REGISTERS:
        raise NotAllowed("only IMDi and UDI say which cases are related", role=actor.role)
    compare(session, case_id, cases[case_id].version)
    return cases


def _key(one: UUID, other: UUID) -> dict[str, UUID]:
    return {"case_id": min(one, other), "related_case_id": max(one, other)}


def _is(key: Mapping[str, UUID]) -> tuple[Any, ...]:
    return (
        CaseLink.case_id == key["case_id"],
        CaseLink.related_case_id == key["related_case_id"],
    )


def _tell(
    session: Session,
    cases: Mapping[UUID, CaseInHand],
    trigger: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """History and audit of both; a case of a protected address is named in no other's."""
    ctx = Context(actor, local_day(at))
    one, two = cases
    for case_id, other_id in ((one, two), (two, one)):
        named = {"related_case_id": str(other_id)} if cases[other_id].is_open else {}
        case = cases[case_id]
        write(session, case, trigger, case.state, ctx, at=at, facts={**values, **named})
