"""Reports: taken, signed, coordinated, frozen, reconciled, handed over; never changed after."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.swedish import NOW, TODAY, YEAR, agency, board, coordinator, counted, decided, sweden
from workflow.allocation import counts
from workflow.allocation.states import VersionKind
from workflow.kernel.errors import Stale
from workflow.reports import reading, reports
from workflow.reports.errors import (
    HandedOver,
    NotCoordinated,
    NothingToReport,
    NotReconciled,
    NotTheirReport,
    OpeningUnusable,
    PartsUnsigned,
    ReportDayInFuture,
    ReportFrozen,
    ReportNotFrozen,
)
from workflow.reports.figures import Cost
from workflow.reports.reconciling import differences
from workflow.reports.reports import NewReport
from workflow.reports.states import COUNTRY, ReportKind, ReportState

LATER = NOW + timedelta(days=300)
COSTS = (Cost("accommodation", 1_200_000), Cost("administration", 90_000))


def begun(session: Session, kind: ReportKind = ReportKind.RUNNING, **other) -> UUID:
    told = {
        "kind": kind,
        "title": "Redovisning",
        "year": YEAR,
        "day": TODAY,
        "recipients": "Justitiedepartementet",
        "due_on": date(2022, 6, 1),
        "costs": COSTS,
    }
    at = other.pop("at", NOW)
    return reports.draft(session, NewReport(**(told | other)), actor=agency(), at=at)


def country(session: Session) -> None:
    decided(session)
    counted(session, {"1780": 100, "1784": 40, "1880": 20})


def interim(session: Session) -> UUID:
    """Signed by every board, coordinated and frozen."""
    made = begun(session, ReportKind.INTERIM)
    for one in reading.parts_of(session, made, actor=agency()):
        if one.county != COUNTRY:
            who = board(one.county)
            reports.sign(session, made, one.county, "Bra", sha256=one.sha256, actor=who, at=NOW)
    reports.coordinate(session, made, version=1, actor=coordinator(), at=NOW)
    reports.freeze(session, made, version=2, actor=agency(), at=NOW)
    return made


def final(session: Session, opening: UUID) -> UUID:
    return begun(
        session, ReportKind.FINAL, opening_id=opening, day=LATER.date(), due_on=None, at=LATER
    )


def counted_later(session: Session, people: dict[str, int], day: date) -> None:
    lines = ["code,legal_basis,permit,unaccompanied,housing,persons"]
    lines += [f"{code},temporary_protection,1,0,municipal,{n}" for code, n in people.items()]
    file = "\n".join(lines).encode()
    counts.take_in(session, day, "Migrationsverket", file, actor=agency(), at=LATER)


def test_a_report_tells_of_a_day_and_comes_out_of_what_is_stored(session: Session):
    country(session)

    made = begun(session)
    reports.freeze(session, made, version=1, actor=agency(), at=NOW)

    seen = reading.report(session, made, actor=agency())
    parts = reading.parts_of(session, made, actor=agency())
    whole = parts[0].figures
    assert seen.state is ReportState.FROZEN
    assert whole["sums"] | {"target": 780, "in_the_number": 160} == whole["sums"]
    assert {"fill_range", "deviations", "gini"} <= whole["evenness"].keys()
    assert [one["kronor"] for one in whole["costs"]] == [1_200_000, 90_000]
    assert reports.intact(seen, parts)


def test_the_same_day_taken_again_gives_the_same_counties(session: Session):
    country(session)
    first = begun(session)
    counted_later(session, {"1780": 7}, LATER.date())
    decided(session, {"1780": 1}, kind=VersionKind.CORRECTION, reason="Fel")

    again = begun(session, at=LATER)

    def told(one: UUID) -> list[str]:
        return [
            part.sha256
            for part in reading.parts_of(session, one, actor=agency())
            if part.county not in {COUNTRY, "17"}
        ]

    assert told(first) == told(again)


def test_what_cannot_be_told_of_is_refused(session: Session):
    sweden(session)
    with pytest.raises(NothingToReport):
        begun(session)
    country(session)
    with pytest.raises(ReportDayInFuture):
        begun(session, day=TODAY + timedelta(days=1))
    new = NewReport(ReportKind.RUNNING, "T", YEAR, TODAY, "J")
    with pytest.raises(NotTheirReport):
        reports.draft(session, new, actor=board(), at=NOW)


def test_the_interim_report_is_joint(session: Session):
    country(session)
    made = begun(session, ReportKind.INTERIM)
    own = reading.parts_of(session, made, actor=board())

    assert [one.county for one in own] == ["17"]
    with pytest.raises(PartsUnsigned):
        reports.coordinate(session, made, version=1, actor=coordinator(), at=NOW)
    with pytest.raises(PartsUnsigned):
        reports.freeze(session, made, version=1, actor=agency(), at=NOW)
    with pytest.raises(NotTheirReport):
        reports.sign(session, made, "18", "Bra", sha256=own[0].sha256, actor=board(), at=NOW)
    with pytest.raises(Stale):
        reports.sign(session, made, "17", "Bra", sha256="0" * 64, actor=board(), at=NOW)
    with pytest.raises(NotTheirReport):
        reports.coordinate(session, made, version=1, actor=board(), at=NOW)


def test_a_part_signed_after_the_coordination_is_coordinated_again(session: Session):
    country(session)
    made = begun(session, ReportKind.INTERIM)
    parts = reading.parts_of(session, made, actor=agency())
    for one in parts[1:]:
        who = board(one.county)
        reports.sign(session, made, one.county, "Bra", sha256=one.sha256, actor=who, at=NOW)
    reports.coordinate(session, made, version=1, actor=coordinator(), at=NOW)
    last = parts[-1]
    who, then = board(last.county), NOW + timedelta(hours=1)
    reports.sign(session, made, last.county, "Nytt", sha256=last.sha256, actor=who, at=then)

    with pytest.raises(NotCoordinated):
        reports.freeze(session, made, version=2, actor=agency(), at=then)


def test_a_final_report_goes_on_where_the_interim_one_ended(session: Session):
    country(session)
    opening = interim(session)
    counted_later(session, {"1780": 150, "1784": 70}, LATER.date())

    made = final(session, opening)
    reports.freeze(session, made, version=1, actor=agency(), at=LATER)

    parts = {one.county: one for one in reading.parts_of(session, made, actor=agency())}
    karlstad = next(
        line for line in parts["17"].figures["municipalities"] if line["number"] == "1780"
    )
    assert karlstad["since"]["in_the_number"] == 100
    assert karlstad["in_the_number"] == 150
    assert parts[COUNTRY].figures["opening"]["sums"]["in_the_number"] == 160


def test_a_count_corrected_afterwards_is_refused_until_somebody_says_why(session: Session):
    country(session)
    opening = interim(session)
    counted_later(session, {"1780": 97, "1784": 40, "1880": 20}, TODAY)
    made = final(session, opening)
    parts = {one.county: one.figures for one in reading.parts_of(session, made, actor=agency())}

    assert [(one.what, one.number, one.missing) for one in differences(parts)] == [
        ("people", "1780", -3)
    ]
    with pytest.raises(NotReconciled):
        reports.freeze(session, made, version=1, actor=agency(), at=LATER)
    why = "Tre var räknade två gånger"
    reports.freeze(session, made, difference_reason=why, version=1, actor=agency(), at=LATER)
    assert reading.report(session, made, actor=agency()).difference_reason == why


@pytest.mark.parametrize("kind", [ReportKind.RUNNING, ReportKind.FINAL])
def test_only_a_final_report_has_an_opening(session: Session, kind: ReportKind):
    country(session)
    opening = begun(session) if kind is ReportKind.RUNNING else None

    with pytest.raises(OpeningUnusable):
        begun(session, kind, opening_id=opening)


def test_what_is_frozen_stands_even_against_the_database(session: Session):
    country(session)
    made = interim(session)

    with pytest.raises(ReportFrozen):
        reports.freeze(session, made, version=3, actor=agency(), at=NOW)
    for change in (
        "UPDATE reports SET title = 'annat'",
        "UPDATE report_parts SET text = 'annat'",
        "DELETE FROM report_parts",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(change))


def test_it_is_handed_over_once_and_shown_as_late(session: Session):
    country(session)
    made = begun(session)
    with pytest.raises(ReportNotFrozen):
        reports.hand_over(session, made, TODAY, version=1, actor=agency(), at=NOW)
    reports.freeze(session, made, version=1, actor=agency(), at=NOW)
    then = NOW + timedelta(days=3)

    reports.hand_over(session, made, then.date(), version=2, actor=agency(), at=then)

    assert reading.report(session, made, actor=agency()).days_late(LATER.date()) == 3
    with pytest.raises(HandedOver):
        reports.hand_over(session, made, then.date(), version=3, actor=agency(), at=then)
