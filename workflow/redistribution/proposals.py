"""Where a case should go, and why: the system proposes, a person decides (R08, R13, R25–R29)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.machine import Context, refusal_of_trigger
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand, in_hand, pool_of
from workflow.cases.queries import paused_by, visible
from workflow.cases.states import WAITING, CaseState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.ranking.criteria import Candidate
from workflow.ranking.fit import best_fit
from workflow.ranking.order import Ranked, Ranking, Reason, rank
from workflow.redistribution.gathering import brought
from workflow.redistribution.recorded import Basis
from workflow.redistribution.rules import planning_in_force
from workflow.redistribution.standing import (
    Municipalities,
    as_data,
    declined_by,
    municipalities,
    to_place,
)
from workflow.redistribution.to_planner import Missing, barred_by_needs, missing_needs


@dataclass(frozen=True, slots=True)
class Proposals:
    """The municipalities for one case in the published order, and those that cannot take it."""

    case: CaseInHand
    #: The trigger that puts it to one of them.
    trigger: str
    year: int
    ranking: Ranking
    register: Municipalities
    #: Municipalities that do not meet a need which the rules check.
    missing: Missing

    @property
    def first(self) -> str | None:
        return self.ranking.first.candidate.municipality_number if self.ranking.first else None

    def of(self, municipality_number: str) -> Ranked | None:
        """The municipality's line, or None where it cannot take the case."""
        return next(
            (
                item
                for item in self.ranking.items
                if item.candidate.municipality_number == municipality_number
            ),
            None,
        )


def propose(
    session: Session, case_id: UUID, *, year: int | None = None, actor: Actor, at: datetime
) -> Proposals:
    """Rank the municipalities for a case that waits for one.

    Args:
        year: whose places; the current one by default.

    Raises:
        NotFound; and what stops the case from being put to anybody: WrongState, Paused,
        WhenUnknown, EntryNotPossible, NotAllowed.
    """
    today = local_day(at)
    found = session.execute(
        select(*in_hand).where(Case.id == case_id, visible(actor))
    ).one_or_none()
    if found is None:
        raise NotFound("case")
    case = CaseInHand(*found)
    trigger = trigger_for(case)
    ctx = Context(actor, today, paused_by=paused_by(session, case.group, today), asking=True)
    if refusal := refusal_of_trigger(case, trigger, ctx):
        raise refusal
    register = municipalities(session, year=year or today.year, on=today)
    excluded = declined_by(session, [case.id], register.number_of)[case.id]
    rules = planning_in_force(session, today)
    wanted = to_place(case, register.number_of, excluded)
    missing: Missing = {}
    if rules.needs_checked:
        brings = brought(session, [case], on=today)
        basis = Basis(today, (wanted,), tuple(register.standings), brought=brings)
        missing = missing_needs(rules, basis).get(case.case_number, {})
        wanted = barred_by_needs(rules, basis).cases[0]
    ranking = rank(
        wanted,
        [
            Candidate(
                municipality_number=standing.municipality_number,
                free=places.free if places else 0,
                decided_places=places.decided_places if places else None,
                last_distribution_on=standing.last_distribution_on,
                fitting_vacancy=home.vacancy_id
                if (home := best_fit(standing.vacancies, wanted))
                else None,
            )
            for standing in register.standings
            for places in [standing.places.get(pool_of(case.group))]
        ],
        rules.published_order,
    )
    return Proposals(case, trigger, year or today.year, ranking, register, missing)


def trigger_for(case: CaseInHand) -> str:
    """A case that was withdrawn is redistributed, any other distributed."""
    if case.state in WAITING and case.state is not CaseState.REGISTERED and case.was_withdrawn:
        return "redistribute"
    return "distribute"


def reason_data(reason: Reason) -> dict[str, Any]:
    """One reason as it is kept and sent."""
    return {
        "criterion": str(reason.criterion),
        "value": as_data(reason.value),
        "facts": as_data(dict(reason.facts)),
        "decisive": reason.decisive,
        "compared_with": reason.compared_with,
        "other_value": as_data(reason.other_value),
    }


def line_data(item: Ranked) -> dict[str, Any]:
    """One municipality's line of the ranking, with what decided its place."""
    candidate = item.candidate
    return {
        "rank": item.rank,
        "municipality_number": candidate.municipality_number,
        "free": candidate.free,
        "decided_places": candidate.decided_places,
        "unused_share": as_data(item.unused_share),
        "reasons": [reason_data(reason) for reason in item.reasons],
    }
