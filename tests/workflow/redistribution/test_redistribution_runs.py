"""Putting many withdrawn cases to municipalities again: what is planned, confirmed and refused."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    auditor,
    lead,
    officer,
    places,
    udi,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, the_case
from tests.workflow.redistribution.withdrawn import (
    NOT_POSSIBLE,
    WINDOW,
    confirm,
    lines,
    preview,
    withdrawn,
)
from workflow.cases import commands as cases
from workflow.cases import measures
from workflow.cases.entry import Entry, record_entry
from workflow.cases.states import CaseState, EntryStatus, Group, Track
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.redistribution import commands, redistribution_runs
from workflow.redistribution.errors import RunStale
from workflow.redistribution.models import RunItem
from workflow.redistribution.states import ItemOutcome, RunState
from workflow.vacancies import commands as vacancies
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

LATER = NOW + timedelta(hours=1)


def changed(session: Session, run) -> list[dict[str, object]]:
    """What makes the run's token stale."""
    with pytest.raises(RunStale) as refusal:
        confirm(session, run, at=LATER)
    return refusal.value.facts["changed"]


def test_a_preview_counts_what_it_would_do_and_does_nothing(session: Session) -> None:
    here = a_municipality(session, decided=9)
    fits, too_large = withdrawn(session, here, persons=3), withdrawn(session, here, persons=9)
    waits = withdrawn(session, here, entry=NOT_POSSIBLE)

    run = preview(session, [fits, too_large, waits])

    assert run.counts == {
        "cases": 3,
        "persons": 14,
        "placed": 1,
        "persons_placed": 9,
        "unplaced": 1,
        "excluded": 1,
    }
    report = {case: (line.outcome, line.code) for case, line in lines(session, run).items()}
    assert report == {
        too_large: (ItemOutcome.WILL_PLACE, None),
        fits: (ItemOutcome.UNPLACED, "places.none_free"),
        waits: (ItemOutcome.EXCLUDED, "entry.not_possible"),
    }
    assert figures(session, here).held == 0
    assert {the_case(session, case).state for case in report} == {CaseState.WITHDRAWN}


def test_the_scope_is_every_withdrawn_case_whose_people_can_come(session: Session) -> None:
    here, there = a_municipality(session, decided=40), a_municipality(session, decided=40)
    ready = withdrawn(session, here)
    declined = withdrawn(session, here)
    commands.redistribute(session, declined, municipality_id=here, actor=officer(), at=NOW)
    cases.decline(
        session, declined, reason_code="no_housing", text=None, actor=writer(here), at=NOW
    )
    withdrawn(session, here, entry=NOT_POSSIBLE)
    a_case(session)
    asked(session, a_case(session), here)
    centre = a_case(session, group=Group.RECEPTION_CENTRE, entry=None)
    asked(session, centre, here)
    commands.withdraw(session, centre, reason="Feil", legal_ground=None, actor=lead(), at=NOW)

    report = lines(session, preview(session))

    assert set(report) == {ready, declined}
    assert report[ready].municipality_id == here
    assert report[declined].municipality_id == there, "here has said no"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"case_ids": [uuid4()]}, NotFound),
        ({"case_ids": []}, Invalid),
        ({"year": 2019}, Invalid),
        ({"actor": udi()}, NotAllowed),
        ({"actor": auditor()}, NotAllowed),
    ],
)
def test_what_a_preview_refuses(
    session: Session, given: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        preview(session, **given)


def test_cases_that_cannot_go_out_are_named_with_the_reason(session: Session) -> None:
    here = a_municipality(session, decided=40)
    new, underway, waits = a_case(session), a_case(session), withdrawn(session, here)
    asked(session, underway, here)
    record_entry(session, waits, NOT_POSSIBLE, person_ids=None, actor=udi(), at=NOW)

    report = lines(session, preview(session, [new, underway, waits]))

    assert {case: line.code for case, line in report.items()} == {
        new: "state.wrong",
        underway: "state.wrong",
        waits: "entry.not_possible",
    }


def test_track_a_goes_home_first_and_each_case_sees_what_the_earlier_left(
    session: Session,
) -> None:
    home = a_municipality(session, number="1001", decided=5)
    roomy = a_municipality(session, number="1002", decided=50)
    b = withdrawn(session, home, track=Track.B, persons=5)
    small, large = withdrawn(session, home, persons=2), withdrawn(session, home, persons=4)

    report = lines(session, preview(session))

    assert list(report) == [large, small, b], "track A first, the larger household first"
    assert [line.municipality_id for line in report.values()] == [home, roomy, roomy]
    first = report[large].reasons
    assert first is not None
    assert first[0]["municipality_number"] == "1001"
    second = report[small].reasons
    assert second is not None
    assert [line["municipality_number"] for line in second] == ["1002"], "1001 had 1 of 5 left"


def test_the_earlier_permit_goes_first(session: Session) -> None:
    home = a_municipality(session, decided=2)
    late, early = (
        withdrawn(
            session,
            home,
            entry=Entry(EntryStatus.POSSIBLE, "UDI", permit_expires_on=date(2020, month, 1)),
        )
        for month in (9, 6)
    )

    report = lines(session, preview(session))

    assert report[early].outcome is ItemOutcome.WILL_PLACE
    assert report[late].code == "places.none_free"


def test_the_order_of_the_input_changes_nothing(session: Session) -> None:
    towns = [a_municipality(session, decided=decided) for decided in (4, 7, 9, 3)]
    for town in towns[1:3]:
        a_vacancy(session, town, places=3)
    chosen = [
        withdrawn(session, towns[number % 4], track=track, persons=1 + number % 3)
        for number, track in enumerate([Track.A, Track.B] * 5)
    ]

    def planned(case_ids):
        run = preview(session, case_ids)
        return run.token, [
            (case, line.municipality_id, line.vacancy_id, line.code)
            for case, line in lines(session, run).items()
        ]

    expected = planned(chosen)
    for seed in range(5):
        shuffled = chosen.copy()
        random.Random(seed).shuffle(shuffled)
        assert planned([*shuffled, *shuffled[:2]]) == expected
    assert planned(None)[1] == expected[1]


def test_a_home_used_by_an_earlier_case_is_not_used_again(session: Session) -> None:
    a_municipality(session, number="1001", decided=20)
    town = a_municipality(session, number="1002", decided=20)
    former = a_municipality(session, number="1003", decided=4)
    asked(session, a_case(session, persons=1), town)
    first, second = (
        withdrawn(session, former, track=Track.B, persons=persons) for persons in (3, 2)
    )
    places(session, former, decided=0)
    home = a_vacancy(session, town, places=3)

    report = lines(session, preview(session))

    assert (report[first].municipality_id, report[first].vacancy_id) == (town, home)
    assert report[second].municipality_id != town
    assert report[second].vacancy_id is None


def test_a_confirmed_run_asks_the_municipalities_anew(session: Session) -> None:
    here = a_municipality(session, decided=9)
    home = a_vacancy(session, here)
    first, second = withdrawn(session, here, persons=3), withdrawn(session, here, persons=2)
    run = preview(session)

    confirm(session, run, at=LATER)

    assert run.state is RunState.CONFIRMED
    assert (run.confirmed_at, run.undo_until) == (LATER, LATER + WINDOW)
    assert figures(session, here).held == 5
    for case in (first, second):
        now = the_case(session, case)
        assert (now.state, now.municipality_id) == (CaseState.REDISTRIBUTED, here)
        assert (now.settlement_week, now.answer_due) == (None, date(2020, 4, 8))
        question = questions(session, case)[-1]
        assert (question.again, question.rules_version, question.persons_count) == (
            True,
            1,
            now.persons_count,
        )
        assert question.reasons is not None
        told = events(session, case)[-1]
        assert (told.type, told.leaves_at) == ("case.redistributed", LATER + WINDOW)
    kept = session.get_one(Vacancy, home, populate_existing=True)
    assert (kept.state, kept.case_id) == (VacancyState.RESERVED, first)
    assert {line.outcome for line in lines(session, run).values()} == {ItemOutcome.PLACED}
    assert run.free_after == {str(here): 4}
    assert faults(session) == {}


def test_the_same_token_twice_has_one_effect_and_another_is_refused(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = preview(session)
    confirm(session, run)

    again = confirm(session, run, at=LATER)

    assert again.confirmed_at == NOW
    assert figures(session, here).held == 2
    assert len(questions(session, case)) == 2
    with pytest.raises(Invalid) as refusal:
        redistribution_runs.confirm(
            session, run.id, "0" * 32, actor=officer(), at=NOW, undo_window=WINDOW
        )
    assert refusal.value.pointer == "/token"
    assert faults(session) == {}


def test_a_place_taken_since_makes_the_token_stale_and_nothing_is_done(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=5), a_municipality(session, decided=5)
    stopped, free = withdrawn(session, here, persons=3), withdrawn(session, there, persons=3)
    run = preview(session)
    asked(session, a_case(session, persons=3), here)

    assert changed(session, run) == [{"case_id": str(stopped), "code": "places.none_free"}]

    assert {the_case(session, case).state for case in (stopped, free)} == {CaseState.WITHDRAWN}
    assert figures(session, there).held == 0
    assert run.state is RunState.PREVIEW


def test_a_lowered_decision_makes_it_stale_as_well(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = withdrawn(session, here, persons=3)
    run = preview(session)
    places(session, here, decided=2)

    assert changed(session, run) == [{"case_id": str(case), "code": "places.none_free"}]


def test_a_case_that_moved_since_makes_it_stale(session: Session) -> None:
    here = a_municipality(session, decided=9)
    moved, declined, same = (withdrawn(session, here) for _ in range(3))
    run = preview(session)
    record_entry(session, moved, NOT_POSSIBLE, person_ids=None, actor=udi(), at=NOW)
    commands.redistribute(session, declined, municipality_id=here, actor=officer(), at=NOW)
    cases.decline(
        session, declined, reason_code="no_housing", text=None, actor=writer(here), at=NOW
    )

    found = {(line["case_id"], line["code"]) for line in changed(session, run)}

    assert found == {(str(case), "run.case_changed") for case in (moved, declined)}
    assert the_case(session, same).state is CaseState.WITHDRAWN


def test_a_measure_that_began_since_makes_it_stale(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = preview(session)
    measures.start(
        session,
        group=Group.RESETTLEMENT,
        reason="Innreisestans",
        from_on=NOW.date(),
        until_on=None,
        actor=lead(),
        at=NOW,
    )

    assert changed(session, run) == [{"case_id": str(case), "code": "measure.paused"}]


def test_a_home_closed_since_makes_it_stale(session: Session) -> None:
    here = a_municipality(session, decided=9)
    home, case = a_vacancy(session, here), withdrawn(session, here)
    run = preview(session)
    vacancies.close(session, home, actor=writer(here), at=NOW)

    assert changed(session, run) == [{"case_id": str(case), "code": "vacancy.not_open"}]


def test_a_municipality_that_ended_since_makes_it_stale(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = preview(session)
    session.execute(
        update(Municipality).where(Municipality.id == here).values(valid_to=date(2020, 4, 1))
    )

    assert changed(session, run) == [{"case_id": str(case), "code": "municipality.ended"}]


def test_a_year_that_is_past_when_the_run_is_confirmed_makes_it_stale(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = preview(session)

    with pytest.raises(RunStale) as refusal:
        confirm(session, run, at=datetime(2021, 1, 1, 8, tzinfo=UTC))

    assert refusal.value.facts["changed"] == [{"case_id": str(case), "code": "run.year_past"}]


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.trial) for n in (1, 2))])
def test_whatever_is_placed_no_ceiling_is_passed_and_every_book_agrees(
    session: Session, seed: int
) -> None:
    draw = random.Random(seed)
    towns = [a_municipality(session, decided=draw.randint(0, 12)) for _ in range(6)]
    roomy = a_municipality(session, decided=400)
    for town in draw.choices(towns, k=5):
        a_vacancy(session, town, places=draw.randint(1, 6))
    made = [
        withdrawn(session, roomy, track=draw.choice(list(Track)), persons=draw.randint(1, 6))
        for _ in range(25)
    ]
    places(session, roomy, decided=10)
    run = confirm(session, preview(session))

    assert run.counts["cases"] == len(made)
    assert faults(session) == {}
    for town in [*towns, roomy]:
        assert figures(session, town).overrun == 0
    report = lines(session, run)
    left = max(figures(session, town).free for town in [*towns, roomy])
    for case, line in report.items():
        if line.outcome is ItemOutcome.PLACED:
            assert the_case(session, case).municipality_id == line.municipality_id
        else:
            assert line.persons > left, "who was not placed finds no room afterwards either"


def test_lines_are_kept_for_each_case_of_each_run(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    preview(session)
    preview(session)

    kept = session.scalars(select(RunItem.case_id).where(RunItem.case_id == case)).all()

    assert len(kept) == 2
