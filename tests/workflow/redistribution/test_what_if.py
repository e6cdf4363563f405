"""What would follow from other figures: pure sums, kept by name, changing nothing."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.scenario.figures import generate
from tests.factories import NOW, a_case, a_municipality, asked, auditor, lead, officer, writer
from tests.workflow.books import figures
from tests.workflow.redistribution.withdrawn import withdrawn
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.municipalities.register import shipped_register
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace
from workflow.redistribution import what_ifs
from workflow.redistribution.what_if import (
    Asked,
    Changes,
    changed_request,
    changed_standings,
    figures_of,
    without_airports,
)
from workflow.redistribution.what_ifs import Question, calculate, keep

OF_2020 = Changes(Fraction("-34.3"), 10)


def test_lowered_by_343_with_ten_as_the_least_is_march_2020_for_202_of_211():
    """Source: IMDi's published requests; the nine are those that were adjusted higher."""
    asked_for = generate(shipped_register())
    known = [one for one in asked_for if one.original_request is not None]

    within_one = [
        one
        for one in known
        if one.adjusted_request is not None
        and abs(changed_request(one.asked, Fraction("-34.3"), 10) - one.adjusted_request) <= 1
    ]

    assert len(asked_for) == 211
    assert len(within_one) == 202


@given(
    original=st.integers(0, 1000),
    per_cent=st.fractions(-100, 900, max_denominator=10),
    least=st.integers(0, 50),
)
def test_a_changed_request_is_never_below_the_least_and_within_half_a_person(
    original, per_cent, least
):
    changed = changed_request(original, per_cent, least)

    assert changed >= least
    assert changed == least or abs(changed - original * (100 + per_cent) / 100) <= Fraction(1, 2)


def test_decisions_follow_where_they_are_said_to_and_nobody_who_said_no_says_yes():
    here = Asked("1000", 30, 30, 30, 2, 25)
    said_no, unregistered = replace(here, decided_places=0), replace(here, decided_places=None)

    alone, followed, no, none = (
        figures_of([one], changes)[0]
        for one, changes in (
            (here, OF_2020),
            (here, replace(OF_2020, decisions_follow=True)),
            (said_no, replace(OF_2020, decisions_follow=True)),
            (unregistered, replace(OF_2020, decisions_follow=True)),
        )
    )

    assert (alone.request_then, alone.places_then, alone.free_then) == (20, 30, 7)
    assert (followed.places_then, followed.free_then, followed.overrun) == (20, 0, 3)
    assert (no.places_then, none.places_then) == (0, None)


def test_more_places_and_freed_ones_are_in_the_standing_and_nobody_elses():
    standings = [
        Standing("1000", {"ordinary": Places(3, 10)}),
        Standing("1001", {"ordinary": Places(2, 10), "minors": Places(1, 4)}),
    ]
    asked_of = [Asked("1000", 10, 10, 10, 0, 7), Asked("1001", 10, 10, 10, 0, 8)]
    told = figures_of(asked_of, Changes(more_places={"1000": 5}))

    first, second = changed_standings(standings, told, {("1001", "minors"): 2})

    assert first.places["ordinary"] == Places(8, 15)
    assert second.places == {"ordinary": Places(2, 10), "minors": Places(3, 4)}


def test_a_closed_airport_bars_those_udi_flies_in_and_no_others():
    flown = CaseToPlace(2, case_number="a", group="resettlement")
    other = CaseToPlace(2, case_number="b", group="reception_centre")
    airports = {"1000": "TRD", "1001": "OSL", "1002": None}

    one, two = without_airports([flown, other], frozenset({"TRD"}), airports)

    assert dict(one.excluded) == {"1000": "airport.closed"}
    assert dict(two.excluded) == {}


def test_a_question_is_calculated_without_a_trace_and_kept_when_it_is_named(session: Session):
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=30)
    waiting = withdrawn(session, here, persons=8)
    asked(session, a_case(session, persons=4), here)
    number = session.scalars(select(Municipality.number).where(Municipality.id == there)).one()
    before = [figures(session, one) for one in (here, there)]
    question = Question(Changes(more_places={number: -28}), NOW.date())

    outcome = calculate(session, question, actor=auditor(), at=NOW)

    assert (
        session.scalars(select(AuditEntry).where(AuditEntry.action == "keep_what_if")).all() == []
    )
    assert [figures(session, one) for one in (here, there)] == before
    (changed,) = outcome["municipalities"]
    assert (changed["places_now"], changed["places_then"], changed["free_then"]) == (30, 2, 2)
    assert outcome["plan"]["cases"] == 1
    assert outcome["plan"]["now"]["figures"]["placed_persons"] == 8
    assert outcome["plan"]["then"]["figures"]["placed_persons"] == 0
    assert outcome["plan"]["moved"] == 1
    made = keep(session, "Uten oss", question, actor=officer(), at=NOW)
    seen = what_ifs.one(session, made, actor=auditor())
    assert (seen.name, seen.question, seen.outcome) == ("Uten oss", question, outcome)
    assert [figures(session, one) for one in (here, there)] == before
    with pytest.raises(NotFound):
        what_ifs.one(session, made, actor=writer(here))
    assert waiting


def test_a_moved_cut_off_says_what_a_withdrawal_would_free(session: Session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session, persons=4), here)

    earlier, later = (
        calculate(session, Question(Changes(), day), actor=lead(), at=NOW.replace(month=5))
        for day in (NOW.date(), date(2020, 5, 1))
    )

    assert earlier["cut_off"]["cases"] == 0
    assert later["cut_off"] == {
        "cases": 1,
        "persons": 4,
        "places_freed": 4,
        "reversal_decisions": 0,
    }


@pytest.mark.parametrize(
    "question",
    [
        Question(Changes(per_cent=Fraction(-101))),
        Question(Changes(least=-1)),
        Question(Changes(more_places={"0000": 1})),
        Question(Changes(airports_closed=frozenset({"XXX"}))),
        Question(Changes(), date(2100, 1, 1)),
    ],
)
def test_what_there_is_none_of_is_refused(session: Session, question):
    with pytest.raises(Invalid):
        calculate(session, question, actor=lead(), at=NOW)


def test_who_plans_nothing_asks_nothing_and_who_audits_keeps_nothing(session: Session):
    here = a_municipality(session)
    with pytest.raises(NotAllowed):
        calculate(session, Question(Changes()), actor=writer(here), at=NOW)
    with pytest.raises(NotAllowed):
        keep(session, "x", Question(Changes()), actor=auditor(), at=NOW)
