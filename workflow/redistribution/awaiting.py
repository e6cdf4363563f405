"""What waits for a second person, as those see it who prepared it or may confirm it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    exists,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.approvals.models import Approval, ApprovalRule
from workflow.approvals.rules import RULES, confirmed_by
from workflow.approvals.states import Action, ApprovalState
from workflow.cases.models import Case
from workflow.cases.queries import OPEN_ADDRESS, visible
from workflow.kernel.actor import Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Columns, Sorted, moment, place, words
from workflow.municipalities.models import Municipality

_ORDER: Final = "approvals"


@dataclass(frozen=True, slots=True)
class ApprovalSeen:
    """One action prepared by one person, for another to confirm."""

    id: UUID
    action: Action
    state: ApprovalState
    #: How much it touches: cases, places.
    count: int
    #: What will be done, as its command is given it.
    parameters: Mapping[str, Any]
    case_id: UUID | None
    case_number: str | None
    #: The municipality whose second person it takes; None: IMDi's.
    municipality_number: str | None
    municipality_name: str | None
    prepared_at: datetime
    prepared_by: str
    settled_at: datetime | None
    settled_by: str | None
    reason: str | None
    #: The actor is among those who prepared it.
    own: bool
    #: The actor's role and organisation are the second person's, and it is not the actor's own.
    may_confirm: bool


def awaiting(session: Session, approval_id: UUID, *, actor: Actor) -> ApprovalSeen:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    row = session.execute(_SEEN.where(Approval.id == approval_id, _theirs(actor))).one_or_none()
    if row is None:
        raise NotFound("approval")
    return _seen(row, actor)


def approvals(
    session: Session,
    *,
    states: Collection[ApprovalState] = (),
    sort: str | None = None,
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[ApprovalSeen]:
    """What the actor may confirm or has prepared, the newest first, or by a name of COLUMNS.

    A case with a protected address is in no list: who is named for it finds it at the case.
    """
    wanted = _SEEN.where(_theirs(actor), _open_address()).order_by(
        Approval.prepared_at.desc(), Approval.id.desc()
    )
    if states:
        wanted = wanted.where(Approval.state.in_(states))
    if sort:
        ordered = Sorted(COLUMNS, sort, Approval.id)
        return ordered.page(
            session, wanted, lambda row: _seen(row, actor), limit=limit, after=after
        )
    if after is not None:
        wanted = wanted.where(tuple_(Approval.prepared_at, Approval.id) < _key(after))
    rows = [_seen(row, actor) for row in session.execute(wanted.limit(limit + 1))]
    return cut(rows, limit, _ORDER, lambda row: (row.prepared_at.isoformat(), str(row.id)))


COLUMNS: Columns = {
    "action": place(Approval.action, Action),
    "municipality": Municipality.sort_key,
    "by": words(Approval.prepared_by),
    "at": moment(Approval.prepared_at),
    "state": place(Approval.state, ApprovalState),
}


def _key(after: str) -> Any:
    at, approval_id = unpack(after, _ORDER, str, str)
    try:
        return tuple_(literal(datetime.fromisoformat(at)), literal(UUID(approval_id)))
    except ValueError:
        raise Invalid("not a cursor of this list", pointer="cursor") from None


def of_subject(
    session: Session, action: Action, subject: str, *, actor: Actor
) -> ApprovalSeen | None:
    """What waits about one subject, if anything."""
    row = session.execute(
        _SEEN.where(
            Approval.action == action,
            Approval.subject == subject,
            Approval.state == ApprovalState.WAITING,
            _theirs(actor),
        )
    ).one_or_none()
    return None if row is None else _seen(row, actor)


def to_confirm(session: Session, *, limit: int, actor: Actor) -> list[ApprovalSeen]:
    """What waits for this actor to be the second person of it, the oldest first."""
    mine = _SEEN.where(
        Approval.state == ApprovalState.WAITING, _second_person(actor), ~_prepared(actor)
    )
    rows = session.execute(
        mine.where(_case_visible(actor), _open_address())
        .order_by(Approval.prepared_at, Approval.id)
        .limit(limit)
    )
    return [_seen(row, actor) for row in rows]


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """Whether an action takes two, and from how much on, counted in `unit`."""

    action: Action
    needed: bool
    threshold: int
    unit: str | None
    roles: tuple[Role, ...]
    changed_at: datetime | None
    changed_by: str | None


def approval_rules(
    session: Session, *, country: Country = Country.NORWAY, actor: Actor
) -> list[RuleSeen]:
    """What takes two in a country, for whoever is bound by it or answers for it.

    Raises:
        NotAllowed: other roles.
    """
    bound = confirmed_by(actor.role)
    if not bound and actor.role not in {Role.ADMINISTRATOR, Role.AUDITOR, Role.SYSTEM}:
        raise NotAllowed("the rules of four eyes do not concern the role", role=actor.role)
    known = {row.action: row for row in session.scalars(select(ApprovalRule))}
    return [
        RuleSeen(
            action,
            known[action].needed,
            known[action].threshold,
            rule.unit,
            tuple(sorted(rule.roles)),
            known[action].changed_at,
            known[action].changed_by,
        )
        for action, rule in RULES.items()
        if rule.country is country
    ]


_SEEN: Final = (
    select(
        Approval.id,
        Approval.action,
        Approval.state,
        Approval.count.label("touches"),
        Approval.parameters,
        Approval.case_id,
        select(Case.case_number)
        .where(Case.id == Approval.case_id)
        .scalar_subquery()
        .label("case_number"),
        Municipality.number,
        Municipality.official_name,
        Approval.prepared_at,
        Approval.prepared_by,
        Approval.prepared_persons,
        Approval.municipality_id,
        Approval.settled_at,
        Approval.settled_by,
        Approval.reason,
    )
    .select_from(Approval)
    .outerjoin(Municipality, Municipality.id == Approval.municipality_id)
)


def _theirs(actor: Actor) -> ColumnElement[bool]:
    """Of a case only where the actor sees the case: a protected one stays with those named."""
    if actor.role is Role.AUDITOR:
        return _case_visible(actor)
    return and_(or_(_second_person(actor), _prepared(actor)), _case_visible(actor))


def _second_person(actor: Actor) -> ColumnElement[bool]:
    here = Approval.municipality_id.is_not_distinct_from(actor.municipality_id)
    return and_(Approval.action.in_(confirmed_by(actor.role)), here)


def _prepared(actor: Actor) -> ColumnElement[bool]:
    persons = literal(sorted(actor.persons), ARRAY(String))
    shared: ColumnElement[bool] = Approval.prepared_persons.bool_op("&&")(persons)
    return shared


def _case_visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.SYSTEM:
        return true()
    its_case = exists().where(Case.id == Approval.case_id, visible(actor))
    return or_(Approval.case_id.is_(None), its_case)


def _open_address() -> ColumnElement[bool]:
    its_case = exists().where(Case.id == Approval.case_id, OPEN_ADDRESS)
    return or_(Approval.case_id.is_(None), its_case)


def _seen(row: Row[Any], actor: Actor) -> ApprovalSeen:
    own = bool(actor.persons & set(row.prepared_persons))
    second = actor.role in RULES[row.action].roles and actor.municipality_id == row.municipality_id
    return ApprovalSeen(
        id=row.id,
        action=row.action,
        state=row.state,
        count=row.touches,
        parameters=row.parameters,
        case_id=row.case_id,
        case_number=row.case_number,
        municipality_number=row.number,
        municipality_name=row.official_name,
        prepared_at=row.prepared_at,
        prepared_by=row.prepared_by,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        reason=row.reason,
        own=own,
        may_confirm=second and not own and row.state is ApprovalState.WAITING,
    )
