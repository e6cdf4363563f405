"""What cases and municipalities bring to a plan, read from where people have written it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.capacity.offered import codes_of
from workflow.capacity.states import Service
from workflow.capacity.weekly import weekly_capacities
from workflow.cases.coming import persons_coming
from workflow.cases.models import Case, Person
from workflow.cases.moves import CaseInHand
from workflow.cases.queries import OPEN_ADDRESS
from workflow.cases.states import Group, Need, TieReach
from workflow.cases.ties import WHOLE, between
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality
from workflow.redistribution.brought import (
    SERVICE_OF,
    Brought,
    CaseBrings,
    MunicipalityBrings,
    TieInPlan,
    tied_together,
)
from workflow.redistribution.kinds import limited
from workflow.travel.queries import quarantine as quarantine_of


def brought(session: Session, cases: Sequence[CaseInHand], *, on: date) -> Brought:
    """What these cases and the living municipalities bring to a plan that is made on a day."""
    limits = limited(session, cases, on=on)
    municipalities = _municipalities(session, {case.id for case in cases}, limits.left, on)
    numbers = {number: one.county for number, one in municipalities.items()}
    found = _cases(session, cases, numbers, on)
    for number, kinds in limits.kinds.items():
        found[number] = replace(found.get(number, CaseBrings()), kinds=kinds)
    return Brought(found, municipalities)


def _municipalities(
    session: Session, planned: set[UUID], limits: Mapping[int, Mapping[str, int]], on: date
) -> dict[str, MunicipalityBrings]:
    first = Week.of(on + timedelta(weeks=1))
    capacity = weekly_capacities(session, since=first)
    taken = persons_coming(session, since=first, besides=planned) if capacity else {}
    services = codes_of(session)
    return {
        row.number: MunicipalityBrings(
            row.county,
            services.get(row.id, frozenset()),
            {
                week.monday: max(0, persons - taken.get((row.id, week), 0))
                for week, persons in capacity.get(row.id, {}).items()
            },
            limits.get(row.id, {}),
        )
        for row in session.execute(
            select(Municipality.id, Municipality.number, Municipality.county)
            .where(Municipality.valid_to.is_(None))
            .order_by(Municipality.number)
        )
    }


def _cases(
    session: Session,
    cases: Sequence[CaseInHand],
    county_of: dict[str, str | None],
    on: date,
) -> dict[str, CaseBrings]:
    together, beside, drawn_to = _ties(session, cases, county_of)
    language_of = _languages(
        session, [case.id for case in cases if Need.LANGUAGE_SUPPORT in case.needs]
    )
    quarantine = quarantine_of(session, on) is not None
    found = {
        case.case_number: replace(
            together.get(case.case_number, CaseBrings()),
            needs=_needs(case, language_of.get(case.id), quarantine=quarantine),
            earliest_on=case.entry_from_on,
            beside=tuple(sorted(beside.get(case.case_number, ()))),
            drawn_to=drawn_to.get(case.case_number, {}),
        )
        for case in cases
    }
    return {number: one for number, one in found.items() if one != CaseBrings()}


def _needs(case: CaseInHand, language: str | None, *, quarantine: bool) -> frozenset[str]:
    """As services are called; who is flown in needs to keep its quarantine, where there is one."""
    own = frozenset(
        f"{SERVICE_OF[need]}.{language}"
        if need == Need.LANGUAGE_SUPPORT and language
        else str(SERVICE_OF[need])
        for need in case.needs
    )
    comes_in = quarantine and case.group is Group.RESETTLEMENT
    return own | {str(Service.QUARANTINE)} if comes_in else own


def _languages(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The first language of the first of each household who has said one."""
    found: dict[UUID, str] = {}
    if case_ids:
        for case_id, languages in session.execute(
            select(Person.case_id, Person.languages)
            .where(Person.case_id.in_(case_ids), Person.left_on.is_(None))
            .order_by(Person.case_id, Person.position)
        ):
            if languages:
                found.setdefault(case_id, languages[0].strip().lower())
    return found


def _ties(
    session: Session, cases: Sequence[CaseInHand], county_of: dict[str, str | None]
) -> tuple[
    dict[str, CaseBrings],
    dict[str, set[tuple[TieReach, str]]],
    dict[str, dict[str, Fraction]],
]:
    """Ties within the plan, and to cases that have a municipality: those that must, and should.

    Protected ones bind nobody.
    """
    number_of = {case.id: case.case_number for case in cases}
    links = between(session, number_of)
    outside = {end for link in links for end in (link.case_id, link.related_case_id)} - set(
        number_of
    )
    where = {
        row.id: row.number
        for row in session.execute(
            select(Case.id, Municipality.number)
            .join(Municipality, Municipality.id == Case.municipality_id)
            .where(Case.id.in_(outside), OPEN_ADDRESS, Municipality.valid_to.is_(None))
        )
    }
    within: list[TieInPlan] = []
    beside: dict[str, set[tuple[TieReach, str]]] = defaultdict(set)
    drawn_to: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for link in links:
        ends = (link.case_id, link.related_case_id)
        if all(end in number_of for end in ends):
            one, other = sorted(number_of[end] for end in ends)
            within.append(TieInPlan(one, other, link.reach, link.strength))
            continue
        ours, theirs = ends if ends[0] in number_of else ends[::-1]
        if theirs not in where:
            continue
        place, case = where[theirs], number_of[ours]
        county = county_of.get(place)
        if link.reach is TieReach.ONE:
            beside[case].add((TieReach.ONE, place))
        elif county is not None and link.strength == WHOLE:
            beside[case].add((TieReach.NEAR, county))
        elif county is not None:
            strength = Fraction(link.strength, WHOLE)
            drawn_to[case][county] = max(strength, drawn_to[case].get(county, strength))
    within.sort(key=lambda tie: (tie.one, tie.other))
    return tied_together(within), beside, drawn_to
