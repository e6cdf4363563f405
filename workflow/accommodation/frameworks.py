"""Framework agreements: places held ready, of which only those that are called off count."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.accommodation import contracts, ledger, lines, places
from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.errors import ContractIsOver, FrameworkExhausted, NoFramework
from workflow.accommodation.ledger import Line
from workflow.accommodation.models import AccommodationContract
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.terms import Conditions, check_places, check_time
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import COUNTIES, place_of


@dataclass(frozen=True, slots=True)
class NewFramework:
    """A contract that holds places ready; of a municipality, of a county, or of the country."""

    conditions: Conditions
    #: The most that may be called off at a time.
    beds: int
    starts_on: date
    #: The last night.
    ends_on: date
    municipality_id: int | None = None
    county: str | None = None


def sign(session: Session, new: NewFramework, *, actor: Actor, at: datetime) -> UUID:
    """Sign a framework agreement, of which nothing counts yet; returns its id.

    Raises:
        NotTheBuyer; Invalid.
    """
    only_the_buyer(actor)
    new.conditions.check()
    check_places(new.beds)
    check_time(new.starts_on, new.ends_on)
    county = new.county
    if county is not None and county not in COUNTIES:
        raise Invalid("no county", pointer="/county")
    if new.municipality_id is not None:
        try:
            here = place_of(session, new.municipality_id)
        except NotFound:
            raise Invalid("no municipality", pointer="/municipality_number") from None
        if county not in {None, here.county}:
            raise Invalid("of another county", pointer="/municipality_number")
        county = here.county
    made = contracts.write(
        session,
        new.conditions,
        framework=True,
        municipality_id=new.municipality_id,
        county=county,
        beds=new.beds,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        actor=actor,
        at=at,
    )
    after = {
        "kind": new.conditions.kind,
        "framework": True,
        "county": county,
        "beds": new.beds,
        "price_ore": new.conditions.price_ore,
        "starts_on": new.starts_on,
        "ends_on": new.ends_on,
    }
    changed = audit.Change(contracts.subject(made), after=after)
    audit.record(session, changed, "sign_contract", actor=actor, at=at)
    return made


def call_off(
    session: Session,
    framework_id: UUID,
    new: NewPlaces,
    *,
    price_ore: int | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Call places off from a framework; returns the call-off's id.

    Args:
        price_ore: None: the framework's, which is the most.

    Raises:
        NotTheBuyer; NotFound; NoFramework; ContractIsOver; FrameworkExhausted; else as `sign`.
    """
    only_the_buyer(actor)
    held = session.execute(
        select(AccommodationContract)
        .where(AccommodationContract.id == framework_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if held is None:
        raise NotFound("contract")
    if not held.framework:
        raise NoFramework("only from a framework agreement is called off")
    if price_ore is not None and not 0 <= price_ore <= held.price_ore:
        raise Invalid(
            "no dearer than the framework", pointer="/price_ore", expected=f"0-{held.price_ore}"
        )
    check_places(new.beds)
    check_time(new.starts_on, new.ends_on)
    _refuse_elsewhere(session, held, new)
    _refuse_more_than_held(session, held, new)
    line = places.open_up(
        session,
        new,
        contract_id=framework_id,
        price_ore=held.price_ore if price_ore is None else price_ore,
        pay_when_used=held.pay_when_used,
        actor=actor,
        at=at,
    )
    after = {
        "call_off": line.id,
        "municipality": place_of(session, line.municipality_id).number,
        "beds": new.beds,
        "starts_on": new.starts_on,
        "ends_on": new.ends_on,
    }
    changed = audit.Change(contracts.subject(framework_id), after=after)
    audit.record(session, changed, "call_off", actor=actor, at=at)
    return line.id


def _refuse_elsewhere(session: Session, held: AccommodationContract, new: NewPlaces) -> None:
    try:
        here = place_of(session, new.municipality_id)
    except NotFound:
        raise Invalid("no municipality", pointer="/municipality_number") from None
    if held.municipality_id not in {None, here.id} or held.county not in {None, here.county}:
        raise Invalid("outside the framework", pointer="/municipality_number")


def _refuse_more_than_held(session: Session, held: AccommodationContract, new: NewPlaces) -> None:
    last = held.ends_on if held.ended_on is None else held.ended_on
    if held.ended_on is not None and new.starts_on > held.ended_on:
        raise ContractIsOver("the framework has ended", ends_on=held.ended_on)
    drawn = lines.of_contract(session, held.id)
    taken = ledger.most(drawn, lambda on: _drawn(drawn, on), new.starts_on, new.ends_on)
    inside = held.starts_on <= new.starts_on and new.ends_on <= last
    if not inside or taken + new.beds > held.beds:
        raise FrameworkExhausted(
            "more than the framework holds",
            beds=held.beds,
            starts_on=held.starts_on,
            ends_on=last,
            taken=taken,
        )


def _drawn(drawn: list[Line], on: date) -> int:
    return sum(one.beds for one in drawn if one.there(on))
