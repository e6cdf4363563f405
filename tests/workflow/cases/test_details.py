"""One case as each actor may see it: persons, choices, history, entry."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.factories import (
    ENTRY,
    NOW,
    TODAY,
    a_case,
    a_municipality,
    accepted,
    asked,
    auditor,
    lead,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases import (
    commands,
    deciding,
    details,
    history,
    measures,
    preconditions,
    registration,
)
from workflow.cases.entry import Entry, record_entry
from workflow.cases.models import CaseLink
from workflow.cases.states import CaseState, DeclineReason, EntryStatus, Group
from workflow.kernel.errors import NotFound, Stale
from workflow.redistribution import commands as redistribution

LATER = NOW + timedelta(days=1)


def seen(session, case_id, actor):
    return details.opened(session, case_id, actor=actor, at=NOW)


def withdrawn(session, case_id, at=NOW):
    redistribution.withdraw(
        session, case_id, reason="ingen reise", legal_ground=None, actor=officer(), at=at
    )


def declined(session, case_id, municipality_id, text="ikke plass på skolen"):
    commands.decline(
        session,
        case_id,
        reason_code=DeclineReason.NO_CAPACITY,
        text=text,
        actor=writer(municipality_id),
        at=NOW,
    )


def test_a_case_shows_its_people_and_the_least_known_of_their_entry(session):
    case = a_case(session, persons=3, name="Amal")

    shown = seen(session, case, officer())

    assert [person.name for person in shown.persons] == ["Amal", None, None]
    assert shown.entry.status is EntryStatus.POSSIBLE
    assert shown.entry.from_on == ENTRY.from_on
    assert shown.persons_count == 3


def test_another_municipalitys_case_does_not_exist(session):
    here, there = a_municipality(session, decided=10), a_municipality(session)
    case = a_case(session)
    asked(session, case, here)

    assert seen(session, case, reader(here))
    for read in (seen, lambda *a: history.history(a[0], a[1], actor=a[2])):
        with pytest.raises(NotFound):
            read(session, case, reader(there))


def test_names_are_shown_to_the_municipality_from_the_decision_on(session):
    here = a_municipality(session, decided=10)
    case = a_case(session, name="Amal")
    accepted(session, case, here)
    before = seen(session, case, reader(here))
    deciding.decide(session, case, actor=officer(), at=LATER)

    after = seen(session, case, reader(here))

    assert (before.names_shown, before.persons[0].name) == (False, None)
    assert (after.names_shown, after.persons[0].name) == (True, "Amal")


def test_choices_say_what_the_command_would(session):
    case = a_case(session, entry=None)

    choice = seen(session, case, officer()).choice("distribute")

    assert choice is not None
    assert not choice.allowed
    assert choice.refusal.code == "entry.when_unknown"


def test_a_measure_greys_the_button_of_its_group(session):
    case = a_case(session)
    measures.start(
        session,
        group=Group.RESETTLEMENT,
        reason="stans",
        from_on=TODAY,
        until_on=None,
        actor=lead(),
        at=NOW,
    )

    choice = seen(session, case, officer()).choice("distribute")

    assert choice.refusal.code == "measure.paused"


def test_choices_are_those_of_the_role(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, here)

    assert {c.trigger for c in seen(session, case, writer(here)).choices} == {"accept", "decline"}
    assert seen(session, case, reader(here)).choices == ()
    assert seen(session, case, auditor()).choices == ()


def test_related_cases_are_named_as_far_as_they_may_be_seen(session):
    here = a_municipality(session, decided=10)
    one, other = a_case(session), a_case(session)
    session.execute(
        insert(CaseLink).values(case_id=min(one, other), related_case_id=max(one, other))
    )
    asked(session, one, here)

    assert seen(session, one, officer()).related_case_ids == (other,)
    assert seen(session, one, reader(here)).related_case_ids == ()


def test_the_history_tells_every_step_with_who_and_why(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, here)
    declined(session, case, here)

    steps = history.history(session, case, actor=auditor())

    assert [(step.trigger, step.source, step.dest) for step in steps] == [
        ("register", CaseState.REGISTERED, CaseState.REGISTERED),
        ("distribute", CaseState.REGISTERED, CaseState.DISTRIBUTED),
        ("decline", CaseState.DISTRIBUTED, CaseState.DECLINED),
    ]
    assert steps[-1].actor == "Ola Kommune"
    assert steps[-1].facts["text"] == "ikke plass på skolen"


def test_a_municipality_does_not_read_what_another_was_asked_and_answered(session):
    first, second = a_municipality(session, decided=10), a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, first)
    declined(session, case, first)
    asked(session, case, second)

    steps = history.history(session, case, actor=reader(second))

    assert [step.trigger for step in steps] == ["distribute"]


def test_a_municipality_asked_again_reads_its_own_earlier_part_too(session):
    first, second = a_municipality(session, decided=10), a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, first)
    withdrawn(session, case)
    asked(session, case, second)
    declined(session, case, second)
    asked(session, case, first)

    steps = history.history(session, case, actor=reader(first))

    assert [step.trigger for step in steps] == ["distribute", "withdraw", "redistribute"]


def test_a_municipalitys_own_words_are_not_for_the_travel_office(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, here)
    declined(session, case, here)

    step = history.history(session, case, actor=udi())[-1]

    assert step.facts["reason_code"] == DeclineReason.NO_CAPACITY
    assert "text" not in step.facts


def test_what_was_known_of_entry_is_kept_with_its_source(session):
    case = a_case(session, persons=1, entry=None)
    for entry in (
        Entry(EntryStatus.NOT_POSSIBLE, source="UDI"),
        Entry(EntryStatus.POSSIBLE_FROM, source="UNHCR", from_on=TODAY),
    ):
        record_entry(session, case, entry, person_ids=None, actor=officer(), at=NOW)

    noted = history.entry_history(session, case, actor=officer())

    assert [(entry.status, entry.source) for entry in noted] == [
        (EntryStatus.NOT_POSSIBLE, "UDI"),
        (EntryStatus.POSSIBLE_FROM, "UNHCR"),
    ]


def test_a_version_read_earlier_is_stale(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    read = seen(session, case, officer()).version
    asked(session, case, here)

    preconditions.still_at(session, case, {read + 1}, actor=officer())
    with pytest.raises(Stale):
        preconditions.still_at(session, case, {read}, actor=officer())
    with pytest.raises(NotFound):
        preconditions.still_at(session, case, {read}, actor=reader(a_municipality(session)))


def test_who_has_left_is_no_longer_among_the_persons(session):
    case = a_case(session, persons=2, name="Amal")
    person = seen(session, case, officer()).persons[0]
    registration.leave(session, person.id, reason="egen sak", actor=officer(), at=NOW)

    shown = seen(session, case, officer())

    assert len(shown.persons) == 1
    assert [(left.name, left.left_reason) for left in shown.left] == [("Amal", "egen sak")]


def test_placed_cases_show_when(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    placed(session, case, here)

    assert seen(session, case, reader(here)).placed_on == (NOW + timedelta(days=2)).date()
