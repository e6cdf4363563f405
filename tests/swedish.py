"""Things of a Swedish deployment to test with; made by commands."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from workflow.allocation import counts, keys, runs, statistics, targets
from workflow.allocation.decisions import Decision
from workflow.allocation.states import VersionKind
from workflow.allocation.statistics import NewStatistics
from workflow.approvals.commands import prepare
from workflow.approvals.errors import SecondPersonNeeded
from workflow.approvals.models import ApprovalRule
from workflow.kernel.actor import Actor, Role
from workflow.municipalities.sweden import places, shipped, store

NOW = datetime(2022, 6, 1, 10, tzinfo=UTC)
TODAY = NOW.date()
YEAR = 2022
TOLD, HOLDS = date(2022, 6, 1), date(2022, 7, 1)
#: Of Värmland, June 2022 (sunne.se): they sum to 780.
VARMLAND = {
    "1784": 133,
    "1730": 23,
    "1782": 0,
    "1763": 32,
    "1764": 17,
    "1783": 38,
    "1761": 59,
    "1780": 227,
    "1715": 36,
    "1781": 51,
    "1762": 12,
    "1760": 8,
    "1766": 44,
    "1785": 26,
    "1737": 37,
    "1765": 37,
}
KEY = """
name = "ours"
title = "Ours"
version = 1
valid_from = 2022-04-13
source = "a decision"
crediting = { rule = "rescale" }
rounding = { method = "webster", by_county = true }
[[criteria]]
name = "population"
weight = 1
value = "population"
[[credits]]
name = "own_housing"
value = "own_housing"
"""


def agency() -> Actor:
    return Actor("Maja Migration", Role.MIGRATION_OFFICER)


def board(county: str = "17") -> Actor:
    return Actor("Lars Länsstyrelse", Role.COUNTY_BOARD, county=county)


def coordinator() -> Actor:
    return Actor("Sofia Samordnare", Role.COUNTY_COORDINATOR, county="01")


def writer(municipality_id: int) -> Actor:
    return Actor("Karin Kommun", Role.MUNICIPALITY_WRITER, municipality_id=municipality_id)


def sweden(session: Session) -> dict[str, int]:
    """Värmland, Örebro county and two more, of the 290; ids by number."""
    if not places(session):
        store(
            session, [one for one in shipped() if one.county in {"17", "18"} or one.number in TWO]
        )
    return {place.number: place.id for place in places(session)}


TWO = {"1264", "2584"}


def decided(
    session: Session,
    numbers: Mapping[str, int] | None = None,
    *,
    year: int = YEAR,
    kind: VersionKind = VersionKind.FIRST,
    told_on: date = TOLD,
    effective_on: date = HOLDS,
    **how: object,
) -> int:
    """Targets by the municipalities' numbers, Värmland's unless it says others."""
    ids = sweden(session)
    return targets.decide(
        session,
        year,
        {ids[number]: target for number, target in (numbers or VARMLAND).items()},
        Decision(kind, told_on, effective_on, **how),  # type: ignore[arg-type]
        actor=agency(),
        at=NOW,
    )


def statistics_of(session: Session, lines: Mapping[str, tuple[object, ...]], *columns: str) -> int:
    sweden(session)
    table = [",".join(("code", *columns))]
    table += [",".join((code, *(str(one) for one in row))) for code, row in lines.items()]
    new = NewStatistics("Test", "SCB", date(2021, 12, 31))
    return statistics.take_in(session, new, "\n".join(table).encode(), actor=agency(), at=NOW)


def a_run(session: Session, *, total: int = 100, own: int = 3) -> object:
    """Of four municipalities of Värmland, one with so many in own housing."""
    lines = {
        "1780": (90_000, 40),
        "1784": (26_000, 12),
        "1782": (10_000, own),
        "1766": (13_000, 7),
    }
    set_id = statistics_of(session, lines, "population", "own_housing")
    key_id = keys.store(session, KEY, actor=agency(), at=NOW)
    return runs.run(
        session,
        key_id=key_id,
        statistics_id=set_id,
        year=YEAR,
        total=total,
        actor=agency(),
        at=NOW,
    )


def counted(session: Session, people: Mapping[str, int], *, own: Mapping[str, int] = {}) -> int:
    """A count of those in the number, and of those in own housing."""
    lines = ["code,legal_basis,permit,unaccompanied,housing,persons"]
    lines += [f"{code},temporary_protection,1,0,municipal,{n}" for code, n in people.items()]
    lines += [f"{code},temporary_protection,1,0,own,{n}" for code, n in own.items()]
    sweden(session)
    return counts.take_in(
        session, TODAY, "Migrationsverket", "\n".join(lines).encode(), actor=agency(), at=NOW
    )


def a_decision_waits(session: Session, number: str, reason: str) -> UUID:
    """A correction of this year that a second person of the agency's has not confirmed."""
    session.execute(update(ApprovalRule).values(needed=True))
    here = sweden(session)[number]
    decision = Decision(VersionKind.CORRECTION, TODAY, TODAY, reason=reason)
    with pytest.raises(SecondPersonNeeded) as needed:
        targets.decide(session, YEAR, {here: 1}, decision, actor=agency(), at=NOW)
    session.execute(update(ApprovalRule).values(needed=False))
    return prepare(session, needed.value.asked, actor=agency(), at=NOW)
