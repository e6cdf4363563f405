"""What is registered of a municipality's year, and by whom (R01)."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    TODAY,
    a_municipality,
    lead,
    places,
    writer,
)
from tests.workflow.books import faults, figures
from workflow.capacity import commands
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.errors import RequestStands
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import Pool
from workflow.kernel.actor import SYSTEM, Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, ReasonMissing

ORDINARY = Pool.ORDINARY


def hold(session: Session, municipality_id: int, persons: int, *, year: int = 2020) -> int:
    return commands.hold(
        session,
        municipality_id=municipality_id,
        year=year,
        pool=ORDINARY,
        persons=persons,
        cause=Cause(SYSTEM, NOW),
    )


def register(
    session: Session,
    municipality_id: int,
    actor: Actor = SYSTEM,
    *,
    reason=None,
    on=TODAY,
    **change,
) -> int:
    return commands.register_year(
        session,
        municipality_id=municipality_id,
        year=2020,
        pool=ORDINARY,
        change=YearChange(**change),
        cause=Cause(actor, NOW, reason=reason),
        on=on,
    )


def account(session: Session, account_id: int) -> PlaceAccount:
    return session.get_one(PlaceAccount, account_id, populate_existing=True)


def entries(session: Session, account_id: int) -> list[tuple[str, int, int, int, int]]:
    rows = session.execute(
        select(
            PlaceEntry.kind,
            PlaceEntry.held_change,
            PlaceEntry.settled_change,
            PlaceEntry.ceiling_change,
            PlaceEntry.free_after,
        )
        .where(PlaceEntry.account_id == account_id)
        .order_by(PlaceEntry.id)
    )
    return [tuple(row) for row in rows]


def test_the_original_request_stands_and_a_new_letter_is_the_adjusted_one(
    session: Session,
) -> None:
    here = a_municipality(session)
    taken = register(session, here, lead(), original_request=30, on=date(2019, 11, 1))

    with pytest.raises(RequestStands) as refusal:
        register(session, here, lead(), original_request=20)
    with pytest.raises(RequestStands):
        register(session, here, lead(), original_request=None)
    register(session, here, lead(), original_request=30)
    register(session, here, lead(), adjusted_request=20, on=date(2020, 3, 27))
    register(session, here, lead(), adjusted_request=15, on=date(2020, 5, 4))

    assert refusal.value.facts == {"year": 2020, "original_request": 30}
    now = account(session, taken)
    assert (now.original_request, now.original_request_on) == (30, date(2019, 11, 1))
    assert (now.adjusted_request, now.adjusted_request_on) == (15, date(2020, 5, 4))
    assert entries(session, taken) == [], "a request moves no place"


def test_a_councils_decision_is_registered_and_every_change_is_a_line(session: Session) -> None:
    here = a_municipality(session)

    taken = register(session, here, writer(here), decided_places=10)
    register(session, here, writer(here), extra_places=2)
    register(session, here, writer(here), decided_places=7)
    register(session, here, writer(here), decided_places=7)

    assert entries(session, taken) == [
        ("decided", 0, 0, 10, 10),
        ("extra", 0, 0, 2, 12),
        ("decided", 0, 0, -3, 9),
    ]
    assert faults(session) == {}


def test_two_changes_at_once_are_two_lines_each_with_what_was_free_after_it(
    session: Session,
) -> None:
    here = a_municipality(session)

    taken = register(session, here, decided_places=10, extra_places=2)

    assert entries(session, taken) == [("decided", 0, 0, 10, 10), ("extra", 0, 0, 2, 12)]
    assert faults(session) == {}


def test_to_say_no_is_to_register_a_nought(session: Session) -> None:
    here = a_municipality(session)

    taken = register(session, here, writer(here), decided_places=0)

    assert account(session, taken).decided_places == 0
    assert entries(session, taken) == [("decided", 0, 0, 0, 0)]


def test_a_lowered_decision_is_a_fact_that_frees_nothing(session: Session) -> None:
    here = a_municipality(session, decided=10)
    taken = hold(session, here, 8)

    register(session, here, writer(here), decided_places=5)

    now = account(session, taken)
    assert (now.held, now.overrun) == (8, 3)
    assert figures(session, here).free == 0
    register(session, here, writer(here), extra_places=4)
    assert (account(session, taken).overrun, figures(session, here).free) == (0, 1)
    assert entries(session, taken)[-2:] == [("decided", 0, 0, -5, 0), ("extra", 0, 0, 4, 1)]


ASKS = {Role.LEAD, Role.SYSTEM}
DECIDES = ASKS | {Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR}


@pytest.mark.parametrize(
    ("field", "roles"),
    [
        ("original_request", ASKS),
        ("adjusted_request", ASKS),
        ("decided_places", DECIDES),
        ("extra_places", DECIDES),
    ],
)
def test_each_number_is_registered_by_whose_it_is(
    session: Session, field: str, roles: set[Role]
) -> None:
    here, there = a_municipality(session), a_municipality(session)

    for role in Role:
        own = Actor("Noen", role, municipality_id=here if role.name.startswith("MUNI") else None)
        if role in roles:
            register(session, here, own, reason="På vegne av kommunen", **{field: 4})
        else:
            with pytest.raises(NotAllowed):
                register(session, here, own, reason="Uten rett", **{field: 4})
    with pytest.raises(NotAllowed):
        register(session, there, writer(here), reason="Naboen", **{field: 4})


def test_the_lead_registers_on_a_municipalitys_behalf_with_a_reason(session: Session) -> None:
    here = a_municipality(session)

    with pytest.raises(ReasonMissing):
        register(session, here, lead(), decided_places=4)
    with pytest.raises(ReasonMissing):
        register(session, here, lead(), original_request=4, extra_places=1)
    taken = register(session, here, lead(), decided_places=4, reason="Brev fra kommunen")

    line = session.scalars(select(PlaceEntry).where(PlaceEntry.account_id == taken)).one()
    assert (line.reason, line.actor) == ("Brev fra kommunen", lead().name)


@pytest.mark.parametrize(
    "field", ["original_request", "adjusted_request", "decided_places", "extra_places"]
)
def test_nobody_asks_for_or_decides_less_than_none(session: Session, field: str) -> None:
    here = a_municipality(session)

    with pytest.raises(Invalid) as refusal:
        register(session, here, **{field: -1})

    assert refusal.value.pointer == f"/{field}"


@pytest.mark.parametrize("year", [1989, 2101])
def test_places_belong_to_a_year_somebody_settles_in(session: Session, year: int) -> None:
    here = a_municipality(session)

    with pytest.raises(Invalid) as refusal:
        places(session, here, decided=3, year=year)

    assert refusal.value.pointer == "/year"
