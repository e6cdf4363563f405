"""How the municipalities stand when a case, or a run, looks for a place."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount
from workflow.cases.errors import MunicipalityDeclined
from workflow.cases.models import Distribution
from workflow.cases.moves import CaseInHand, pool_of
from workflow.cases.queries import still_declined
from workflow.cases.states import DistributionState, Need
from workflow.kernel.calendar import local_day
from workflow.municipalities.models import Municipality
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace
from workflow.ranking.fit import Vacancy as Home
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState


@dataclass(frozen=True, slots=True)
class Municipalities:
    """The living municipalities as they stand, and how to get from a number to what it means."""

    standings: list[Standing]
    id_of: Mapping[str, int]
    number_of: Mapping[int, str]
    name_of: Mapping[str, str]
    #: By municipality id and pool.
    account_of: Mapping[tuple[int, str], int]


def municipalities(session: Session, *, year: int, on: date | None = None) -> Municipalities:
    """The living municipalities: places of the year, open vacancies, last distribution.

    Args:
        on: the day of the plan: homes whose last week is past are left out. None: no home is.
    """
    last_asked = (
        select(func.max(Distribution.asked_at))
        .where(
            Distribution.municipality_id == Municipality.id,
            # A question an undo called back was none.
            Distribution.state != DistributionState.RECALLED,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Municipality.id,
            Municipality.number,
            Municipality.official_name,
            last_asked.label("last_asked"),
        )
        .where(Municipality.valid_to.is_(None))
        .order_by(Municipality.number)
    ).all()
    places: dict[int, dict[str, Places]] = defaultdict(dict)
    account_of: dict[tuple[int, str], int] = {}
    for account in session.execute(
        select(
            PlaceAccount.id,
            PlaceAccount.municipality_id,
            PlaceAccount.pool,
            PlaceAccount.decided_places,
            PlaceAccount.extra_places,
            PlaceAccount.held,
            PlaceAccount.settled,
        ).where(PlaceAccount.year == year)
    ):
        free = Figures(
            account.decided_places, account.extra_places, account.held, account.settled
        ).free
        places[account.municipality_id][account.pool] = Places(free, account.decided_places)
        account_of[account.municipality_id, account.pool] = account.id
    homes = _open_homes(session, on)
    return Municipalities(
        standings=[
            Standing(
                municipality_number=row.number,
                places=places[row.id],
                last_distribution_on=local_day(row.last_asked) if row.last_asked else None,
                vacancies=homes[row.id],
            )
            for row in rows
        ],
        id_of={row.number: row.id for row in rows},
        number_of={row.id: row.number for row in rows},
        name_of={row.number: row.official_name for row in rows},
        account_of=account_of,
    )


def _open_homes(session: Session, on: date | None) -> dict[int, list[Home]]:
    """Those that are open and that somebody can still move into."""
    homes: dict[int, list[Home]] = defaultdict(list)
    for vacancy in session.execute(
        select(
            Vacancy.id,
            Vacancy.municipality_id,
            Vacancy.places,
            Vacancy.group,
            Vacancy.accessible,
            Vacancy.available_from_week,
            Vacancy.available_until_week,
            Vacancy.rooms,
            Vacancy.quarantine,
        ).where(Vacancy.state == VacancyState.OPEN)
    ):
        until = vacancy.available_until_week
        if on is not None and until is not None and until.sunday < on:
            continue
        homes[vacancy.municipality_id].append(
            Home(
                vacancy_id=str(vacancy.id),
                places=vacancy.places,
                group=vacancy.group,
                accessible=vacancy.accessible,
                available_from_on=vacancy.available_from_week.monday,
                available_until_on=until and until.sunday,
                rooms=vacancy.rooms,
                quarantine=vacancy.quarantine,
            )
        )
    return homes


def to_place(
    case: CaseInHand, numbers: Mapping[int, str], excluded: Mapping[str, str]
) -> CaseToPlace:
    """The case as the published order sees it."""
    former = numbers.get(case.former_municipality_id) if case.former_municipality_id else None
    return CaseToPlace(
        persons=case.persons_count,
        track=case.track,
        former_municipality_number=former,
        excluded=excluded,
        case_number=case.case_number,
        permit_expires_on=case.permit_expires_on,
        pool=pool_of(case.group),
        group=case.group,
        needs_accessible=Need.ACCESSIBILITY in case.needs,
    )


def declined_by(
    session: Session, case_ids: list[UUID], numbers: Mapping[int, str]
) -> dict[UUID, dict[str, str]]:
    """Municipalities whose no to a case stands, by case: number and the code that bars them."""
    refusals: dict[UUID, dict[str, str]] = defaultdict(dict)
    for row in session.execute(
        select(Distribution.case_id, Distribution.municipality_id).where(
            Distribution.case_id.in_(case_ids), still_declined()
        )
    ):
        if row.municipality_id in numbers:
            refusals[row.case_id][numbers[row.municipality_id]] = MunicipalityDeclined.code
    return refusals


_AS_IT_IS = frozenset({int, str, bool, type(None)})


def as_data(value: Any) -> Any:
    """A reason's value as JSON keeps it: fractions as "7/20", days in ISO."""
    if type(value) in _AS_IT_IS:  # nearly all, and a run's preview has millions
        return value
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: as_data(item) for key, item in value.items()}
    return value
