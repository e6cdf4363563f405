"""Which reported home or capacity a household can use (R29)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from workflow.ranking.criteria import CaseToPlace


@dataclass(frozen=True, slots=True)
class Vacancy:
    """An open one, as a municipality has reported it; one household uses the whole of it."""

    vacancy_id: str
    #: Persons it can take.
    places: int
    #: The group of cases it is meant for, None for any.
    group: str | None = None
    accessible: bool = False
    available_from_on: date | None = None
    #: What follows the published order does not ask for; the planner does.
    available_until_on: date | None = None
    rooms: int | None = None
    quarantine: bool = False


def fits(vacancy: Vacancy, case: CaseToPlace) -> bool:
    """Large enough, for its group, accessible if it must be, ready before the permit runs out."""
    return (
        vacancy.places >= case.persons
        and vacancy.group in {None, case.group}
        and (vacancy.accessible or not case.needs_accessible)
        and not (
            vacancy.available_from_on is not None
            and case.permit_expires_on is not None
            and vacancy.available_from_on > case.permit_expires_on
        )
    )


def best_fit(vacancies: Iterable[Vacancy], case: CaseToPlace) -> Vacancy | None:
    """The smallest that fits, an accessible one only if need be; then by its id."""
    return min(
        (vacancy for vacancy in vacancies if fits(vacancy, case)),
        key=lambda vacancy: (vacancy.places, vacancy.accessible, vacancy.vacancy_id),
        default=None,
    )
