"""Which reported homes a plan passes over, and on what: nobody meets silence (R29)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workflow.ranking.board import Municipality
from workflow.ranking.criteria import Candidate, CaseToPlace, Contest
from workflow.ranking.fit import Vacancy, fits
from workflow.ranking.plan import Plan, Planned
from workflow.ranking.shares import share


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A home that fitted a case which went elsewhere, and the criterion it lost on."""

    vacancy_id: str
    case_number: str
    why: str


def passed_over(plan: Plan, municipalities: Sequence[Municipality]) -> list[PassedOver]:
    """Each home once: for the first case it fitted, as its municipality stood at that turn.

    A home the plan uses, or whose municipality could take none of the cases, is not among them.
    """
    used = {planned.vacancy_id for planned in plan.placed}
    waiting = [
        (one.municipality_number, home)
        for one in municipalities
        for home in one.vacancies
        if home.vacancy_id not in used
    ]
    standings = {
        (one.municipality_number, pool): Candidate(
            one.municipality_number, places.free, places.decided_places, one.last_distribution_on
        )
        for one in municipalities
        for pool, places in one.places.items()
    }
    pools = {pool for _, pool in standings}
    told: list[PassedOver] = []
    for planned in plan.placed:
        if not waiting:
            break
        still: list[tuple[str, Vacancy]] = []
        for number, home in waiting:
            why = _lost_on(planned, standings.get((number, planned.case.pool)), home)
            if why is None:
                still.append((number, home))
            else:
                told.append(PassedOver(home.vacancy_id, planned.case.case_number, why))
        waiting = still
        for pool in pools:
            _take(standings, pool, planned, plan.on)
    return told


def _lost_on(planned: Planned, standing: Candidate | None, home: Vacancy) -> str | None:
    """The criterion the home's municipality lost the case on; None where it was not in question."""
    case, winner = planned.case, planned.shown[0]
    if (
        standing is None
        or standing.municipality_number == winner.municipality_number
        or not _eligible(case, standing)
        or not fits(home, case)
        or planned.best is None
    ):
        return None
    with_home = Candidate(
        standing.municipality_number,
        standing.free,
        standing.decided_places,
        standing.last_distribution_on,
        fitting_vacancy=home.vacancy_id,
    )
    best_share = share(planned.best.free, planned.best.decided_places)
    return str(Contest(case, planned.rules, best_share).lost_on(with_home, winner))


def _eligible(case: CaseToPlace, standing: Candidate) -> bool:
    return (
        bool(standing.decided_places)
        and standing.free >= case.persons
        and standing.municipality_number not in case.excluded
    )


def _take(
    standings: dict[tuple[str, str], Candidate], pool: str, planned: Planned, on: date
) -> None:
    """The chosen municipality as the next case sees it."""
    number = planned.shown[0].municipality_number
    if (before := standings.get((number, pool))) is not None:
        taken = planned.case.persons if pool == planned.case.pool else 0
        standings[number, pool] = Candidate(number, before.free - taken, before.decided_places, on)
