"""What a split has left for IMDi to decide, and which reforms there were."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from workflow.cases.models import Case
from workflow.cases.queries import visible
from workflow.cases.states import CaseState
from workflow.kernel.actor import Actor
from workflow.municipalities.models import Municipality
from workflow.reforms.models import Reform, ReformParty
from workflow.reforms.states import ReformKind, Side


@dataclass(frozen=True, slots=True)
class Split:
    """A municipality that was split, and into which."""

    reform_id: int
    on: date
    successors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CaseLeftBehind:
    """A case of a municipality that was split: it waits there until IMDi says where it goes on."""

    case_id: UUID
    case_number: str
    state: CaseState
    persons_count: int
    municipality_number: str
    municipality_name: str
    #: Numbers of the municipalities it may go to.
    successors: tuple[str, ...]


def split_of(session: Session, municipality_id: int) -> Split | None:
    """The split that ended the municipality, if one did."""
    ended, after = aliased(ReformParty), aliased(ReformParty)
    row = session.execute(
        select(Reform.id, Reform.on_day, func.array_agg(after.municipality_id))
        .join(ended, and_(ended.reform_id == Reform.id, ended.side == Side.PREDECESSOR))
        .join(after, and_(after.reform_id == Reform.id, after.side == Side.SUCCESSOR))
        .where(Reform.kind == ReformKind.SPLIT, ended.municipality_id == municipality_id)
        .group_by(Reform.id)
    ).one_or_none()
    return None if row is None else Split(row[0], row[1], tuple(row[2]))


def left_behind(session: Session, *, actor: Actor) -> list[CaseLeftBehind]:
    """The open cases an actor may see that were left in a municipality that was split."""
    ended, after = aliased(ReformParty), aliased(ReformParty)
    was, now = aliased(Municipality), aliased(Municipality)
    stands_there = or_(
        Case.municipality_id == ended.municipality_id,
        and_(
            Case.municipality_id.is_(None),
            Case.former_municipality_id == ended.municipality_id,
        ),
    )
    rows = session.execute(
        select(
            Case.id,
            Case.case_number,
            Case.state,
            Case.persons_count,
            was.number,
            was.official_name,
            func.array_agg(aggregate_order_by(now.number, now.number)),
        )
        .join(ended, stands_there)
        .join(
            Reform,
            and_(
                Reform.id == ended.reform_id,
                Reform.kind == ReformKind.SPLIT,
                ended.side == Side.PREDECESSOR,
            ),
        )
        .join(after, and_(after.reform_id == Reform.id, after.side == Side.SUCCESSOR))
        .join(was, was.id == ended.municipality_id)
        .join(now, now.id == after.municipality_id)
        .where(Case.state.not_in([CaseState.SETTLED, CaseState.LAPSED]), visible(actor))
        .group_by(Case.id, was.id)
        .order_by(Case.case_number)
    )
    return [CaseLeftBehind(*row[:6], successors=tuple(row[6])) for row in rows]
