"""Which cases a withdrawal takes: by the day they were last put to a municipality (R03, R06)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    WEEK,
    a_case,
    a_municipality,
    accepted,
    asked,
    booked,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from tests.workflow.books import faults, figures, the_case
from tests.workflow.redistribution.withdrawn import lines
from workflow.cases import commands as cases
from workflow.cases import deciding
from workflow.cases.entry import Entry
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.weeks import Week
from workflow.redistribution import commands, queries, withdrawal_runs
from workflow.redistribution.errors import RunStale
from workflow.redistribution.models import Run
from workflow.redistribution.states import ItemOutcome
from workflow.travel import commands as travel

CUT_OFF = date(2020, 3, 12)
EARLY = datetime(2020, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2020, 3, 20, 9, tzinfo=UTC)


def preview(session: Session, at: datetime = NOW) -> Run:
    return withdrawal_runs.preview(
        session,
        before=CUT_OFF,
        reason="Innreisestans",
        legal_ground="conditions_failed",
        actor=officer(),
        at=at,
    )


def chosen_only(session: Session, case_ids: list[UUID]) -> Run:
    return withdrawal_runs.preview(
        session,
        case_ids=case_ids,
        reason="Innreisestans",
        legal_ground=None,
        actor=officer(),
        at=NOW,
    )


def confirm(session: Session, run: Run, at: datetime = NOW) -> Run:
    return withdrawal_runs.confirm(
        session, run.id, run.token, actor=officer(), at=at, undo_window=timedelta(minutes=30)
    )


def codes(session: Session, run: Run) -> dict[UUID, str | None]:
    return {case: line.code for case, line in lines(session, run).items()}


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2020, 3, 11, 22, 59, tzinfo=UTC), None),  # 23:59 on the 11th in Norway
        (datetime(2020, 3, 11, 23, 0, tzinfo=UTC), "run.after_cut_off"),  # midnight
        (datetime(2020, 3, 12, 12, 0, tzinfo=UTC), "run.after_cut_off"),
    ],
)
def test_the_cut_off_is_a_day_in_norway_and_not_in_the_selection(
    session: Session, at: datetime, code: str | None
) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session, at=EARLY)
    asked(session, case, here, at=at)

    assert codes(session, preview(session)) == {case: code}


def test_an_answer_or_a_decision_after_the_cut_off_saves_no_case(session: Session) -> None:
    here = a_municipality(session, decided=9)
    answered, decided = a_case(session, at=EARLY), a_case(session, at=EARLY)
    for case in (answered, decided):
        asked(session, case, here, at=EARLY)
        cases.accept(session, case, settlement_week=WEEK, actor=writer(here), at=NOW)
    deciding.decide(session, decided, actor=officer(), at=NOW)

    assert codes(session, preview(session)) == {answered: None, decided: None}


def test_the_last_question_counts_and_not_the_first(session: Session) -> None:
    here, there = a_municipality(session, decided=9), a_municipality(session, decided=9)
    case = a_case(session, at=EARLY)
    asked(session, case, here, at=EARLY)
    cases.decline(session, case, reason_code="no_housing", text=None, actor=writer(here), at=EARLY)
    asked(session, case, there, at=NOW)

    assert codes(session, preview(session)) == {case: "run.after_cut_off"}


def test_every_state_that_holds_places_is_taken_or_named(session: Session) -> None:
    here = a_municipality(session, decided=30)
    taken = []
    for how in (asked, accepted, placed, booked):
        case = a_case(session, at=EARLY)
        how(session, case, here, at=EARLY)
        taken.append(case)
    arrived = a_case(session, entry=Entry(EntryStatus.POSSIBLE, "UDI", EARLY.date()), at=EARLY)
    booked(session, arrived, here, week=Week(2020, 12), arrives_at=NOW, at=EARLY)
    travel.arrive(session, arrived, arrived_at=NOW, actor=udi(), at=NOW)
    others = []
    for group in (Group.RECEPTION_CENTRE, Group.PRIVATE):
        others.append(a_case(session, group=group, entry=None, at=EARLY))
        asked(session, others[-1], here, at=EARLY)
    lapsed = a_case(session, at=EARLY)
    asked(session, lapsed, here, at=EARLY)
    commands.lapse(session, lapsed, reason="Reiser ikke", actor=lead(), at=EARLY)
    a_case(session, at=EARLY)

    run = preview(session)

    assert codes(session, run) == (
        dict.fromkeys(taken)
        | {arrived: "run.already_arrived"}
        | dict.fromkeys(others, "group.not_resettlement")
    )
    assert run.counts["reversal_decisions"] == 2
    confirm(session, run)
    assert {the_case(session, case).state for case in taken} == {CaseState.WITHDRAWN}
    assert figures(session, here).held == 6
    assert faults(session) == {}


def test_a_run_over_nothing_is_confirmed_and_says_so(session: Session) -> None:
    run = confirm(session, preview(session))

    assert run.counts["cases"] == 0
    assert run.confirmed_at == NOW


def test_a_second_run_finds_nothing_left(session: Session) -> None:
    here = a_municipality(session, decided=9)
    asked(session, a_case(session, at=EARLY), here, at=EARLY)
    confirm(session, preview(session))

    assert preview(session).counts["cases"] == 0


def test_a_case_that_came_into_the_selection_since_makes_the_token_stale(
    session: Session,
) -> None:
    here = a_municipality(session, decided=9)
    back, same = a_case(session, at=EARLY), a_case(session, at=EARLY)
    asked(session, back, here, at=EARLY)
    first = confirm(session, preview(session))
    asked(session, same, here, at=EARLY)
    run = preview(session)
    withdrawal_runs.undo(session, first.id, actor=officer(), at=NOW)

    with pytest.raises(RunStale) as refusal:
        confirm(session, run)

    assert refusal.value.facts["changed"] == [
        {"case_id": str(back), "code": "run.case_new", "state": CaseState.DISTRIBUTED}
    ]
    assert the_case(session, same).state is CaseState.DISTRIBUTED


def test_two_previews_of_the_same_cases_one_confirm(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session, at=EARLY)
    asked(session, case, here, at=EARLY)
    first, second = preview(session), preview(session)
    assert first.token == second.token, "the same selection"
    confirm(session, first)

    with pytest.raises(RunStale):
        confirm(session, second)

    assert {line.outcome for line in lines(session, second).values()} == {ItemOutcome.WILL_WITHDRAW}
    assert faults(session) == {}


def test_an_undo_puts_places_of_another_year_back_there(session: Session) -> None:
    here = a_municipality(session, decided=9, year=2021)
    case = a_case(session, persons=3, at=EARLY)
    asked(session, case, here, year=2021, at=EARLY)
    run = confirm(session, preview(session))
    assert figures(session, here, year=2021).held == 0

    withdrawal_runs.undo(session, run.id, actor=officer(), at=NOW)

    assert the_case(session, case).places_year == 2021
    assert figures(session, here, year=2021).held == 3
    assert faults(session) == {}


def test_a_withdrawal_of_chosen_cases_takes_them_and_no_others(session: Session) -> None:
    here = a_municipality(session, decided=20)
    chosen, other, free = (a_case(session, at=EARLY) for _ in range(3))
    from_centre = a_case(session, group=Group.RECEPTION_CENTRE, reception_centre="Dale", entry=None)
    for case in (chosen, other, from_centre):
        asked(session, case, here, at=NOW)
    before = queries.since_withdrawal(session, actor=officer())

    run = chosen_only(session, [chosen, free, from_centre, chosen])
    asked(session, a_case(session, at=EARLY), here, at=NOW)
    confirm(session, run)

    assert codes(session, run) == {
        chosen: None,
        free: "run.holds_nothing",
        from_centre: "group.not_resettlement",
    }
    assert the_case(session, chosen).state is CaseState.WITHDRAWN
    assert the_case(session, other).state is CaseState.DISTRIBUTED
    assert queries.since_withdrawal(session, actor=officer()) == before, "R02 counts from all"
    withdrawal_runs.undo(session, run.id, actor=officer(), at=NOW + timedelta(minutes=1))
    assert the_case(session, chosen).state is CaseState.DISTRIBUTED
    assert faults(session) == {}


def test_a_chosen_case_that_has_moved_stops_the_withdrawal(session: Session) -> None:
    here = a_municipality(session, decided=20)
    case = a_case(session, at=EARLY)
    asked(session, case, here, at=EARLY)
    run = chosen_only(session, [case])
    cases.accept(session, case, settlement_week=WEEK, actor=writer(here), at=NOW)

    with pytest.raises(RunStale) as refused:
        confirm(session, run)

    assert [change["code"] for change in refused.value.facts["changed"]] == ["run.case_changed"]


@pytest.mark.parametrize(
    ("reach", "refusal"),
    [
        ({}, Invalid),
        ({"case_ids": []}, Invalid),
        ({"before": CUT_OFF, "case_ids": [uuid4()]}, Invalid),
        ({"case_ids": [uuid4()]}, NotFound),
    ],
)
def test_a_withdrawal_is_of_all_before_a_day_or_of_cases_that_are_there(
    session: Session, reach: dict, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        withdrawal_runs.preview(
            session, **reach, reason="x", legal_ground=None, actor=officer(), at=NOW
        )
