"""The published order for the cases of a plan, one after the other."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from workflow.planning import reasons
from workflow.planning.barriers import DECLINED_HERE, NOT_ALLOWED, HardRules
from workflow.planning.inputs import MINORS, ORDINARY, WHEELCHAIR, Case, Inputs, Municipality
from workflow.planning.reasons import Line
from workflow.planning.rule_sets import PlanningRules, Step
from workflow.ranking import plan as ranking_plan
from workflow.ranking.board import Municipality as RankedMunicipality
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace
from workflow.ranking.fit import Vacancy


def by_rule(inputs: Inputs, rules: PlanningRules) -> tuple[Line, ...]:
    """A line for each case, in the order of the turns; related cases have a turn each."""
    hard = HardRules.of(inputs, rules)
    barred = _Barred(inputs, hard)
    homes = {home.home_id for home in inputs.homes}
    # A run has a day of its own, after every distribution there was.
    known = [d for one in inputs.municipalities if (d := one.last_distribution_on) is not None]
    made = ranking_plan.plan(
        [_case(case, barred.of(case), rules) for case in inputs.cases],
        [_municipality(one, inputs, rules) for one in inputs.municipalities],
        rules.published_order,
        on=max(known) + timedelta(days=1) if known else date(1, 1, 2),
        in_order_given=inputs.in_file_order,
    )
    lines = []
    for planned in made.cases:
        home = planned.vacancy_id if planned.vacancy_id in homes else None
        lines.append(replace(reasons.of_rule(planned), home_id=home))
    return tuple(lines)


class _Barred:
    """Municipality → code of the hard rule that bars a case; alike cases share one mapping."""

    def __init__(self, inputs: Inputs, hard: HardRules) -> None:
        self._inputs, self._hard = inputs, hard
        self._of_kind: dict[tuple[object, ...], dict[str, str]] = {}
        self._known: dict[tuple[object, ...], Mapping[str, str]] = {}

    def of(self, case: Case) -> Mapping[str, str]:
        profile = self._hard.profile(case)
        key = (profile, case.allowed, case.declined)
        if key not in self._known:
            answer = dict(self._for(profile, case))
            if case.allowed is not None:
                answer |= {
                    one.municipality_number: NOT_ALLOWED
                    for one in self._inputs.municipalities
                    if one.municipality_number not in case.allowed
                }
            answer |= dict.fromkeys(case.declined, DECLINED_HERE)
            self._known[key] = answer
        return self._known[key]

    def _for(self, profile: tuple[object, ...], case: Case) -> Mapping[str, str]:
        if profile not in self._of_kind:
            found = {}
            for one in self._inputs.municipalities:
                first = next(self._hard.of_kind(case, one), None)
                # Who has no decision is left out by the order itself, with a code of its own.
                if first is not None and _has_places(one, case.pool):
                    found[one.municipality_number] = first.code
            self._of_kind[profile] = found
        return self._of_kind[profile]


def _has_places(one: Municipality, pool: str) -> bool:
    return (one.minors_places if pool == MINORS else one.places) is not None


def _case(case: Case, excluded: Mapping[str, str], rules: PlanningRules) -> CaseToPlace:
    return CaseToPlace(
        case.persons,
        case.track if Step.FORMER in rules.steps else None,
        case.former_municipality_number if Step.FORMER in rules.steps else None,
        excluded=excluded,
        case_number=case.case_number,
        permit_expires_on=case.expires_on,
        pool=case.pool,
        group=case.group,
        needs_accessible=WHEELCHAIR in case.needs and rules.checks(WHEELCHAIR),
    )


def _municipality(one: Municipality, inputs: Inputs, rules: PlanningRules) -> RankedMunicipality:
    places = {ORDINARY: Places(one.free, one.places)}
    if one.minors_places is not None:
        places[MINORS] = Places(one.minors_free, one.minors_places)
    vacancies = [
        Vacancy(f"{one.municipality_number}-{index:04d}", persons)
        for index, persons in enumerate(one.vacancies)
    ]
    vacancies += [
        Vacancy(home.home_id, home.persons, home.group, home.accessible, home.from_on)
        for home in inputs.homes
        if home.municipality_number == one.municipality_number
        and home.reserved_for is None
        and not (home.until_on and inputs.on and home.until_on < inputs.on)
    ]
    return RankedMunicipality(
        one.municipality_number,
        places,
        one.last_distribution_on,
        vacancies if Step.HOMES in rules.steps else [],
    )
