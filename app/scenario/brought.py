"""What plans are given beside cases and places: ties, services, a plan of weeks, kinds.

All of it is invented. Specialist health care lies in a town of each county; the towns that somebody
may sign in to have said how many they settle in a week; one wishes no large families, which IMDi
has not answered, and of another IMDi has recorded how many single parents it takes.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.languages import SOURCE, TEMPLATES
from workflow.capacity import kind_limits, offered, weekly
from workflow.capacity.kind_limits import NewLimit
from workflow.capacity.models import PlaceAccount
from workflow.capacity.offered import Offer
from workflow.capacity.states import HouseholdKind, Pool, Service
from workflow.cases import ties
from workflow.cases.models import Case
from workflow.cases.queries import OPEN_ADDRESS
from workflow.cases.states import CaseState, Group, TieKind, TieReach
from workflow.cases.ties import Tie
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week

#: From so many decided places on a town has the larger services itself.
_LARGE: Final = 40
_MINUTES: Final = (20, 35, 50, 75, 110)
_LANGUAGES: Final = ("arabisk", "tigrinja", "swahili")
_TIES: Final = (
    Tie(TieKind.SIBLINGS),
    Tie(TieKind.PARENT_AND_CHILD),
    Tie(TieKind.OTHER_FAMILY, TieReach.NEAR, 60),
    Tie(TieKind.SIBLINGS, TieReach.NEAR, 100),
)
#: So long ago kinds of household were limited: whom it concerns has not read of it yet.
_LIMITED_BEFORE: Final = timedelta(days=1)
_WEEKS: Final = 20
_PERSONS_A_WEEK: Final = 12


def bring(
    session: Session,
    ids: Mapping[str, int],
    *,
    shown: Collection[str],
    year: int,
    writer: Callable[[str], Actor],
    actor: Actor,
    at: datetime,
) -> None:
    """Write it down as IMDi's officer would.

    Args:
        ids: municipality number → id; `shown` are numbers that somebody may sign in to.
        writer: who writes for the municipality of a number.
    """
    decided = {
        row.municipality_id: row.decided_places
        for row in session.execute(
            select(PlaceAccount.municipality_id, PlaceAccount.decided_places).where(
                PlaceAccount.year == year,
                PlaceAccount.pool == Pool.ORDINARY,
                PlaceAccount.decided_places > 0,
            )
        )
    }
    for order, (number, here) in enumerate(sorted(ids.items())):
        if here in decided:
            offers = _offers(decided[here], order)
            offered.set_offers(session, here, offers, actor=actor, at=at)
        if number in shown:
            first = Week.of(local_day(at) + timedelta(weeks=1)).monday
            weeks = [Week.of(first + timedelta(weeks=ahead)) for ahead in range(_WEEKS)]
            wanted = dict.fromkeys(weeks, _PERSONS_A_WEEK)
            weekly.plan_weeks(session, here, wanted, actor=actor, at=at)
    _tie_some(session, actor, at)
    wishing, recorded, said = min(shown), max(shown), at - _LIMITED_BEFORE
    for number, kind, most, who in (
        (wishing, HouseholdKind.LARGE_FAMILY, 0, writer(wishing)),
        (recorded, HouseholdKind.SINGLE_PARENT, 2, actor),
    ):
        new = NewLimit(kind, most, local_day(said), date(year, 12, 31), _reasons()[kind])
        kind_limits.state_limit(session, ids[number], new, actor=who, at=said)


@cache
def _reasons() -> dict[str, str]:
    """Why a municipality would wish few of a kind, as its office would write it."""
    words = tomllib.loads((TEMPLATES / "scenario" / f"{SOURCE}.toml").read_text("utf-8"))
    reasons: dict[str, str] = words["kind_limit"]
    return reasons


def _offers(places: int, order: int) -> list[Offer]:
    large = places >= _LARGE
    minutes = None if large else _MINUTES[order % len(_MINUTES)]
    offers = [Offer(Service.SPECIALIST_HEALTH, minutes=minutes), Offer(Service.SCHOOL)]
    if large or order % 3 == 0:
        offers.append(Offer(Service.UPPER_SECONDARY))
    if order % 4 == 0:
        offers.append(Offer(Service.WHEELCHAIR))
    languages = _LANGUAGES if large else _LANGUAGES[:1]
    return [*offers, *(Offer(Service.LANGUAGE, language) for language in languages)]


def _tie_some(session: Session, actor: Actor, at: datetime) -> None:
    """Households that wait for travel, two and two, in the order of their numbers."""
    found = session.scalars(
        select(Case.id)
        .where(OPEN_ADDRESS, Case.group == Group.RESETTLEMENT, Case.state == CaseState.PLACED)
        .order_by(Case.case_number)
        .limit(2 * len(_TIES))
    ).all()
    for tie, one, other in zip(_TIES, found[::2], found[1::2], strict=False):
        ties.tie(session, one, other, tie, actor=actor, at=at)
