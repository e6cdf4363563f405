"""Registering a household, and who joins or leaves it."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    ENTRY,
    NOW,
    a_case,
    a_municipality,
    a_person,
    accepted,
    asked,
    auditor,
    booked,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from tests.workflow.books import events, faults, figures, steps, the_case
from workflow.capacity.errors import NoneFree
from workflow.cases import registration, settling
from workflow.cases.entry import Entry
from workflow.cases.errors import LastPerson, PersonAlready, PersonNotHere, WrongState
from workflow.cases.models import CaseLink, EntryRecord, Person
from workflow.cases.registration import NewCase
from workflow.cases.states import CaseState, EntryStatus, Group, JoinReason, Need
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.redistribution import commands as redistribution

LATER = NOW + timedelta(days=5)


def register(session: Session, *, actor=None, **changes):
    new = NewCase(**({"group": Group.RESETTLEMENT, "persons": [a_person()]} | changes))
    return registration.register(session, new, actor=actor or officer(), at=NOW)


def join(session: Session, case_id, reason=JoinReason.LATER_MEMBER, actor=None):
    return registration.join(
        session, case_id, a_person(), reason=reason, actor=actor or officer(), at=LATER
    )


def leave(session: Session, person_id, reason: str | None = "Død", actor=None):
    return registration.leave(session, person_id, reason=reason, actor=actor or udi(), at=LATER)


def persons(session: Session, case_id) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .where(Person.case_id == case_id)
            .order_by(Person.position)
            .execution_options(populate_existing=True)
        )
    )


def test_a_household_becomes_a_case_with_its_first_line_of_history(session: Session) -> None:
    case, number = register(
        session,
        persons=[a_person(name="Amina"), a_person()],
        departure_country="LB",
        entry=ENTRY,
        needs=[Need.SCHOOL, Need.ACCESSIBILITY, Need.SCHOOL],
    )

    now = the_case(session, case)
    assert (now.case_number, now.state, now.persons_count) == (number, CaseState.REGISTERED, 2)
    assert number.startswith("2020-")
    assert now.needs == ["accessibility", "school"]
    assert (now.entry_status, now.entry_from_on) == (EntryStatus.POSSIBLE, date(2020, 4, 15))
    [step] = steps(session, case)
    assert (step.trigger, step.version, step.facts) == ("register", 1, {"persons": 2})
    [event] = events(session, case)
    assert (event.type, event.facts) == ("case.registered", {})
    records = session.scalars(select(EntryRecord).join(Person).where(Person.case_id == case))
    assert [record.source for record in records] == ["UDI", "UDI"]
    assert faults(session) == {}


def test_numbers_are_given_once(session: Session) -> None:
    numbers = [register(session)[1] for _ in range(3)]

    assert numbers == sorted(set(numbers))


def test_before_anybody_says_so_nothing_is_known_of_entry(session: Session) -> None:
    case, _ = register(session)

    assert the_case(session, case).entry_status is EntryStatus.UNKNOWN
    assert session.scalars(select(EntryRecord)).all() == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"persons": []}, "/persons"),
        (
            {"persons": [a_person(), a_person(duf_number="201712345611")]},
            "/persons/1/duf_number",
        ),
        ({"persons": [replace(a_person(), birth_year=2021)]}, "/persons/0/birth_year"),
        ({"persons": [replace(a_person(), birth_year=1899)]}, "/persons/0/birth_year"),
        ({"related_case_ids": [uuid4()]}, "/related_case_ids"),
    ],
)
def test_what_cannot_be_registered_says_where(
    session: Session, changes: dict[str, object], pointer: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        register(session, **changes)

    assert refusal.value.pointer == pointer


def test_only_imdi_and_udi_register(session: Session) -> None:
    here = a_municipality(session)

    for actor in (writer(here), auditor()):
        with pytest.raises(NotAllowed):
            register(session, actor=actor)
    register(session, actor=udi())


def test_close_family_is_linked_once_whichever_way(session: Session) -> None:
    first, _ = register(session)
    second, _ = register(session, related_case_ids=[first, first])

    [link] = session.scalars(select(CaseLink))

    assert {link.case_id, link.related_case_id} == {first, second}
    assert link.case_id < link.related_case_id


def test_a_birth_is_a_fact_whatever_the_ceiling_says(session: Session) -> None:
    here = a_municipality(session, decided=2)
    case = a_case(session, persons=2)
    accepted(session, case, here)

    join(session, case, JoinReason.BIRTH)

    now = figures(session, here)
    assert (now.held, now.free, now.overrun) == (3, 0, 1)
    assert the_case(session, case).persons_count == 3
    assert faults(session) == {}


def test_a_later_member_needs_a_free_place(session: Session) -> None:
    here = a_municipality(session, decided=3)
    case = a_case(session, persons=2)
    accepted(session, case, here)

    join(session, case)
    with pytest.raises(NoneFree):
        join(session, case)

    assert figures(session, here).held == 3
    assert the_case(session, case).persons_count == 3
    assert faults(session) == {}


def test_who_joins_a_case_that_holds_no_places_takes_none(session: Session) -> None:
    case = a_case(session, persons=2)

    person = join(session, case)

    now = the_case(session, case)
    assert (now.persons_count, now.entry_status) == (3, EntryStatus.UNKNOWN)
    last = persons(session, case)[-1]
    assert (last.id, last.position, last.joined_reason) == (person, 2, "later_member")
    assert [event.type for event in events(session, case)][-1] == "case.person_joined"
    assert faults(session) == {}


@pytest.mark.parametrize("reason", list(JoinReason))
def test_nobody_joins_a_case_that_has_ended(session: Session, reason: JoinReason) -> None:
    case = a_case(session)
    redistribution.lapse(session, case, reason="Reiser ikke", actor=officer(), at=NOW)

    with pytest.raises(WrongState):
        join(session, case, reason)


def test_only_imdi_and_udi_change_who_is_in_a_case(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session)
    placed(session, case, here)
    [person, _] = persons(session, case)

    for actor in (writer(here), auditor()):
        with pytest.raises(NotAllowed):
            join(session, case, actor=actor)
        with pytest.raises(NotAllowed):
            leave(session, person.id, actor=actor)
    there = a_municipality(session)
    with pytest.raises(NotFound):
        leave(session, person.id, actor=writer(there))


def test_who_leaves_gives_back_the_place(session: Session) -> None:
    here = a_municipality(session, decided=3)
    case = a_case(session, persons=3)
    accepted(session, case, here)
    [_, second, _] = persons(session, case)

    leave(session, second.id)

    assert figures(session, here).free == 1
    now = the_case(session, case)
    assert (now.persons_count, now.state) == (2, CaseState.ACCEPTED)
    gone = persons(session, case)[1]
    assert (gone.left_on, gone.left_reason) == (LATER.date(), "Død")
    assert steps(session, case)[-1].facts == {"person_id": str(second.id)}
    assert faults(session) == {}


def test_who_leaves_an_overrun_lowers_it(session: Session) -> None:
    here = a_municipality(session, decided=2)
    case = a_case(session, persons=2)
    accepted(session, case, here)
    newborn = join(session, case, JoinReason.BIRTH)

    leave(session, newborn)

    assert (figures(session, here).held, figures(session, here).overrun) == (2, 0)
    assert faults(session) == {}


def test_a_person_leaves_once_with_a_reason_and_never_as_the_last(session: Session) -> None:
    case = a_case(session, persons=2)
    [first, second] = persons(session, case)

    for nothing in (None, ""):
        with pytest.raises(ReasonMissing):
            leave(session, first.id, reason=nothing)
    leave(session, first.id)
    with pytest.raises(PersonNotHere):
        leave(session, first.id)
    with pytest.raises(LastPerson):
        leave(session, second.id)
    with pytest.raises(NotFound):
        leave(session, uuid4())


def test_nobody_leaves_a_case_that_has_lapsed(session: Session) -> None:
    case = a_case(session, persons=2)
    redistribution.lapse(session, case, reason="Reiser ikke", actor=officer(), at=NOW)

    with pytest.raises(WrongState):
        leave(session, persons(session, case)[0].id)


def test_who_leaves_takes_an_uncertain_entry_along(session: Session) -> None:
    case = a_case(session, persons=1)
    late = join(session, case)
    assert the_case(session, case).entry_status is EntryStatus.UNKNOWN

    leave(session, late)

    now = the_case(session, case)
    assert (now.entry_status, now.entry_from_on) == (EntryStatus.POSSIBLE, ENTRY.from_on)


def test_when_the_last_without_a_date_leaves_the_rest_are_settled(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, group=Group.RECEPTION_CENTRE, persons=3, entry=None)
    placed(session, case, here)
    [first, second, third] = persons(session, case)
    day = LATER.date()
    settling.settle(
        session, case, persons={first.id: day, second.id: day}, actor=writer(here), at=LATER
    )
    with pytest.raises(PersonAlready):
        leave(session, first.id, actor=officer())

    leave(session, third.id, reason="Egen sak", actor=lead())

    now = the_case(session, case)
    assert (now.state, now.settled_count, now.persons_count) == (CaseState.SETTLED, 2, 2)
    counted = figures(session, here)
    assert (counted.held, counted.settled) == (0, 2)
    last = steps(session, case)[-1]
    assert (last.trigger, last.actor_role, last.dest) == ("settle", "system", "settled")
    assert faults(session) == {}


def test_who_leaves_before_the_journey_travels_with_nobody(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, persons=2)
    booked(session, case, here)

    leave(session, persons(session, case)[0].id)

    assert the_case(session, case).state is CaseState.TRAVEL_BOOKED
    assert figures(session, here).held == 1
    assert faults(session) == {}


def test_a_new_member_with_unknown_entry_holds_the_next_distribution_back(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    join(session, case)

    with pytest.raises(Exception, match="not known when"):
        asked(session, case, here)


def test_an_entry_without_its_date_is_refused() -> None:
    with pytest.raises(Invalid):
        Entry(EntryStatus.POSSIBLE_FROM, source="UDI")
    for status in (EntryStatus.UNKNOWN, EntryStatus.NOT_POSSIBLE):
        with pytest.raises(Invalid):
            Entry(status, source="UDI", from_on=date(2020, 6, 1))
