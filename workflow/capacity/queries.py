"""What the municipalities' years look like. The figures are public: every actor reads all."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Numeric,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    lateral,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import Page, cut, unpack
from workflow.municipalities.models import Municipality, MunicipalityName

#: A year nobody has registered anything of is like one whose account has just been opened.
FRESH = 1


@dataclass(frozen=True, slots=True)
class MunicipalityYear:
    """One municipality's year, under the name it had last in that year; places in persons."""

    municipality_id: int
    municipality_number: str
    name: str
    county: str
    year: int
    ordinary: Figures
    minors: Figures
    #: Of the two accounts; FRESH where there is none yet.
    version: int
    minors_version: int

    @property
    def tag(self) -> str:
        """Changes with every change of either account."""
        return f"{self.version}.{self.minors_version}"


@dataclass(frozen=True, slots=True)
class Totals:
    """All municipalities' places of a year and pool, in persons."""

    municipalities: int
    #: How many of them have registered a decision, and how many of these said no.
    with_decision: int
    said_no: int
    original_request: int
    adjusted_request: int
    decided_places: int
    extra_places: int
    held: int
    settled: int
    free: int
    overrun: int


class YearOrder(StrEnum):
    """Orders of a list of municipalities; a minus means the largest first."""

    NUMBER = "municipality_number"
    NAME = "name"
    UNUSED_SHARE = "-unused_share"
    FREE = "-free"


def years(
    session: Session,
    year: int,
    *,
    order: YearOrder = YearOrder.NUMBER,
    county: str | None = None,
    limit: int | None = None,
    after: str | None = None,
    actor: Actor,
) -> Page[MunicipalityYear]:
    """The municipalities of a year with their figures; all of them without a `limit`.

    Shares are ordered exactly: by whole numbers that compare as the fractions do, ties by number,
    those without a share last.
    """
    wanted, listed = _years(year)
    if county is not None:
        wanted = wanted.where(listed.c.county == county)
    key = _keys(order, listed)
    if after is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*unpack(after, order, *_KINDS[order])))
    wanted = wanted.add_columns(*key).order_by(*key)
    if limit is None:
        return Page(tuple(_year(row, year) for row in session.execute(wanted)))
    rows = session.execute(wanted.limit(limit + 1)).all()
    parts = len(key)
    page = cut(list(rows), limit, order, lambda row: tuple(row[-parts:]))
    return Page(tuple(_year(row, year) for row in page.items), page.next)


def one(session: Session, municipality_id: int, year: int, *, actor: Actor) -> MunicipalityYear:
    """One municipality's year.

    Raises:
        NotFound: there was no such municipality that year.
    """
    wanted, listed = _years(year)
    row = session.execute(wanted.where(listed.c.municipality_id == municipality_id)).one_or_none()
    if row is None:
        raise NotFound("municipality")
    return _year(row, year)


def totals(session: Session, year: int, *, pool: Pool = Pool.ORDINARY, actor: Actor) -> Totals:
    """The sums over all municipalities; free places of one never make up for another's overrun."""
    found = years(session, year, actor=actor).items
    figures = [seen.minors if pool is Pool.MINORS else seen.ordinary for seen in found]
    decided = [one.decided_places for one in figures]
    return Totals(
        municipalities=len(found),
        with_decision=sum(places is not None for places in decided),
        said_no=sum(places == 0 for places in decided),
        original_request=sum(one.original_request or 0 for one in figures),
        adjusted_request=sum(_request_in_force(one) for one in figures),
        decided_places=sum(one.decided_places or 0 for one in figures),
        extra_places=sum(one.extra_places for one in figures),
        held=sum(one.held for one in figures),
        settled=sum(one.settled for one in figures),
        free=sum(one.free for one in figures),
        overrun=sum(one.overrun for one in figures),
    )


def known_years(session: Session, *, actor: Actor) -> list[int]:
    """The years anything is registered of, the latest first."""
    # From one year to the one before it by the index; there are many accounts of each.
    latest = select(func.max(PlaceAccount.year).label("year")).cte("known", recursive=True)
    before = (
        select(func.max(PlaceAccount.year))
        .where(PlaceAccount.year < latest.c.year)
        .scalar_subquery()
    )
    known = latest.union_all(select(before).where(latest.c.year.is_not(None)))
    found = select(known.c.year).where(known.c.year.is_not(None)).order_by(known.c.year.desc())
    return list(session.scalars(found))


def _request_in_force(figures: Figures) -> int:
    adjusted = figures.adjusted_request
    return (figures.original_request if adjusted is None else adjusted) or 0


_ordinary = aliased(PlaceAccount, name="ordinary")
_minors = aliased(PlaceAccount, name="minors")


def _figures(account: Any) -> tuple[Any, ...]:
    """The columns of an account in the order of the fields of Figures, then its version."""
    return (
        account.decided_places,
        func.coalesce(account.extra_places, 0),
        func.coalesce(account.held, 0),
        func.coalesce(account.settled, 0),
        account.original_request,
        account.adjusted_request,
        func.coalesce(account.version, FRESH),
    )


def _years(year: int) -> tuple[Select[*tuple[Any, ...]], Subquery]:
    """The municipalities that existed in a year, each with both its accounts, if it has them."""
    begins, ends = date(year, 1, 1), date(year + 1, 1, 1)
    name = lateral(
        select(
            MunicipalityName.number.label("number"),
            MunicipalityName.official_name.label("name"),
            MunicipalityName.county.label("county"),
        )
        .where(
            MunicipalityName.municipality_id == Municipality.id, MunicipalityName.valid_from < ends
        )
        .order_by(MunicipalityName.valid_from.desc())
        .limit(1)
    )
    listed = (
        select(
            Municipality.id.label("municipality_id"),
            name.c.number.label("municipality_number"),
            name.c.name,
            name.c.county,
            Municipality.sort_key,
        )
        .join(name, true())
        .where(
            Municipality.valid_from < ends,
            or_(Municipality.valid_to.is_(None), Municipality.valid_to > begins),
        )
        .subquery("listed")
    )
    wanted = select(
        listed.c.municipality_id,
        listed.c.municipality_number,
        listed.c.name,
        listed.c.county,
        *_figures(_ordinary),
        *_figures(_minors),
    ).select_from(listed)
    for account, pool in ((_ordinary, Pool.ORDINARY), (_minors, Pool.MINORS)):
        wanted = wanted.outerjoin(
            account,
            and_(
                account.municipality_id == listed.c.municipality_id,
                account.year == year,
                account.pool == pool,
            ),
        )
    return wanted, listed


def _year(row: Any, year: int) -> MunicipalityYear:
    municipality_id, number, name, county = row[:4]
    return MunicipalityYear(
        municipality_id=municipality_id,
        municipality_number=number,
        name=name,
        county=county,
        year=year,
        ordinary=Figures(*row[4:10]),
        minors=Figures(*row[11:17]),
        version=row[10],
        minors_version=row[17],
    )


_decided = func.coalesce(_ordinary.decided_places, 0)
_ceiling = _decided + func.coalesce(_ordinary.extra_places, 0)
_used = func.coalesce(_ordinary.held, 0) + func.coalesce(_ordinary.settled, 0)
_free: ColumnElement[int] = func.greatest(0, _ceiling - _used, type_=Integer)
#: Two fractions with denominators up to D differ by at least 1/D²: times D², by at least 1. No
#: count of persons reaches 2³¹, and the product still is a whole number the database knows.
_WHOLE = 2**62
#: The unused share as a whole number that compares exactly as the fraction; -1 where there is none.
_share: ColumnElement[Any] = case(
    (
        _decided > 0,
        cast(func.div(cast(func.least(_free, _decided), Numeric) * _WHOLE, _decided), BigInteger),
    ),
    else_=-1,
)

_KINDS: dict[YearOrder, tuple[type[str] | type[int], ...]] = {
    YearOrder.NUMBER: (str, int),
    YearOrder.NAME: (str, str, int),
    YearOrder.UNUSED_SHARE: (int, str, int),
    YearOrder.FREE: (int, str, int),
}


def _keys(order: YearOrder, listed: Subquery) -> tuple[ColumnElement[Any], ...]:
    """What a list is ordered by, ascending; the last part is unlike for every row."""
    by_number = (listed.c.municipality_number, listed.c.municipality_id)
    match order:
        case YearOrder.NUMBER:
            return by_number
        case YearOrder.NAME:
            return (listed.c.sort_key, *by_number)
        case YearOrder.UNUSED_SHARE:
            return (-_share, *by_number)
        case YearOrder.FREE:
            return (-_free, *by_number)
