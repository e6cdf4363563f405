"""What a run is planned from, in the planner's words; and whom needs keep out of the order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from workflow.capacity.states import Service
from workflow.planning.barriers import (
    CHANGES,
    NEED_NOT_MET,
    NOT_ALLOWED,
    NOT_TAKEN,
    RELATED_ELSEWHERE,
    HardRules,
    kinds_of,
)
from workflow.planning.explained import Barrier, WhyNot
from workflow.planning.inputs import MINORS, ORDINARY, Case, Home, Inputs, Municipality
from workflow.planning.reasons import KINDS_FULL
from workflow.planning.rule_sets import Method, PlanningRules
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace, Fact
from workflow.redistribution.brought import Brought
from workflow.redistribution.recorded import Basis


def planner_inputs(basis: Basis, rules: PlanningRules) -> Inputs:
    """The same cases, municipalities and homes in the planner's words."""
    return Inputs(
        tuple(_case(case, basis.brought, rules) for case in basis.cases),
        tuple(_municipality(one, basis.brought, rules) for one in basis.standings),
        tuple(
            Home(
                home.vacancy_id,
                one.municipality_number,
                home.places,
                home.rooms or 0,
                accessible=home.accessible,
                quarantine=home.quarantine,
                from_on=home.available_from_on,
                until_on=home.available_until_on,
                group=home.group,
            )
            for one in basis.standings
            for home in one.vacancies
        ),
        basis.scores,
        on=basis.on if rules.weeks_ahead else None,
    )


def barred_by_needs(rules: PlanningRules, basis: Basis) -> Basis:
    """The cases barred from where a need is not met that the rules check, for the order."""
    missing = missing_needs(rules, basis)
    if not missing:
        return basis
    barred = {case: dict.fromkeys(where, NEED_NOT_MET) for case, where in missing.items()}
    return replace(
        basis,
        cases=tuple(
            replace(case, excluded={**barred[case.case_number], **case.excluded})
            if case.case_number in barred
            else case
            for case in basis.cases
        ),
    )


#: Municipality number → the needs of a case that are checked and not met there.
Missing: TypeAlias = Mapping[str, tuple[Mapping[str, Fact], ...]]


def missing_needs(rules: PlanningRules, basis: Basis) -> dict[str, Missing]:
    """By case number, of cases with a need that the rules check; each need with its minutes."""
    if not rules.needs_checked:
        return {}
    inputs = planner_inputs(basis, rules)
    hard = HardRules.of(inputs, rules)
    known: dict[tuple[object, ...], Missing] = {}
    found: dict[str, Missing] = {}
    for case in inputs.cases:
        if not any(rules.checks(need) for need in case.needs):
            continue
        profile = hard.profile(case)
        if profile not in known:
            known[profile] = {
                one.municipality_number: needs
                for one in inputs.municipalities
                if (needs := _unmet(hard, case, one))
            }
        found[case.case_number] = known[profile]
    return found


def _unmet(hard: HardRules, case: Case, one: Municipality) -> tuple[Mapping[str, Fact], ...]:
    return tuple(found.facts for found in hard.of_kind(case, one) if found.code == NEED_NOT_MET)


def beyond_kinds(
    rules: PlanningRules, basis: Basis, where: Mapping[str, str | None]
) -> dict[str, str]:
    """Why each case's kind is not taken where it is: by case number, none or no more of them.

    Args:
        where: case number → municipality number.
    """
    inputs = planner_inputs(basis, rules)
    one_of = {one.municipality_number: one for one in inputs.municipalities}
    count: Counter[tuple[str, str]] = Counter()
    found: dict[str, str] = {}
    for case in inputs.cases:
        one = one_of.get(where.get(case.case_number) or "")
        if one is None:
            continue
        kinds = kinds_of(case, rules)
        if kinds & one.declines:
            found[case.case_number] = NOT_TAKEN
        for kind in kinds & one.most.keys():
            count[one.municipality_number, kind] += 1
            if count[one.municipality_number, kind] > one.most[kind]:
                found.setdefault(case.case_number, KINDS_FULL)
    return found


def told(answer: WhyNot, brought: Brought) -> WhyNot:
    """The same, where a relative elsewhere is what keeps a case out."""
    if brought.where_allowed(answer.case_number) is None:
        return answer
    return replace(answer, barriers=_told(answer.barriers))


def _told(barriers: Sequence[Barrier]) -> tuple[Barrier, ...]:
    elsewhere = Barrier(RELATED_ELSEWHERE, {}, CHANGES[RELATED_ELSEWHERE])
    return tuple(elsewhere if one.code == NOT_ALLOWED else one for one in barriers)


def _case(case: CaseToPlace, brought: Brought, rules: PlanningRules) -> Case:
    brings = brought.of_case(case.case_number)
    planned = Case(
        case.case_number,
        case.persons,
        case.former_municipality_number,
        case.track,
        case.permit_expires_on,
        group=case.group,
        pool=case.pool,
        needs=_needs(case, brings.needs, rules),
        declined=frozenset(case.excluded),
        earliest_on=brings.earliest_on,
    )
    if rules.method is Method.RULE:  # each case has its own turn
        return planned
    return replace(
        planned,
        allowed=brought.where_allowed(case.case_number),
        related=brings.related,
        near=brings.near,
        strength=brings.strength,
        kinds=brings.kinds,
        drawn_to=brings.drawn_to,
    )


def _needs(case: CaseToPlace, brought: frozenset[str], rules: PlanningRules) -> frozenset[str]:
    within = rules.health_within
    health = str(Service.SPECIALIST_HEALTH)
    reach = health if within is None else f"{health}:{within}"
    found = {reach if need == health else need for need in brought}
    if not rules.checks(Service.QUARANTINE):  # or each size of household would be looked at apart
        found.discard(Service.QUARANTINE)
    # What was kept before needs were has this one at the case itself.
    return frozenset(found | {str(Service.WHEELCHAIR)} if case.needs_accessible else found)


def _municipality(one: Standing, brought: Brought, rules: PlanningRules) -> Municipality:
    places, used = _places_and_used(one.places.get(ORDINARY))
    minors, minors_used = _places_and_used(one.places.get(MINORS))
    brings = brought.of_municipality(one.municipality_number)
    kinds = {} if rules.method is Method.RULE else brings.kinds  # the published order knows none
    return Municipality(
        one.municipality_number,
        places,
        used or 0,
        last_distribution_on=one.last_distribution_on,
        minors_places=minors,
        minors_used=minors_used or 0,
        services=brings.services,
        region=brings.county,
        weeks=brings.weeks,
        declines=frozenset(kind for kind, most in kinds.items() if not most),
        most={kind: most for kind, most in kinds.items() if most},
    )


def _places_and_used(places: Places | None) -> tuple[int | None, int | None]:
    """Decided places as the planner counts them; extra ones beyond them count where free."""
    if places is None or places.decided_places is None:
        return None, None
    if places.decided_places == 0:  # a no, whatever extra there is
        return 0, 0
    whole = max(places.decided_places, places.free)
    return whole, whole - places.free
