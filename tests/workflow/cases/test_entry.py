"""What is known of entry, per person; the case shows the least of it (R04, R15)."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, auditor, officer, placed, udi, writer
from tests.workflow.books import events, faults, steps, the_case
from workflow.cases import commands
from workflow.cases.commands import Question
from workflow.cases.entry import Entry, record_entry
from workflow.cases.errors import PersonNotHere, WeekBeforeEntry
from workflow.cases.models import EntryRecord, Person
from workflow.cases.states import CaseState, EntryStatus
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.weeks import Week

LATER = NOW + timedelta(hours=2)
JUNE, JULY = date(2020, 6, 1), date(2020, 7, 1)
POSSIBLE, POSSIBLE_FROM = EntryStatus.POSSIBLE, EntryStatus.POSSIBLE_FROM
UNKNOWN, NOT_POSSIBLE = EntryStatus.UNKNOWN, EntryStatus.NOT_POSSIBLE


def people(session: Session, case_id: UUID) -> list[UUID]:
    found = select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
    return list(session.scalars(found))


def known(session: Session, case_id: UUID, entry: Entry, *who: UUID, actor=None):
    return record_entry(
        session, case_id, entry, person_ids=who or None, actor=actor or udi(), at=LATER
    )


@pytest.mark.parametrize(
    ("first", "second", "least"),
    [
        ((POSSIBLE, JUNE), (POSSIBLE, JUNE), (POSSIBLE, JUNE)),
        ((POSSIBLE, JUNE), (POSSIBLE_FROM, JULY), (POSSIBLE_FROM, JULY)),
        ((POSSIBLE_FROM, JULY), (POSSIBLE_FROM, JUNE), (POSSIBLE_FROM, JULY)),
        # One can come at any time, the other from July: the household comes from July.
        ((POSSIBLE, None), (POSSIBLE_FROM, JULY), (POSSIBLE_FROM, JULY)),
        ((POSSIBLE, None), (POSSIBLE, JUNE), (POSSIBLE, JUNE)),
        ((POSSIBLE, None), (POSSIBLE, None), (POSSIBLE, None)),
        ((POSSIBLE, JUNE), (UNKNOWN, None), (UNKNOWN, None)),
        ((UNKNOWN, None), (NOT_POSSIBLE, None), (NOT_POSSIBLE, None)),
        ((POSSIBLE_FROM, JULY), (NOT_POSSIBLE, None), (NOT_POSSIBLE, None)),
    ],
)
def test_the_case_shows_the_least_of_its_persons(
    session: Session,
    first: tuple[EntryStatus, date | None],
    second: tuple[EntryStatus, date | None],
    least: tuple[EntryStatus, date | None],
) -> None:
    case = a_case(session, persons=2, entry=None)
    one, other = people(session, case)

    for who, (status, from_on) in ((one, first), (other, second)):
        known(session, case, Entry(status, "UDI", from_on), who)

    now = the_case(session, case)
    assert (now.entry_status, now.entry_from_on) == least


def test_nobody_is_settled_before_the_last_of_the_household_can_enter(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, persons=2, entry=Entry(POSSIBLE, "UDI"))
    known(session, case, Entry(POSSIBLE_FROM, "UDI", JULY), people(session, case)[1])
    commands.put_to_municipality(
        session, case, "distribute", Question(here, 2020), actor=officer(), at=LATER
    )

    with pytest.raises(WeekBeforeEntry):
        commands.accept(session, case, settlement_week=Week(2020, 24), actor=writer(here), at=LATER)


def test_the_first_permit_to_expire_is_the_cases(session: Session) -> None:
    case = a_case(session, persons=3, entry=None)
    one, other, third = people(session, case)

    known(session, case, Entry(POSSIBLE, "UDI", JUNE, date(2020, 9, 30)), one)
    known(session, case, Entry(POSSIBLE, "UDI", JUNE, date(2020, 8, 31)), other)
    known(session, case, Entry(POSSIBLE, "UDI", JUNE), third)

    assert the_case(session, case).permit_expires_on == date(2020, 8, 31)


def test_every_word_on_entry_is_kept_with_source_moment_and_author(session: Session) -> None:
    case = a_case(session, persons=1, entry=Entry(UNKNOWN, "UNHCR"))

    known(session, case, Entry(NOT_POSSIBLE, "Ambassaden i Beirut"))
    known(session, case, Entry(POSSIBLE_FROM, "UDI", JULY), actor=officer())

    records = session.scalars(select(EntryRecord).order_by(EntryRecord.id)).all()
    assert [(record.status, record.source) for record in records] == [
        (UNKNOWN, "UNHCR"),
        (NOT_POSSIBLE, "Ambassaden i Beirut"),
        (POSSIBLE_FROM, "UDI"),
    ]
    assert (records[2].at, records[2].actor, records[2].from_on) == (LATER, officer().name, JULY)
    last = steps(session, case)[-1]
    assert (last.trigger, last.facts["before"], last.facts["status"]) == (
        "entry",
        "not_possible",
        "possible_from",
    )
    event = events(session, case)[-1]
    assert (event.type, event.facts) == ("case.entry_changed", {"status": "possible_from"})
    assert faults(session) == {}


def test_entry_known_later_moves_nothing_but_itself(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    placed(session, case, here)

    known(session, case, Entry(NOT_POSSIBLE, "UDI"))

    now = the_case(session, case)
    assert (now.state, now.municipality_id) == (CaseState.PLACED, here)
    assert faults(session) == {}


def test_entry_is_written_by_imdi_and_udi(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    placed(session, case, here)

    for actor in (writer(here), auditor()):
        with pytest.raises(NotAllowed):
            known(session, case, Entry(POSSIBLE, "Kommunen"), actor=actor)


def test_a_stranger_and_nobody_at_all_are_refused(session: Session) -> None:
    case, other = a_case(session), a_case(session)
    stranger = people(session, other)[0]

    for who in (stranger, uuid4()):
        with pytest.raises(PersonNotHere) as refusal:
            known(session, case, Entry(POSSIBLE, "UDI"), people(session, case)[0], who)
        assert refusal.value.facts == {"person_ids": [str(who)]}
    with pytest.raises(Invalid) as nobody:
        record_entry(session, case, Entry(POSSIBLE, "UDI"), person_ids=[], actor=udi(), at=LATER)
    assert nobody.value.pointer == "/person_ids"
