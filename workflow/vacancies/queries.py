"""What an actor may see of vacancies: a municipality its own, IMDi all, others none."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    column,
    false,
    literal,
    null,
    select,
    table,
    true,
    tuple_,
)
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality
from workflow.vacancies.models import Vacancy, VacancyFate
from workflow.vacancies.states import Fate, ReasonCode, VacancyKind, VacancyState

_ORDER = "vacancies"

# Only what keeps a case with a protected address out of what is read here: a view, for a
# municipality sees no row of such a case.
_PROTECTED = select(table("protected_cases", column("id", Uuid)).c.id)


def _if_open(case_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The case's id, where its people's address is not protected."""
    return sql_case((case_id.not_in(_PROTECTED), case_id), else_=null())


@dataclass(frozen=True, slots=True)
class FateSeen:
    """One thing that happened to a vacancy."""

    at: datetime
    what: Fate
    case_id: UUID | None
    #: The criterion it was passed over on, or the closer's reason.
    why: str | None


@dataclass(frozen=True, slots=True)
class VacancySeen:
    id: UUID
    municipality_id: int
    municipality_number: str
    municipality_name: str
    kind: VacancyKind
    state: VacancyState
    places: int
    available_from_week: Week
    available_until_week: Week | None
    rooms: int | None
    group: str | None
    accessible: bool
    quarantine: bool
    comment: str | None
    reason_code: ReasonCode | None
    withdrawn_case_id: UUID | None
    case_id: UUID | None
    at: datetime
    version: int
    #: The first thing first.
    fate: tuple[FateSeen, ...]


def visible(actor: Actor) -> ColumnElement[bool]:
    """The vacancies an actor may see, as a condition on `vacancies`."""
    if actor.role in READS_ALL_CASES:
        return true()
    if actor.is_municipality and actor.municipality_id is not None:
        return Vacancy.municipality_id == actor.municipality_id
    return false()


def vacancy(session: Session, vacancy_id: UUID, *, actor: Actor) -> VacancySeen:
    """One vacancy with its fate.

    Raises:
        NotFound: no such vacancy, or not one this actor may see.
    """
    row = session.execute(_SEEN.where(Vacancy.id == vacancy_id, visible(actor))).one_or_none()
    if row is None:
        raise NotFound("vacancy")
    return _with_fates(session, [row], actor)[0]


def vacancies(
    session: Session,
    *,
    states: frozenset[VacancyState] = frozenset(),
    municipality_id: int | None = None,
    group: str | None = None,
    after: str | None = None,
    limit: int = USUAL_PAGE,
    actor: Actor,
) -> Page[VacancySeen]:
    """Vacancies with their fates, the newest first.

    Args:
        states: no state = all.
        group: only those a case of the group could have; those for any group are among them.

    Raises:
        Invalid: `after` is no cursor of this list.
    """
    wanted = _SEEN.where(visible(actor))
    if states:
        wanted = wanted.where(Vacancy.state.in_(states))
    if municipality_id is not None:
        wanted = wanted.where(Vacancy.municipality_id == municipality_id)
    if group is not None:
        wanted = wanted.where(Vacancy.group.is_(None) | (Vacancy.group == group))
    if after is not None:
        wanted = wanted.where(tuple_(Vacancy.at, Vacancy.id) < _key_in(after))
    rows = session.execute(
        wanted.order_by(Vacancy.at.desc(), Vacancy.id.desc()).limit(limit + 1)
    ).all()
    return cut(
        _with_fates(session, rows, actor),
        limit,
        _ORDER,
        lambda one: (one.at.isoformat(), str(one.id)),
    )


_SEEN: Select[*tuple[Any, ...]] = select(
    Vacancy.id,
    Vacancy.municipality_id,
    Municipality.number.label("municipality_number"),
    Municipality.official_name.label("municipality_name"),
    Vacancy.kind,
    Vacancy.state,
    Vacancy.places,
    Vacancy.available_from_week,
    Vacancy.available_until_week,
    Vacancy.rooms,
    Vacancy.group,
    Vacancy.accessible,
    Vacancy.quarantine,
    Vacancy.comment,
    Vacancy.reason_code,
    _if_open(Vacancy.__table__.c.withdrawn_case_id).label("withdrawn_case_id"),
    _if_open(Vacancy.__table__.c.case_id).label("case_id"),
    Vacancy.at,
    Vacancy.version,
).join(Municipality, Municipality.id == Vacancy.municipality_id)


def _with_fates(session: Session, rows: Iterable[Row[Any]], actor: Actor) -> list[VacancySeen]:
    found = list(rows)
    fates: dict[UUID, list[FateSeen]] = defaultdict(list)
    for line in session.execute(
        select(
            VacancyFate.vacancy_id,
            VacancyFate.at,
            VacancyFate.what,
            _if_open(VacancyFate.__table__.c.case_id).label("case_id"),
            VacancyFate.why,
        )
        .where(VacancyFate.vacancy_id.in_([row.id for row in found]))
        .order_by(VacancyFate.id)
    ):
        # A case that passed by went elsewhere: it does not exist for the municipality.
        elsewhere = actor.is_municipality and line.what is Fate.PASSED_OVER
        case_id = None if elsewhere else line.case_id
        fates[line.vacancy_id].append(FateSeen(line.at, line.what, case_id, line.why))
    return [
        VacancySeen(**row._mapping, fate=tuple(fates[row.id]))  # noqa: SLF001  its public name
        for row in found
    ]


def _key_in(cursor: str) -> ColumnElement[Any]:
    at, vacancy_id = unpack(cursor, _ORDER, str, str)
    try:
        return tuple_(literal(datetime.fromisoformat(at)), literal(UUID(vacancy_id)))
    except ValueError as wrong:
        raise Invalid("not a cursor of this list", pointer="cursor") from wrong
