"""Plans of the application: kept as they were made, with everything they were made of.

A plan buys nothing. What it names is bought by accepting the offers
(`workflow.accommodation.contracts.accept`), one by one, under all rules of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from workflow.accommodation import offers
from workflow.accommodation.access import READS_OFFERS, only_the_buyer
from workflow.accommodation.offers import OfferSeen
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.procurement import offered, planning
from workflow.procurement.efficient import Plan, bids_of
from workflow.procurement.market import Bid, Market, digest
from workflow.procurement.models import ProcurementPlan
from workflow.procurement.planning import Plans, Step
from workflow.procurement.states import Method
from workflow.procurement.steering import Prices


@dataclass(frozen=True, slots=True)
class NewPlan:
    title: str
    year: int
    #: The day places are counted.
    day: date
    wanted: int
    prices: Prices
    #: Among the efficient plans, the cheapest being 0; None: the best.
    chosen: int | None = None
    #: Why another one than the best.
    reason: str | None = None
    #: Of the inputs that were looked at; None: whatever they are now.
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """What a plan takes of an offer, and what has become of the offer."""

    bid: Bid
    beds: int
    #: None: it is there no more, or not for the actor.
    offer: OfferSeen | None


@dataclass(frozen=True, slots=True)
class PlanHeading:
    id: UUID
    title: str
    year: int
    day: date
    wanted: int
    sha256: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class PlanKept:
    heading: PlanHeading
    prices: Prices
    market: Market
    plans: Plans
    chosen: int
    reason: str | None
    #: Whether what is kept is what the digest was made of.
    whole: bool
    bought: Sequence[Bought]

    @property
    def step(self) -> Step:
        return self.plans.steps[self.chosen]


def inputs_of(market: Market, prices: Prices, wanted: int) -> Mapping[str, Any]:
    """What a plan is made of, as data; the same gives the same plans."""
    return {"market": market.as_data(), "prices": prices.as_data(), "wanted": wanted}


def keep(session: Session, new: NewPlan, *, actor: Actor, at: datetime) -> UUID:
    """Plan anew on what there is now and keep it; returns its id.

    Raises:
        NotTheBuyer; Invalid: no title, or no such plan; Stale: not what was looked at;
        ReasonMissing: another one than the best; else as `planning.plan`.
    """
    only_the_buyer(actor)
    if not new.title:
        raise Invalid("what it is called", pointer="/title")
    market = offered.market(session, new.year, on=new.day, actor=actor, at=at)
    inputs = inputs_of(market, new.prices, new.wanted)
    sha256 = digest(inputs)
    if new.sha256 is not None and new.sha256 != sha256:
        raise Stale("offers, numbers or places have changed since", sha256=sha256)
    plans = planning.plan(market, new.prices, new.wanted)
    chosen = plans.best if new.chosen is None else new.chosen
    if not 0 <= chosen < len(plans.steps):
        raise Invalid("one of the plans", pointer="/chosen", expected=f"0-{len(plans.steps) - 1}")
    if chosen != plans.best and not new.reason:
        raise ReasonMissing
    made = uuid4()
    session.execute(
        insert(ProcurementPlan).values(
            id=made,
            title=new.title,
            year=new.year,
            day=new.day,
            wanted=new.wanted,
            prices=new.prices.as_data(),
            inputs=market.as_data(),
            sha256=sha256,
            method=plans.method,
            found=[one.plan.as_data() for one in plans.steps],
            best=plans.best,
            chosen=chosen,
            reason=new.reason if chosen != plans.best else None,
            at=at,
            actor=actor.name,
        )
    )
    taken = plans.steps[chosen].plan
    after = {"wanted": new.wanted, "beds": taken.beds, "offers": len(taken.taken)}
    changed = audit.Change(
        audit.subject(audit.Kind.PROCUREMENT_PLAN, made), after=after | {"sha256": sha256}
    )
    audit.record(session, changed, "keep_plan", reason=new.reason, actor=actor, at=at)
    return made


def kept(session: Session, *, actor: Actor) -> list[PlanHeading]:
    """The latest first; none for who does not read offers."""
    if actor.role not in READS_OFFERS:
        return []
    rows: Any = session.execute(
        select(*_HEADING).order_by(ProcurementPlan.at.desc(), ProcurementPlan.id)
    )
    return [PlanHeading(*row) for row in rows]


def plan(session: Session, plan_id: UUID, *, actor: Actor, at: datetime) -> PlanKept:
    """Raises NotFound."""
    row: Any = session.execute(
        select(ProcurementPlan.__table__).where(ProcurementPlan.id == plan_id)
    ).one_or_none()
    if row is None or actor.role not in READS_OFFERS:
        raise NotFound("plan")
    market, prices = Market.read(row.inputs), Prices.read(row.prices)
    found = [Plan.read(one) for one in row.found]
    again = planning.weighed(found, market, prices, row.wanted, Method(row.method))
    plans = replace(again, best=row.best)
    return PlanKept(
        PlanHeading(*(getattr(row, column.key) for column in _HEADING)),
        prices,
        market,
        plans,
        row.chosen,
        row.reason,
        digest(inputs_of(market, prices, row.wanted)) == row.sha256,
        _bought(session, market, found[row.chosen], actor=actor, at=at),
    )


def _bought(
    session: Session, market: Market, taken: Plan, *, actor: Actor, at: datetime
) -> list[Bought]:
    now = {str(one.id): one for one in offers.offers(session, states=(), actor=actor, at=at)}
    return [Bought(bid, beds, now.get(bid.id)) for bid, beds in bids_of(market, taken)]


_HEADING = (
    ProcurementPlan.id,
    ProcurementPlan.title,
    ProcurementPlan.year,
    ProcurementPlan.day,
    ProcurementPlan.wanted,
    ProcurementPlan.sha256,
    ProcurementPlan.at,
    ProcurementPlan.actor,
)
