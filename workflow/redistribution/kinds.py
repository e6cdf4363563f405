"""Kinds of households for a plan: how many more each municipality takes, and what the cases are."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.capacity.kind_limits import in_force
from workflow.capacity.models import KindLimit
from workflow.capacity.states import HouseholdKind
from workflow.cases.kinds import kinds_of
from workflow.cases.models import Case, Distribution, Person
from workflow.cases.moves import CaseInHand
from workflow.cases.queries import OPEN_ADDRESS
from workflow.cases.states import DistributionState, Group
from workflow.redistribution.rules import planning_in_force

#: What became of a question that counts as a household taken.
_TAKEN: Final = (
    DistributionState.OPEN,
    DistributionState.ACCEPTED,
    DistributionState.PLACED,
    DistributionState.SETTLED,
)


@dataclass(frozen=True, slots=True)
class Limited:
    """Nothing in either where no municipality limits a kind."""

    #: Municipality id → kind → households that it still takes.
    left: Mapping[int, Mapping[str, int]] = field(default_factory=dict, hash=False)
    #: Case number → its kinds that somebody limits; large families are seen from the persons.
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)


def limited(session: Session, cases: Sequence[CaseInHand], *, on: date) -> Limited:
    """What confirmed limits say to a plan of these cases that is made on a day.

    The tightest limit of a municipality counts. Whom it was asked about since the limit began, and
    who has not left it, is among those it takes; a protected address is in nobody's numbers.
    """
    limits = in_force(session, on=on)
    if not limits:
        return Limited()
    large = planning_in_force(session, on).large_family_from
    kinds = partial(_kinds, session, year=on.year, large_family_from=large)
    taken = _taken(session, [one for one in limits if one.most], {case.id for case in cases}, kinds)
    left: dict[int, dict[str, int]] = defaultdict(dict)
    for one in limits:
        more, here = max(0, one.most - taken[one.id]), left[one.municipality_id]
        here[one.kind] = min(more, here.get(one.kind, more))
    asked = {one.kind for one in limits} - {HouseholdKind.LARGE_FAMILY}
    found = kinds({case.id: case.group for case in cases}) if asked else {}
    return Limited(
        dict(left),
        {
            case.case_number: frozenset(map(str, own))
            for case in cases
            if (own := found.get(case.id, frozenset()) & asked)
        },
    )


def kinds_on(
    session: Session, group: Group, birth_years: Collection[int], *, on: date
) -> tuple[HouseholdKind, ...]:
    """The kinds of a household on a day, by the rule set of the day, in their order."""
    large = planning_in_force(session, on).large_family_from
    found = kinds_of(group, birth_years, year=on.year, large_family_from=large)
    return tuple(kind for kind in HouseholdKind if kind in found)


def not_taken(
    session: Session, case: CaseInHand, *, on: date
) -> dict[int, tuple[HouseholdKind, ...]]:
    """Where the planner would not put a case, and for which of its kinds; by municipality id."""
    found = limited(session, [case], on=on)
    if not found.left:
        return {}
    own = set(found.kinds.get(case.case_number, ()))
    if case.persons_count >= planning_in_force(session, on).large_family_from:
        own.add(HouseholdKind.LARGE_FAMILY)
    barred = {
        here: tuple(kind for kind in HouseholdKind if kind in own and left.get(kind) == 0)
        for here, left in found.left.items()
    }
    return {here: kinds for here, kinds in barred.items() if kinds}


def _taken(
    session: Session,
    limits: Sequence[KindLimit],
    besides: Collection[UUID],
    kinds: Callable[[Mapping[UUID, Group]], Mapping[UUID, frozenset[HouseholdKind]]],
) -> Counter[int]:
    """Households that count against each limit, by its id; those `besides` are not counted."""
    if not limits:
        return Counter()
    rows = session.execute(
        select(Case.id, Case.group, Distribution.municipality_id, Distribution.asked_on)
        .join(Case, Case.id == Distribution.case_id)
        .where(
            OPEN_ADDRESS,
            Case.erased_at.is_(None),
            Case.id.not_in(besides),
            Distribution.state.in_(_TAKEN),
            Distribution.municipality_id.in_({one.municipality_id for one in limits}),
            Distribution.asked_on >= min(one.from_on for one in limits),
        )
    ).all()
    kinds_of_case = kinds({row.id: row.group for row in rows})
    return Counter(
        one.id
        for one in limits
        for row in rows
        if row.municipality_id == one.municipality_id
        and row.asked_on >= one.from_on
        and one.kind in kinds_of_case.get(row.id, ())
    )


def _kinds(
    session: Session, group_of: Mapping[UUID, Group], *, year: int, large_family_from: int
) -> dict[UUID, frozenset[HouseholdKind]]:
    born = _birth_years(session, group_of)
    return {
        case: kinds_of(group_of[case], years, year=year, large_family_from=large_family_from)
        for case, years in born.items()
    }


def _birth_years(session: Session, cases: Iterable[UUID]) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    wanted = list(cases)
    if wanted:
        for case, year in session.execute(
            select(Person.case_id, Person.birth_year).where(
                Person.case_id.in_(wanted), Person.left_on.is_(None)
            )
        ):
            found[case].append(year)
    return found
