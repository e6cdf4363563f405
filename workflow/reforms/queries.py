"""What a split has left for IMDi to decide, and which reforms there were."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from workflow.cases.models import Case
from workflow.cases.queries import listed
from workflow.cases.states import CaseState
from workflow.kernel.actor import Actor
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
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
    """The split that ended the municipality, if one did, and who came after it and still exists."""
    ended, after = aliased(ReformParty), aliased(ReformParty)
    row = session.execute(
        select(Reform.id, Reform.on_day, func.array_agg(after.municipality_id))
        .join(ended, and_(ended.reform_id == Reform.id, ended.side == Side.PREDECESSOR))
        .join(after, and_(after.reform_id == Reform.id, after.side == Side.SUCCESSOR))
        .where(Reform.kind == ReformKind.SPLIT, ended.municipality_id == municipality_id)
        .group_by(Reform.id)
    ).one_or_none()
    if row is None:
        return None
    heirs = _heirs(session)
    return Split(row[0], row[1], tuple(sorted({_last(one, heirs) for one in row[2]})))


def left_behind(
    session: Session, *, limit: int = USUAL_PAGE, after: str | None = None, actor: Actor
) -> Page[CaseLeftBehind]:
    """The open cases an actor may see that were left in a municipality that was split.

    Raises:
        Invalid: `after` is no cursor of this list.
    """
    ended = aliased(ReformParty)
    stands_there = or_(
        Case.municipality_id == ended.municipality_id,
        and_(
            Case.municipality_id.is_(None),
            Case.former_municipality_id == ended.municipality_id,
        ),
    )
    found = (
        select(
            Case.id,
            Case.case_number,
            Case.state,
            Case.persons_count,
            Municipality.id,
            Municipality.number,
            Municipality.official_name,
        )
        .join(ended, stands_there)
        .join(Reform, Reform.id == ended.reform_id)
        .join(Municipality, Municipality.id == ended.municipality_id)
        .where(
            Reform.kind == ReformKind.SPLIT,
            ended.side == Side.PREDECESSOR,
            Case.state.not_in([CaseState.SETTLED, CaseState.LAPSED]),
            listed(actor),
        )
        .order_by(Case.case_number)
        .limit(limit + 1)
    )
    if after is not None:
        found = found.where(Case.case_number > unpack(after, _ORDER, str)[0])
    rows = session.execute(found).all()
    successors = {
        one: _numbers(session, split_of(session, one)) for one in {row[4] for row in rows}
    }
    lines = [CaseLeftBehind(*row[:4], *row[5:], successors=successors[row[4]]) for row in rows]
    return cut(lines, limit, _ORDER, lambda line: (line.case_number,))


_ORDER = "left_behind"


def _numbers(session: Session, split: Split | None) -> tuple[str, ...]:
    after = split.successors if split else ()
    return tuple(
        session.scalars(
            select(Municipality.number)
            .where(Municipality.id.in_(after))
            .order_by(Municipality.number)
        )
    )


def _heirs(session: Session) -> dict[int, int]:
    """Whose cases went to whom in mergers."""
    rows = session.execute(
        select(Municipality.id, Municipality.successor_id).where(
            Municipality.successor_id.is_not(None)
        )
    )
    return {row.id: row.successor_id for row in rows}


def _last(municipality_id: int, heirs: dict[int, int]) -> int:
    while municipality_id in heirs:
        municipality_id = heirs[municipality_id]
    return municipality_id
