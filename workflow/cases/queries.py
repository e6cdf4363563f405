"""What an actor may see of cases. What it may not see does not exist for it."""

from datetime import date
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    exists,
    false,
    literal_column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy import column as _column
from sqlalchemy.orm import Session

from workflow.cases.access_models import ProtectedAccess
from workflow.cases.models import Case, Distribution, Measure
from workflow.cases.states import DECIDED, DistributionState, Group, Protection
from workflow.kernel.actor import MUNICIPALITY, READS_ALL_CASES, Actor, Role
from workflow.kernel.db import ONE, table_of

_NUMBER_AND_PROTECTION = {"id", "case_number", "case_group", "address_protection"}
_CASES, _QUESTIONS, _MEASURES = table_of(Case), table_of(Distribution), table_of(Measure)
_ACCESS = table_of(ProtectedAccess)
#: What is left of a case for who was asked about it, also when it has gone elsewhere; and the cases
#: no list may name. Views of the database's: row security hides the rest (migration 0008).
_ASKED = table(
    "asked_cases",
    *(_column(one.name, one.type) for one in _CASES.c if one.name in _NUMBER_AND_PROTECTION),
)
_PROTECTED = table("protected_cases", _column("id", Uuid))

#: Cases whose people's address is not protected: the only ones in lists, counts, search, notices,
#: runs and exports, whoever asks.
OPEN_ADDRESS: ColumnElement[bool] = _CASES.c.address_protection == literal_column(
    f"'{Protection.NONE}'"
)


_STANDS_AS_A_NO: list[ColumnElement[str]] = [
    literal_column(f"'{state}'")
    for state in (DistributionState.DECLINED, DistributionState.RETRACTED)
]


def visible(actor: Actor) -> ColumnElement[bool]:
    """The cases an actor may see, as a condition on `cases`.

    A municipality sees the case only while it is the case's municipality; what it was asked before
    stays in its own distributions (R14, R24). One with a protected address is seen by the persons
    named for it and nobody else. For one case at a time: lists take `listed`.
    """
    return _visible(actor.role, actor.municipality_id, actor.reception_centre, actor.named_user)


def listed(actor: Actor) -> ColumnElement[bool]:
    """The cases an actor finds in lists, counts and search: never one with a protected address."""
    theirs = _theirs(actor.role, actor.municipality_id, actor.reception_centre)
    return and_(OPEN_ADDRESS, theirs)


def visible_to(role: Role) -> ColumnElement[bool]:
    """The same for any actor of a role, whose `whose` are the parameters."""
    return _visible(
        role,
        bindparam("own_municipality", type_=Integer),
        bindparam("own_centre", type_=String),
        bindparam("own_user", type_=Integer),
    )


def whose(actor: Actor) -> dict[str, Any]:
    return {
        "own_municipality": actor.municipality_id,
        "own_centre": actor.reception_centre,
        "own_user": actor.named_user,
    }


def _visible(
    role: Role,
    municipality: int | BindParameter[int] | None,
    centre: str | BindParameter[str] | None,
    user: int | BindParameter[int] | None,
) -> ColumnElement[bool]:
    theirs = _theirs(role, municipality, centre)
    if role is Role.SYSTEM:  # what goes on by itself concerns every case, and shows nobody any
        return theirs
    return and_(or_(OPEN_ADDRESS, named_for(user)), theirs)


def named_for(
    user: int | BindParameter[int] | None, case_id: ColumnElement[Any] = _CASES.c.id
) -> ColumnElement[bool]:
    """The cases with a protected address a person is named for; a machine is no person."""
    if user is None:
        return false()
    return (
        exists()
        .where(
            _ACCESS.c.case_id == case_id,
            _ACCESS.c.user_id == user,
            _ACCESS.c.ended_at.is_(None),
        )
        .correlate_except(_ACCESS)
    )


def _theirs(
    role: Role,
    municipality: int | BindParameter[int] | None,
    centre: str | BindParameter[str] | None,
) -> ColumnElement[bool]:
    if role in READS_ALL_CASES:
        return true()
    if role in MUNICIPALITY and municipality is not None:
        return _CASES.c.municipality_id == municipality
    if role is Role.TRAVEL_OFFICER:
        return _CASES.c.case_group == literal_column(f"'{Group.RESETTLEMENT}'")
    if role is Role.RECEPTION_CENTRE and centre is not None:
        return _CASES.c.reception_centre == centre
    return false()


def cases_asked_about(actor: Actor) -> FromClause:
    """The cases of the questions an actor may see: id, number, group and protection."""
    return _ASKED if actor.is_municipality else _CASES


def not_protected(case_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a case's people have no protected address, whether or not the actor sees the case."""
    return case_id.not_in(select(_PROTECTED.c.id))


def distributions_visible(actor: Actor) -> ColumnElement[bool]:
    """The questions to municipalities an actor may see, on them and their `cases_asked_about`.

    A municipality sees its own; that of a case with a protected address only who is named for it.
    Lists take `distributions_listed`.
    """
    theirs = _own_questions(actor)
    if actor.role is Role.SYSTEM:
        return theirs
    cases = cases_asked_about(actor)
    return and_(or_(_is_open(cases), named_for(actor.named_user, cases.c.id)), theirs)


def distributions_listed(actor: Actor) -> ColumnElement[bool]:
    """The questions an actor finds in lists: never one about a protected address."""
    return and_(_is_open(cases_asked_about(actor)), _own_questions(actor))


def _is_open(cases: FromClause) -> ColumnElement[bool]:
    return cases.c.address_protection == literal_column(f"'{Protection.NONE}'")


def _own_questions(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL_CASES:
        return true()
    if actor.is_municipality and actor.municipality_id is not None:
        return Distribution.municipality_id == actor.municipality_id
    return false()


def may_see_names(actor: Actor, case: Case) -> bool:
    """Names and the folder: the municipality's from `placed` on; until then it is anonymous."""
    if actor.is_municipality:
        return case.state in DECIDED
    if actor.role is Role.TRAVEL_OFFICER:
        return case.state in DECIDED
    return actor.role in READS_ALL_CASES or actor.role is Role.RECEPTION_CENTRE


def still_declined(municipality_id: Any = None) -> ColumnElement[bool]:
    """Distributions that stand as a no."""
    condition = and_(
        _QUESTIONS.c.state.in_(_STANDS_AS_A_NO),
        _QUESTIONS.c.reopened_at.is_(None),
    )
    if municipality_id is None:
        return condition
    return and_(condition, _QUESTIONS.c.municipality_id == municipality_id)


def _pauses(group: ColumnElement[Any]) -> Select[str]:
    today = bindparam("today", type_=_MEASURES.c.from_on.type)
    return (
        select(_MEASURES.c.reason)
        .where(
            _MEASURES.c.case_group == group,
            _MEASURES.c.ended_at.is_(None),
            _MEASURES.c.from_on <= today,
            or_(_MEASURES.c.until_on.is_(None), _MEASURES.c.until_on >= today),
        )
        .order_by(_MEASURES.c.id)
        .limit(ONE)
    )


_PAUSED_BY = _pauses(bindparam("group", type_=_MEASURES.c.case_group.type))

#: What keeps a case from `municipality_id`, besides itself and the places; read with the case.
#: The reason of a measure that pauses its group, and whether the municipality's no to it stands.
BARS = (
    _pauses(_CASES.c.case_group).scalar_subquery(),
    exists().where(
        _QUESTIONS.c.case_id == _CASES.c.id,
        still_declined(bindparam("municipality_id", type_=Integer)),
    ),
)


def paused_by(session: Session, group: Group, today: date) -> str | None:
    """The reason of a measure that pauses the group on a day, if there is one (R31)."""
    return session.scalar(_PAUSED_BY, {"group": group, "today": today})
