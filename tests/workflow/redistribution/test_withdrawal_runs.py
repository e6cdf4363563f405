"""Withdrawing everything before a day: preview, confirm, report, undo (R01–R06, R11, R14, R35)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import (
    a_case,
    a_municipality,
    accepted,
    asked,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.cases import commands
from workflow.cases.entry import Entry, record_entry
from workflow.cases.errors import LegalGroundMissing, OnlyWithdrawalRuns
from workflow.cases.models import Case, CaseStep, Decision, Distribution
from workflow.cases.states import (
    CaseState,
    DistributionNext,
    DistributionState,
    EntryStatus,
    Group,
    Track,
)
from workflow.kernel.errors import Invalid, NotAllowed, ReasonMissing
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.weeks import Week
from workflow.redistribution import withdrawal_runs
from workflow.redistribution.errors import NotConfirmed, RunStale, UndoTooLate
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.states import ItemOutcome, RunState
from workflow.travel import commands as travel

EARLY = datetime(2020, 3, 2, 9, tzinfo=UTC)
#: The morning of the 12th in Norway.
NOW = datetime(2020, 3, 12, 9, tzinfo=UTC)
CUT_OFF = date(2020, 3, 12)
WINDOW = timedelta(minutes=30)
GROUND = "conditions_failed"
REASON = "Innreise ikke mulig"


def preview(session: Session, **changes: object) -> Run:
    given = {
        "before": CUT_OFF,
        "reason": REASON,
        "legal_ground": GROUND,
        "actor": officer(),
        "at": NOW,
    }
    return withdrawal_runs.preview(session, **(given | changes))  # type: ignore[arg-type]


def confirm(session: Session, run: Run, at: datetime = NOW) -> Run:
    return withdrawal_runs.confirm(
        session, run.id, run.token, actor=officer(), at=at, undo_window=WINDOW
    )


def items(session: Session, run: Run) -> dict[UUID, RunItem]:
    session.expire_all()
    return {
        item.case_id: item
        for item in session.scalars(select(RunItem).where(RunItem.run_id == run.id))
    }


def state(session: Session, case_id: UUID) -> CaseState:
    return session.scalars(select(Case.state).where(Case.id == case_id)).one()


def held(session: Session, municipality_id: int) -> int:
    return session.scalars(
        select(func.sum(PlaceAccount.held)).where(PlaceAccount.municipality_id == municipality_id)
    ).one()


def test_every_resettlement_case_before_the_cut_off_is_withdrawn_and_no_other(
    session: Session,
) -> None:
    here = a_municipality(session, decided=40)
    distributed, agreed, decided = (a_case(session, at=EARLY) for _ in range(3))
    asked(session, distributed, here, at=EARLY)
    accepted(session, agreed, here, at=EARLY)
    placed(session, decided, here, at=EARLY)
    on_the_day = a_case(session, at=EARLY)
    asked(session, on_the_day, here, at=NOW - timedelta(hours=1))
    centre = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, at=EARLY)
    asked(session, centre, here, at=EARLY)

    run = preview(session)

    assert run.counts == {
        "cases": 3,
        "persons": 6,
        "places_freed": 6,
        "reversal_decisions": 1,
        "excluded": 2,
    }
    lines = items(session, run)
    assert lines[on_the_day].code == "run.after_cut_off"
    assert lines[centre].code == "group.not_resettlement"
    assert (lines[decided].reversal, lines[agreed].reversal) == (True, False)
    assert state(session, distributed) is CaseState.DISTRIBUTED, "a preview changes nothing"

    confirm(session, run)

    assert {state(session, case) for case in (distributed, agreed, decided)} == {
        CaseState.WITHDRAWN
    }
    assert state(session, on_the_day) is CaseState.DISTRIBUTED
    assert state(session, centre) is CaseState.DISTRIBUTED
    assert held(session, here) == 4


def test_what_the_withdrawal_leaves_behind(session: Session) -> None:
    here = a_municipality(session, decided=40)
    decided = a_case(session, persons=3, at=EARLY)
    placed(session, decided, here, at=EARLY)
    unknown = a_case(session, at=EARLY)
    accepted(session, unknown, here, at=EARLY)
    record_entry(
        session, unknown, Entry(EntryStatus.UNKNOWN, "UDI"), person_ids=None, actor=udi(), at=EARLY
    )

    confirm(session, preview(session))

    case = session.get_one(Case, decided, populate_existing=True)
    assert (case.municipality_id, case.account_id, case.settlement_week, case.placed_on) == (
        None,
    ) * 4
    assert (case.former_municipality_id, case.track, case.was_withdrawn) == (here, Track.A, True)
    assert session.get_one(Case, unknown, populate_existing=True).track is Track.B
    question = session.scalars(select(Distribution).where(Distribution.case_id == decided)).one()
    assert question.state is DistributionState.WITHDRAWN
    assert (question.outcome, question.next) == (REASON, DistributionNext.ASKED_AGAIN_FIRST)
    other = session.scalars(select(Distribution).where(Distribution.case_id == unknown)).one()
    assert other.next is DistributionNext.WAITS_FOR_ENTRY
    kinds = session.scalars(
        select(Decision.kind).where(Decision.case_id == decided).order_by(Decision.at)
    )
    assert list(kinds) == ["settlement_decision", "reversal_decision"]
    step = session.scalars(
        select(CaseStep).where(CaseStep.case_id == decided).order_by(CaseStep.id.desc()).limit(1)
    ).one()
    assert (step.trigger, step.source, step.dest, step.reason) == (
        "withdraw",
        "placed",
        "withdrawn",
        REASON,
    )
    entry = session.scalars(
        select(PlaceEntry)
        .where(PlaceEntry.case_id == decided)
        .order_by(PlaceEntry.id.desc())
        .limit(1)
    ).one()
    assert (entry.kind, entry.held_change) == ("release", -3)


def test_the_ledgers_running_rest_is_right_for_each_line_of_a_run(session: Session) -> None:
    here = a_municipality(session, decided=10)
    for persons in (3, 4, 2):
        asked(session, a_case(session, persons=persons, at=EARLY), here, at=EARLY)

    run = confirm(session, preview(session))

    lines = session.execute(
        select(PlaceEntry.held_change, PlaceEntry.free_after)
        .where(PlaceEntry.run_id == run.id)
        .order_by(PlaceEntry.id)
    ).all()
    running, expected = 1, []
    for change, _ in lines:
        running -= change
        expected.append((change, running))
    assert [tuple(line) for line in lines] == expected
    assert running == 10


def test_the_same_token_twice_has_one_effect(session: Session) -> None:
    here = a_municipality(session, decided=10)
    case = a_case(session, at=EARLY)
    asked(session, case, here, at=EARLY)
    run = preview(session)
    confirm(session, run)

    again = confirm(session, run, at=NOW + timedelta(minutes=1))

    assert again.confirmed_at == NOW
    steps = session.scalars(
        select(func.count()).where(CaseStep.case_id == case, CaseStep.trigger == "withdraw")
    ).one()
    assert steps == 1


def test_a_case_that_moved_since_the_preview_makes_the_token_stale_and_nothing_is_done(
    session: Session,
) -> None:
    here = a_municipality(session, decided=10)
    moved, same = a_case(session, at=EARLY), a_case(session, at=EARLY)
    asked(session, moved, here, at=EARLY)
    asked(session, same, here, at=EARLY)
    run = preview(session)
    commands.accept(session, moved, settlement_week=Week(2020, 24), actor=writer(here), at=NOW)

    with pytest.raises(RunStale) as refusal:
        confirm(session, run)

    assert refusal.value.facts["changed"] == [
        {"case_id": str(moved), "code": "run.case_changed", "state": CaseState.ACCEPTED}
    ]
    assert state(session, same) is CaseState.DISTRIBUTED


def test_another_token_is_refused_with_where_it_stands(session: Session) -> None:
    run = preview(session)

    with pytest.raises(Invalid) as refusal:
        withdrawal_runs.confirm(
            session, run.id, "f" * 32, actor=officer(), at=NOW, undo_window=WINDOW
        )

    assert refusal.value.pointer == "/token"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"group": Group.RECEPTION_CENTRE}, OnlyWithdrawalRuns),
        ({"reason": ""}, ReasonMissing),
        ({"legal_ground": "fordi"}, Invalid),
        ({"before": date(2020, 3, 14)}, Invalid),
        ({"actor": udi()}, NotAllowed),
    ],
)
def test_what_a_preview_refuses(
    session: Session, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        preview(session, **changes)


def test_what_was_distributed_today_is_before_tomorrow(session: Session) -> None:
    case = a_case(session, at=NOW)
    asked(session, case, a_municipality(session, decided=10), at=NOW)

    run = preview(session, before=date(2020, 3, 13))

    assert run.counts["cases"] == 1


def test_placed_cases_among_them_need_the_legal_ground(session: Session) -> None:
    here = a_municipality(session, decided=10)
    case = a_case(session, at=EARLY)
    placed(session, case, here, at=EARLY)

    with pytest.raises(LegalGroundMissing):
        preview(session, legal_ground=None)


def test_a_booked_journey_is_cancelled_and_comes_back_with_the_undo(session: Session) -> None:
    here = a_municipality(session, decided=10)
    case = a_case(session, at=EARLY)
    placed(session, case, here, at=EARLY)
    travel.book(
        session,
        case,
        arrival_airport="TRD",
        arrives_at=datetime(2020, 6, 9, 12, tzinfo=UTC),
        flight="SK335",
        airport_reason=None,
        actor=udi(),
        at=EARLY + timedelta(days=3),
    )
    run = confirm(session, preview(session))
    assert state(session, case) is CaseState.WITHDRAWN

    withdrawal_runs.undo(session, run.id, actor=lead(), at=NOW + timedelta(minutes=5))

    assert state(session, case) is CaseState.TRAVEL_BOOKED
    back = session.get_one(Case, case, populate_existing=True)
    assert (back.municipality_id, back.former_municipality_id, back.was_withdrawn) == (
        here,
        None,
        False,
    )
    assert back.settlement_week == Week(2020, 24)
    assert held(session, here) == 2


def test_the_undo_puts_back_what_was_and_calls_the_notices_back(session: Session) -> None:
    here = a_municipality(session, decided=10)
    cases = {
        a_case(session, at=EARLY): state_before for state_before in ("asked", "accepted", "placed")
    }
    for case, how in cases.items():
        {"asked": asked, "accepted": accepted, "placed": placed}[how](session, case, here, at=EARLY)
    run = confirm(session, preview(session))

    run = withdrawal_runs.undo(session, run.id, actor=officer(), at=NOW + timedelta(minutes=29))

    assert run.state is RunState.UNDONE
    assert [state(session, case) for case in cases] == [
        CaseState.DISTRIBUTED,
        CaseState.ACCEPTED,
        CaseState.PLACED,
    ]
    assert {item.outcome for item in items(session, run).values()} == {ItemOutcome.RESTORED}
    waiting = session.scalars(
        select(OutboxMessage.type).where(
            OutboxMessage.run_id == run.id, OutboxMessage.recalled_at.is_(None)
        )
    ).all()
    assert set(waiting) == {"case.restored"}
    annulled = session.scalars(select(Decision.annulled_at).where(Decision.run_id == run.id)).all()
    assert None not in annulled
    questions = session.scalars(select(Distribution.closed_at)).all()
    assert set(questions) == {None}


def test_an_undo_says_what_has_moved_and_where_there_is_no_room(session: Session) -> None:
    here, there = a_municipality(session, decided=4), a_municipality(session, decided=10)
    moved, no_room = a_case(session, persons=2, at=EARLY), a_case(session, persons=2, at=EARLY)
    asked(session, moved, there, at=EARLY)
    asked(session, no_room, here, at=EARLY)
    run = confirm(session, preview(session))
    asked(session, moved, there, at=NOW)
    asked(session, a_case(session, persons=4, at=NOW), here, at=NOW)

    withdrawal_runs.undo(session, run.id, actor=officer(), at=NOW + timedelta(minutes=5))

    lines = items(session, run)
    assert (lines[moved].outcome, lines[moved].code) == (ItemOutcome.NOT_UNDONE, "undo.moved")
    assert (lines[no_room].outcome, lines[no_room].code) == (ItemOutcome.NOT_UNDONE, "undo.no_room")
    assert state(session, no_room) is CaseState.WITHDRAWN
    assert held(session, here) == 4


def test_once_the_letters_have_left_it_is_too_late(session: Session) -> None:
    here = a_municipality(session, decided=4)
    asked(session, a_case(session, at=EARLY), here, at=EARLY)
    run = preview(session)
    with pytest.raises(NotConfirmed):
        withdrawal_runs.undo(session, run.id, actor=officer(), at=NOW)
    confirm(session, run)

    with pytest.raises(UndoTooLate):
        withdrawal_runs.undo(session, run.id, actor=officer(), at=NOW + timedelta(minutes=30))


def test_the_notices_wait_in_the_undo_window(session: Session) -> None:
    here = a_municipality(session, decided=4)
    asked(session, a_case(session, at=EARLY), here, at=EARLY)

    run = confirm(session, preview(session))

    leaves = session.scalars(
        select(OutboxMessage.leaves_at).where(OutboxMessage.run_id == run.id)
    ).all()
    assert set(leaves) == {NOW + WINDOW}
