"""Runs as pages read them, and the share of the freed places that is used (R02)."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    a_case,
    a_municipality,
    asked,
    auditor,
    lead,
    officer,
    placed,
    places,
    udi,
    writer,
)
from workflow.capacity.states import Pool
from workflow.cases.states import CaseState, Group
from workflow.kernel.errors import Invalid, NotFound
from workflow.redistribution import (
    before_after,
    commands,
    queries,
    redistribution_runs,
    withdrawal_runs,
)
from workflow.redistribution.models import Run
from workflow.redistribution.states import ItemOutcome, RunKind, RunState

EARLY = datetime(2020, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2020, 3, 12, 9, tzinfo=UTC)
WINDOW = timedelta(minutes=30)
WITHDRAWAL, REDISTRIBUTION = RunKind.WITHDRAWAL, RunKind.REDISTRIBUTION


def a_withdrawal(session: Session, *, at: datetime = NOW, confirmed: bool = True) -> Run:
    run = withdrawal_runs.preview(
        session,
        before=date(2020, 3, 12),
        reason="Innreise ikke mulig",
        legal_ground="conditions_failed",
        actor=officer(),
        at=at,
    )
    if not confirmed:
        return run
    return withdrawal_runs.confirm(
        session, run.id, run.token, actor=officer(), at=at, undo_window=WINDOW
    )


def a_redistribution(session: Session, *, at: datetime = NOW, confirmed: bool = True) -> Run:
    run = redistribution_runs.preview(session, case_ids=None, actor=officer(), at=at)
    if not confirmed:
        return run
    return redistribution_runs.confirm(
        session, run.id, run.token, actor=officer(), at=at, undo_window=WINDOW
    )


def table(session: Session, run: Run, kind: RunKind) -> list[tuple[str, int, int, int, int]]:
    return [
        (line.municipality_number, line.cases, line.persons, line.free_before, line.free_after)
        for line in before_after.by_municipality(session, run.id, kind=kind, actor=officer())
    ]


def asked_early(session: Session, municipality_id: int, *, persons: int) -> UUID:
    case = a_case(session, persons=persons, at=EARLY)
    asked(session, case, municipality_id, at=EARLY)
    return case


def test_a_run_is_told_as_it_was_previewed_and_confirmed(session: Session) -> None:
    here = a_municipality(session, decided=10)
    asked_early(session, here, persons=3)
    preview = a_withdrawal(session, confirmed=False)

    seen = queries.run(session, preview.id, kind=WITHDRAWAL, actor=auditor())

    assert (seen.state, seen.token, seen.year) == (RunState.PREVIEW, preview.token, 2020)
    assert (seen.before, seen.reason) == (date(2020, 3, 12), "Innreise ikke mulig")
    assert seen.counts["places_freed"] == 3
    assert not seen.can_be_undone(NOW)

    withdrawal_runs.confirm(
        session, preview.id, preview.token, actor=lead(), at=NOW, undo_window=WINDOW
    )

    seen = queries.run(session, preview.id, kind=WITHDRAWAL, actor=auditor())
    assert (seen.confirmed_at, seen.confirmed_by) == (NOW, lead().name)
    assert seen.can_be_undone(NOW + WINDOW - timedelta(seconds=1))
    assert not seen.can_be_undone(NOW + WINDOW)


def test_runs_are_read_by_who_reads_all_cases_and_are_not_there_for_others(
    session: Session,
) -> None:
    here = a_municipality(session, decided=10)
    run = a_withdrawal(session)

    for actor in (writer(here), udi()):
        for read in (queries.run, queries.items, before_after.by_municipality):
            with pytest.raises(NotFound):
                read(session, run.id, kind=WITHDRAWAL, actor=actor)
        assert queries.runs(session, actor=actor).items == ()


def test_a_run_of_the_other_kind_and_one_that_is_not_there_answer_alike(
    session: Session,
) -> None:
    run = a_withdrawal(session)

    for run_id, kind in ((run.id, REDISTRIBUTION), (uuid4(), WITHDRAWAL)):
        with pytest.raises(NotFound):
            queries.run(session, run_id, kind=kind, actor=officer())


def test_runs_come_newest_first_and_page_by_page_without_a_gap(session: Session) -> None:
    made = [
        a_withdrawal(session, at=NOW + timedelta(minutes=minute), confirmed=False).id
        for minute in (1, 3, 3, 2)
    ]
    a_redistribution(session)

    pages, after = [], None
    while True:
        page = queries.runs(session, WITHDRAWAL, limit=1, after=after, actor=officer())
        pages += [run.id for run in page.items]
        if (after := page.next) is None:
            break

    assert len(pages) == 4
    assert set(pages[:2]) == {made[1], made[2]}
    assert pages[2:] == [made[3], made[0]]
    assert len(queries.runs(session, actor=officer()).items) == 5
    confirmed = queries.runs(session, states={RunState.CONFIRMED}, actor=officer())
    assert [run.kind for run in confirmed.items] == [REDISTRIBUTION]


def test_the_cursor_of_another_list_is_refused(session: Session) -> None:
    here = a_municipality(session, decided=10)
    asked_early(session, here, persons=1)
    asked_early(session, here, persons=1)
    run, other = a_withdrawal(session), a_withdrawal(session)
    cursor = queries.items(session, run.id, kind=WITHDRAWAL, limit=1, actor=officer()).next

    with pytest.raises(Invalid):
        queries.items(session, other.id, kind=WITHDRAWAL, after=cursor, actor=officer())
    with pytest.raises(Invalid):
        queries.runs(session, after=cursor, actor=officer())


def test_report_lines_say_what_is_done_with_each_case_and_where(session: Session) -> None:
    here = a_municipality(session, number="5001", name="Trondheim", decided=10)
    withdrawn = a_case(session, persons=3, at=EARLY)
    placed(session, withdrawn, here, at=EARLY)
    centre = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, at=EARLY)
    asked(session, centre, here, at=EARLY)
    run = a_withdrawal(session)

    first, second = queries.items(session, run.id, kind=WITHDRAWAL, actor=officer()).items

    assert (first.case_id, first.outcome, first.code) == (withdrawn, ItemOutcome.WITHDRAWN, None)
    assert (first.state, first.persons, first.reversal) == (CaseState.WITHDRAWN, 3, True)
    assert (first.municipality_number, first.municipality_name) == ("5001", "Trondheim")
    assert (second.case_id, second.outcome) == (centre, ItemOutcome.EXCLUDED)
    assert (second.code, second.state) == ("group.not_resettlement", CaseState.DISTRIBUTED)
    only = queries.items(
        session, run.id, kind=WITHDRAWAL, outcomes={ItemOutcome.EXCLUDED}, actor=officer()
    )
    assert [line.case_id for line in only.items] == [centre]


def test_report_lines_of_a_redistribution_carry_the_reasons(session: Session) -> None:
    here = a_municipality(session, decided=10)
    a_municipality(session, decided=10)
    case = asked_early(session, here, persons=3)
    a_withdrawal(session)

    run = a_redistribution(session, confirmed=False)

    [line] = queries.items(session, run.id, kind=REDISTRIBUTION, actor=officer()).items
    assert (line.case_id, line.municipality_id) == (case, here)
    assert line.reasons is not None
    assert [ranked["rank"] for ranked in line.reasons] == [1, 2]
    decisive = [reason for reason in line.reasons[0]["reasons"] if reason["decisive"]]
    assert [reason["criterion"] for reason in decisive] == ["former_municipality"]


def test_the_table_of_a_preview_is_what_the_confirm_then_does(session: Session) -> None:
    one = a_municipality(session, number="1001", decided=10)
    other = a_municipality(session, number="1002", decided=6)
    a_municipality(session, number="1003", decided=5)
    asked_early(session, one, persons=3)
    asked_early(session, one, persons=2)
    asked_early(session, other, persons=6)
    expected = [("1001", 2, 5, 5, 10), ("1002", 1, 6, 0, 6)]

    preview = a_withdrawal(session, confirmed=False)
    assert table(session, preview, WITHDRAWAL) == expected

    withdrawal_runs.confirm(
        session, preview.id, preview.token, actor=officer(), at=NOW, undo_window=WINDOW
    )
    assert table(session, preview, WITHDRAWAL) == expected

    placing = a_redistribution(session, confirmed=False)
    back = [("1001", 2, 5, 10, 5), ("1002", 1, 6, 6, 0)]
    assert table(session, placing, REDISTRIBUTION) == back
    redistribution_runs.confirm(
        session, placing.id, placing.token, actor=officer(), at=NOW, undo_window=WINDOW
    )
    assert table(session, placing, REDISTRIBUTION) == back

    redistribution_runs.undo(session, placing.id, actor=officer(), at=NOW)
    assert table(session, placing, REDISTRIBUTION) == back, "an undone run tells what it did"


def test_the_table_counts_from_an_overrun_as_nothing_free(session: Session) -> None:
    here = a_municipality(session, number="1001", decided=6)
    asked_early(session, here, persons=4)
    asked(session, a_case(session, persons=2, at=NOW), here, at=NOW)
    places(session, here, decided=3)

    preview = a_withdrawal(session, confirmed=False)

    assert table(session, preview, WITHDRAWAL) == [("1001", 1, 4, 0, 1)]
    withdrawal_runs.confirm(
        session, preview.id, preview.token, actor=officer(), at=NOW, undo_window=WINDOW
    )
    assert table(session, preview, WITHDRAWAL) == [("1001", 1, 4, 0, 1)]


def test_places_of_another_year_stand_on_a_line_of_their_own(session: Session) -> None:
    here = a_municipality(session, number="1001", decided=6)
    places(session, here, decided=9, year=2021)
    asked_early(session, here, persons=4)
    later = a_case(session, persons=2, at=EARLY)
    asked(session, later, here, year=2021, at=EARLY)

    run = a_withdrawal(session, confirmed=False)

    lines = before_after.by_municipality(session, run.id, kind=WITHDRAWAL, actor=officer())
    assert [(line.year, line.pool, line.free_before, line.free_after) for line in lines] == [
        (2020, Pool.ORDINARY, 2, 6),
        (2021, Pool.ORDINARY, 7, 9),
    ]


def test_before_any_withdrawal_there_is_no_share_of_its_places(session: Session) -> None:
    here = a_municipality(session, decided=10)
    asked_early(session, here, persons=3)
    a_withdrawal(session, confirmed=False)

    assert queries.use_since_withdrawal(session, actor=officer()) is None
    assert queries.since_withdrawal(session, here, actor=officer()) is None


def test_the_share_counts_what_is_used_of_the_places_free_after_the_withdrawal(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=4)
    asked_early(session, here, persons=3)
    a_withdrawal(session)
    assert queries.use_since_withdrawal(session, actor=officer()) == 0

    asked(session, a_case(session, persons=5, at=NOW), here, at=NOW)

    assert queries.use_since_withdrawal(session, actor=officer()) == Fraction(5, 14)
    assert queries.use_since_withdrawal(session, here, actor=writer(here)) == Fraction(1, 2)
    assert queries.use_since_withdrawal(session, there, actor=writer(there)) == 0


def test_places_that_came_free_in_one_municipality_never_hide_the_use_of_anothers(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=4)
    a_withdrawal(session)
    asked(session, a_case(session, persons=5, at=NOW), here, at=NOW)
    places(session, there, decided=40)

    since = queries.since_withdrawal(session, actor=officer())

    assert since is not None
    assert (since.free_then, since.used, since.share) == (14, 5, Fraction(5, 14))
    assert queries.use_since_withdrawal(session, there, actor=officer()) == 0


def test_an_undone_withdrawal_is_not_counted_from_and_the_last_that_stands_is(
    session: Session,
) -> None:
    here = a_municipality(session, decided=10)
    asked_early(session, here, persons=4)
    first = a_withdrawal(session)
    asked(session, a_case(session, persons=5, at=NOW), here, at=NOW)
    second = a_withdrawal(session, at=NOW + timedelta(hours=1))
    assert queries.use_since_withdrawal(session, actor=officer()) == 0

    withdrawal_runs.undo(session, second.id, actor=officer(), at=NOW + timedelta(hours=1))

    since = queries.since_withdrawal(session, actor=officer())
    assert since is not None
    assert (since.run_id, since.confirmed_at, since.share) == (first.id, NOW, Fraction(1, 2))


def test_where_nothing_was_free_there_is_no_share(session: Session) -> None:
    full, none = a_municipality(session, decided=2), a_municipality(session)
    asked(session, a_case(session, persons=2, at=NOW), full, at=NOW)
    a_withdrawal(session)

    assert queries.use_since_withdrawal(session, actor=officer()) is None
    assert queries.use_since_withdrawal(session, full, actor=officer()) is None
    assert queries.use_since_withdrawal(session, none, actor=officer()) is None


def test_a_single_redistribution_counts_as_use(session: Session) -> None:
    here = a_municipality(session, decided=10)
    case = asked_early(session, here, persons=4)
    a_withdrawal(session)

    commands.redistribute(session, case, municipality_id=here, actor=officer(), at=NOW)

    assert queries.use_since_withdrawal(session, actor=officer()) == Fraction(4, 10)
