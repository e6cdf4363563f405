"""What was found, offered, signed and slept in during the Swedish demonstration's summer.

In each county two lines of its board's inventory are used and one is rejected, places are offered
in several municipalities, and contracts fill part of their numbers; all of it invented.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.accommodation import (
    contracts,
    frameworks,
    inventory,
    objects,
    occupancy,
    offers,
    signed,
)
from workflow.accommodation.contracts import Acceptance, NewContract
from workflow.accommodation.frameworks import NewFramework
from workflow.accommodation.inventory import NewInventory
from workflow.accommodation.location import Distance
from workflow.accommodation.nights import Slept, days
from workflow.accommodation.objects import NewObject
from workflow.accommodation.offers import NewOffer
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.states import (
    AccommodationKind,
    Meals,
    Nearby,
    OfferState,
    OwnerKind,
    RowState,
    Standard,
    Term,
)
from workflow.accommodation.terms import Conditions
from workflow.allocation import targets
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import OSLO
from workflow.municipalities.sweden import COUNTIES, Place
from workflow.procurement import kept, offered
from workflow.procurement.kept import NewPlan
from workflow.procurement.steering import Prices

_APRIL, _MAY, _JUNE = date(2022, 4, 4), date(2022, 5, 16), date(2022, 6, 20)
_FIRST, _AUGUST, _SEPTEMBER = date(2022, 7, 25), date(2022, 8, 31), date(2022, 9, 5)
#: Counties in which places are called off from a framework.
_FRAMEWORKS: Final = ("01", "12", "14")
#: Of meals that are paid apart: for a person and a day; and the nights of ten they are given.
_MEALS, _EATEN = 14_800, 6
#: Places of the plan that is kept.
_PLANNED: Final = 400
#: Where a contract goes past the number.
_PAST: Final = frozenset({"12", "17", "24"})


@dataclass(frozen=True, slots=True)
class _Stage:
    session: Session
    words: Mapping[str, Any]
    draw: Random
    officer: Actor
    year: int


def fill(
    session: Session,
    register: Sequence[Place],
    words: Mapping[str, Any],
    counties: Iterable[str],
    *,
    year: int,
    officer: Actor,
) -> None:
    """Play the counties one after the other; targets are decided by then."""
    stage = _Stage(session, words, Random(f"{year} accommodation"), officer, year)  # noqa: S311
    stand = targets.standing(session, year)
    for county in counties:
        inside = [place for place in register if place.county == county]
        inside.sort(key=lambda place: (-stand.get(place.id, 0), place.number))
        found = _inventory(stage, county, inside, stand)
        _contracts(stage, county, inside, found, stand)
    _sleep(stage)
    _plan(stage)


def _plan(stage: _Stage) -> None:
    """What is to be bought next, as it was weighed; the offers are accepted one by one."""
    act: dict[str, Any] = {"actor": stage.officer, "at": _at(_SEPTEMBER, 15)}
    there = offered.market(stage.session, stage.year, on=_SEPTEMBER, **act)
    if wanted := min(_PLANNED, there.capacity):
        prices = Prices(location_ore=100, evenness_ore=200, occupancy=85)
        new = NewPlan(stage.words["plan"], stage.year, _SEPTEMBER, wanted, prices)
        kept.keep(stage.session, new, **act)


def _at(day: date, hour: int = 11) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=OSLO)


def _inventory(
    stage: _Stage, county: str, inside: Sequence[Place], stand: Mapping[int, int]
) -> list[UUID]:
    """Four lines: one each of a municipality and a private owner is used, one is no home."""
    last = len(inside) - 1
    here = [inside[min(number, last)] for number in (0, 4, 1, 2)]
    lines = ["municipality,name,owner,standard,beds,transit_metres,school_metres,note"]
    for place, told in zip(here, stage.words["inventory"], strict=True):
        most = max(8, stand.get(place.id, 0) * 6 // 10)
        beds = min(most, stage.draw.randrange(20, 61, 2)) if told["lived_in"] else ""
        far = stage.draw.randrange(200, 6000, 100), stage.draw.randrange(300, 15000, 100)
        fields = (place.number, told["name"], told["owner"], told["standard"], beds, *far)
        lines.append(",".join(map(str, (*fields, told["note"]))))
    source = f"{stage.words['inventory_source']} {COUNTIES[county]}"
    board = Actor(stage.words["board"], stage.officer.role)
    made = inventory.take_in(
        stage.session,
        NewInventory(county, source, date(2022, 3, 25)),
        "\n".join(lines).encode(),
        actor=board,
        at=_at(_APRIL),
    )
    used = []
    for row in inventory.rows(stage.session, made, state=RowState.WAITING, actor=stage.officer):
        act: dict[str, Any] = {"actor": stage.officer, "at": _at(_APRIL, 15)}
        if not row.says.beds:
            reason = stage.words["inventory_rejected"]
            inventory.reject(stage.session, row.id, reason=reason, **act)
        elif row.says.owner is not OwnerKind.STATE:
            used.append(inventory.use(stage.session, row.id, **act))
    return used


def _contracts(
    stage: _Stage,
    county: str,
    inside: Sequence[Place],
    found: Sequence[UUID],
    stand: Mapping[int, int],
) -> None:
    """One offer is accepted, one waits; a municipality agrees; in some a framework is drawn on."""
    first = county in _PAST or stage.draw.random() < 0.5
    for object_id, accepted in zip(found, (first, not first), strict=True):
        _offer(stage, object_id, accepted=accepted)
    where = [place for place in inside[1:4] if stand.get(place.id, 0) >= 8]
    if county in _PAST and where:
        _agree(stage, where[0], stand[where[0].id] + 6)
    elif where:
        _agree(stage, where[0], stand[where[0].id] * stage.draw.randrange(3, 9) // 10)
    if len(where) > 1:
        _offer(stage, _built(stage, where[1]))
    if county in _FRAMEWORKS:
        _draw_on(stage, county, [place for place in inside[5:8] if stand.get(place.id, 0) >= 20])
    if county == "17":
        _offer(stage, _built(stage, inside[0]), AccommodationKind.MUNICIPAL_AGREEMENT)


def _built(stage: _Stage, where: Place) -> UUID:
    told = stage.draw.choice(stage.words["object"])
    far = {kind: Distance(metres=stage.draw.randrange(100, 9000, 100)) for kind in Nearby}
    new = NewObject(
        where.id,
        told["name"],
        OwnerKind(told["owner"]),
        Standard(told["standard"]),
        stage.draw.randrange(30, 121, 10),
        stage.words["provenance"],
        far,
    )
    return objects.add(stage.session, new, actor=stage.officer, at=_at(_MAY))


def _offer(
    stage: _Stage,
    object_id: UUID,
    kind: AccommodationKind | None = None,
    *,
    accepted: bool = False,
) -> None:
    at = _at(_MAY if accepted else _SEPTEMBER)
    here = objects.one(stage.session, object_id, actor=stage.officer, at=at)
    included = stage.draw.random() < 0.4
    apart = not included and here.owner is OwnerKind.PRIVATE
    private = here.owner is OwnerKind.PRIVATE and kind is None
    usual = AccommodationKind.PROCURED if private else AccommodationKind.RENTAL
    new = NewOffer(
        object_id=object_id,
        kind=kind or usual,
        supplier=_supplier(stage, here.municipality, kind or usual),
        beds=here.beds,
        price_ore=_price(stage, here.standard, included=included),
        meals=Meals.INCLUDED if included else Meals.WHEN_NEEDED if apart else Meals.SELF_CATERING,
        meal_ore=_MEALS if apart else None,
        term=stage.draw.choice(tuple(Term)),
        pay_when_used=stage.draw.random() < 0.3,
        available_from=_FIRST if accepted else date(2022, 10, 17),
    )
    made = offers.make(stage.session, new, actor=stage.officer, at=at)
    if accepted:
        how = Acceptance(
            _FIRST,
            told_on=_JUNE,
            reference=f"6.2.2-2022-{stage.draw.randrange(1000, 9999)}",
            excess_reason=stage.words["excess"],
        )
        contracts.accept(stage.session, made, how, actor=stage.officer, at=_at(_JUNE))
    elif kind is None and stage.draw.random() < 0.2:
        offers.end(
            stage.session,
            made,
            OfferState.REJECTED,
            reason=stage.words["offer_rejected"],
            actor=stage.officer,
            at=_at(_SEPTEMBER, 14),
        )


def _supplier(stage: _Stage, where: Place, kind: AccommodationKind) -> str:
    if kind is AccommodationKind.MUNICIPAL_AGREEMENT:
        return f"{where.name} {stage.words['municipality']}"
    if kind is AccommodationKind.PROCURED:
        return str(stage.draw.choice(stage.words["supplier"]))
    return str(stage.words["public_supplier"])


def _price(stage: _Stage, standard: Standard, *, included: bool) -> int:
    """Near what a form of housing was paid in 2015 (Direktupphandling 14), in öre."""
    kronor = {Standard.HOUSE: 199, Standard.HOUSE_SHARED: 100, Standard.CARAVAN: 175}
    fixed = kronor.get(standard, 90) + (148 if included else 0)
    return stage.draw.randrange(fixed * 90, fixed * 150) // 500 * 500


def _agree(stage: _Stage, where: Place, beds: int) -> None:
    new = NewContract(
        Conditions(
            AccommodationKind.MUNICIPAL_AGREEMENT,
            _supplier(stage, where, AccommodationKind.MUNICIPAL_AGREEMENT),
            stage.draw.randrange(24_000, 36_000, 500),
            Meals.SELF_CATERING,
            pay_when_used=False,
        ),
        NewPlaces(
            where.id,
            max(1, beds),
            _FIRST,
            date(2023, 7, 24),
            told_on=_JUNE,
            excess_reason=stage.words["excess"],
        ),
    )
    contracts.sign(stage.session, new, actor=stage.officer, at=_at(_JUNE, 13))


def _draw_on(stage: _Stage, county: str, where: Sequence[Place]) -> None:
    agreed = Conditions(
        AccommodationKind.PROCURED,
        stage.words["framework_supplier"],
        34_700,
        Meals.INCLUDED,
        pay_when_used=True,
    )
    held = frameworks.sign(
        stage.session,
        NewFramework(agreed, 300, date(2022, 7, 1), date(2025, 6, 30), county=county),
        actor=stage.officer,
        at=_at(_JUNE),
    )
    for place in where:
        new = NewPlaces(
            place.id,
            stage.draw.randrange(10, 19, 2),
            date(2022, 8, 15),
            date(2023, 2, 14),
            told_on=_JUNE,
            excess_reason=stage.words["excess"],
        )
        frameworks.call_off(stage.session, held, new, actor=stage.officer, at=_at(_JUNE, 14))


def _sleep(stage: _Stage) -> None:
    """Occupancy till the end of August, of most; what the others say has not come."""
    for one in signed.call_offs(stage.session, until=_AUGUST, actor=stage.officer):
        if stage.draw.random() < 0.15:
            continue
        for since, until in _months(one.starts_on):
            used = stage.draw.triangular(0.35, 1.0, 0.8) * one.beds * days(since, until)
            meals = None if one.meal_ore is None else int(used) * _EATEN // 10
            slept = Slept(since, until, int(used), meals)
            occupancy.record(
                stage.session,
                one.id,
                slept,
                stage.words["occupancy_source"],
                actor=stage.officer,
                at=_at(_SEPTEMBER),
            )


def _months(first: date) -> Iterator[tuple[date, date]]:
    end = date(2022, 7, 31)
    if first <= end:
        yield first, end
    yield max(first, date(2022, 8, 1)), _AUGUST
