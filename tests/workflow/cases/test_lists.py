"""Who finds which cases, in which order, and by what."""

from dataclasses import fields
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from tests.factories import (
    NORWEGIAN,
    NOW,
    TODAY,
    a_case,
    a_municipality,
    accepted,
    administrator,
    asked,
    auditor,
    centre,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases import lists
from workflow.cases.lists import CaseFilter
from workflow.cases.models import Case
from workflow.cases.queries import may_see_names, visible
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid
from workflow.redistribution import commands as redistribution

DUF = "202012345602"


def found(session, actor, wanted=None, *, today=TODAY, **options):
    page = lists.cases(session, wanted or CaseFilter(), today=today, actor=actor, **options)
    return [row.id for row in page.items]


def test_a_municipality_finds_only_the_cases_put_to_it(session):
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=10)
    own, other, nobodys = a_case(session), a_case(session), a_case(session)
    asked(session, own, here)
    asked(session, other, there)

    assert found(session, reader(here)) == [own]
    assert found(session, officer()) == [own, other, nobodys]
    assert lists.counted(session, CaseFilter(), today=TODAY, actor=reader(here)) == 1
    assert lists.by_state(session, CaseFilter(), today=TODAY, actor=reader(here)) == {
        CaseState.DISTRIBUTED: (1, 2)
    }


def test_a_case_taken_back_is_gone_from_the_municipalitys_list(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, here)

    redistribution.withdraw(
        session, case, reason="ingen reise", legal_ground=None, actor=officer(), at=NOW
    )

    assert found(session, reader(here)) == []


def test_others_find_their_own_kind(session):
    a_case(session)
    theirs = a_case(
        session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak"
    )
    a_case(session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Hove mottak")

    assert found(session, centre("Dale mottak")) == [theirs]
    assert len(found(session, udi())) == 1
    assert len(found(session, auditor())) == 3
    assert found(session, administrator()) == []


def test_filters_narrow_by_what_they_say(session):
    here = a_municipality(session, decided=10)
    waiting = a_case(session)
    unknown = a_case(session, entry=None)
    centres = a_case(session, group=Group.RECEPTION_CENTRE, entry=None)
    there = a_case(session)
    asked(session, there, here)

    def narrowed(**wanted):
        return found(session, officer(), CaseFilter(**wanted))

    assert narrowed(states=frozenset({CaseState.DISTRIBUTED})) == [there]
    assert narrowed(states=frozenset({CaseState.REGISTERED, CaseState.DISTRIBUTED})) == [
        waiting,
        unknown,
        centres,
        there,
    ]
    assert narrowed(groups=frozenset({Group.RECEPTION_CENTRE})) == [centres]
    assert narrowed(entry=frozenset({EntryStatus.UNKNOWN})) == [unknown, centres]
    assert narrowed(municipality_id=here) == [there]


def test_overdue_is_asked_not_answered_and_past_the_last_day(session):
    here = a_municipality(session, decided=50)
    late, later = a_case(session), a_case(session)
    asked(session, late, here, at=NOW)
    asked(session, later, here, at=NOW - timedelta(days=3))
    answered = a_case(session)
    accepted(session, answered, here, at=NOW - timedelta(days=3))
    due = session.scalar(select(Case.answer_due).where(Case.id == late))

    on_the_day = found(session, officer(), CaseFilter(overdue=True), today=due)
    day_after = due + timedelta(days=1)
    overdue = found(session, officer(), CaseFilter(overdue=True), today=day_after)
    others = found(session, officer(), CaseFilter(overdue=False), today=day_after)

    assert late not in on_the_day
    assert overdue == [later, late]
    assert others == [answered]


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        (CaseFilter(), {}),
        (CaseFilter(), {"newest_first": True}),
        (CaseFilter(states=frozenset(CaseState)), {}),
        (CaseFilter(states=frozenset(CaseState)), {"newest_first": True}),
        (CaseFilter(overdue=True), {}),
    ],
    ids=["all", "all, newest first", "states", "states, newest first", "overdue"],
)
def test_pages_tell_every_case_once_in_the_same_order(session, wanted, options):
    here = a_municipality(session, decided=50)
    for days in range(5):
        asked(session, a_case(session), here, at=NOW - timedelta(days=20 - days))
    if not wanted.overdue:
        a_case(session)
    whole = found(session, officer(), wanted, **options)

    told, after = [], None
    while True:
        page = lists.cases(
            session, wanted, today=TODAY, limit=2, after=after, actor=officer(), **options
        )
        told += [row.id for row in page.items]
        if (after := page.next) is None:
            break

    assert told == whole
    assert len(told) == (5 if wanted.overdue else 6)


def test_a_cursor_of_another_order_is_refused(session):
    for _ in range(2):
        a_case(session)
    page = lists.cases(session, CaseFilter(), today=TODAY, limit=1, actor=officer())

    with pytest.raises(Invalid):
        found(session, officer(), after=page.next, newest_first=True)


def test_the_search_knows_case_numbers_duf_numbers_and_names(session):
    case = a_case(session, name="Amal al-Masri", duf_number=DUF)
    a_case(session)
    number = session.scalar(select(Case.case_number).where(Case.id == case))

    def search(q):
        return found(session, officer(), CaseFilter(q=q))

    assert search(number) == [case]
    assert case in search(number[:6])
    assert search(DUF) == [case]
    assert search(" al-MASRI ") == [case]
    assert search("masri%") == []
    assert search("al") == []


def test_a_municipality_finds_nobody_by_name_before_the_decision(session):
    here = a_municipality(session, decided=10)
    case = a_case(session, name="Amal al-Masri", duf_number=DUF)
    accepted(session, case, here)
    before = [found(session, writer(here), CaseFilter(q=q)) for q in ("masri", DUF)]
    redistribution.withdraw(
        session, case, reason="ingen reise", legal_ground=None, actor=officer(), at=NOW
    )
    placed(session, case, here, at=NOW + timedelta(days=1))

    after = [found(session, writer(here), CaseFilter(q=q)) for q in ("masri", DUF)]

    assert before == [[], []]
    assert after == [[case], [case]]


def test_the_search_and_the_case_agree_on_who_sees_names(session):
    here = a_municipality(session, decided=20)
    a_case(session)
    asked(session, a_case(session), here)
    accepted(session, a_case(session), here)
    placed(session, a_case(session), here)
    centres = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale")
    asked(session, centres, here)
    cases = session.scalars(select(Case)).all()
    actors = [
        Actor("x", role, municipality_id=here, reception_centre="Dale")
        for role in NORWEGIAN
        if role is not Role.ADMINISTRATOR
    ]

    for actor, case in product(actors, cases):
        seen = session.scalar(
            select(Case.id).where(Case.id == case.id, visible(actor), lists.names_visible(actor))
        )
        allowed = session.scalar(select(Case.id).where(Case.id == case.id, visible(actor)))
        assert (seen is not None) == (allowed is not None and may_see_names(actor, case)), (
            actor.role,
            case.state,
        )


def test_a_line_of_a_list_never_names_anybody():
    assert {"name", "duf_number"}.isdisjoint(field.name for field in fields(lists.CaseListed))


def test_where_a_case_was_before_is_told_to_that_municipality_only(session):
    first, second = a_municipality(session, decided=10), a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, first)
    redistribution.withdraw(
        session, case, reason="ingen reise", legal_ground=None, actor=officer(), at=NOW
    )
    asked(session, case, second)

    def former(actor):
        page = lists.cases(session, CaseFilter(), today=TODAY, actor=actor)
        return page.items[0].former_municipality_number

    assert former(officer()) is not None
    assert former(reader(second)) is None
