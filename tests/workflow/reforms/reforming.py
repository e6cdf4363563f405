"""Municipalities that merge or split at new year, and what the tests ask of them."""

from datetime import UTC, date, datetime

from sqlalchemy import select

from tests.factories import lead
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.cases.entry import Entry
from workflow.cases.states import EntryStatus
from workflow.kernel.actor import SYSTEM
from workflow.kernel.weeks import Week
from workflow.municipalities import queries
from workflow.reforms.commands import merge
from workflow.reforms.parties import NewMunicipality

DAY = date(2021, 1, 1)
THEN = datetime(2021, 1, 4, 9, tzinfo=UTC)
DECEMBER = Week(2020, 50)
JANUARY = Week(2021, 3)
NEW = NewMunicipality("1899", "Fjordby", "Nordland")
#: Who can enter until long after new year.
ENTERS = Entry(
    EntryStatus.POSSIBLE,
    source="UDI",
    from_on=date(2020, 4, 15),
    permit_expires_on=date(2021, 12, 31),
)


def merging(session, predecessors, successor=NEW, *, on=DAY, actor=None, at=THEN):
    return merge(
        session, predecessors=predecessors, successor=successor, on=on, actor=actor or lead(), at=at
    )


def found(session, number: str, on: date):
    return queries.by_number(session, number, on=on, actor=SYSTEM)


def entries(session, municipality_id: int, year: int):
    return [
        tuple(row)
        for row in session.execute(
            select(
                PlaceEntry.kind,
                PlaceEntry.ceiling_change,
                PlaceEntry.held_change,
                PlaceEntry.settled_change,
                PlaceEntry.free_after,
                PlaceEntry.case_id,
            )
            .join(PlaceAccount, PlaceAccount.id == PlaceEntry.account_id)
            .where(PlaceAccount.municipality_id == municipality_id, PlaceAccount.year == year)
            .order_by(PlaceEntry.id)
        )
    ]
