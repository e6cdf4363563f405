"""A year's targets: decided, revised, corrected, carried over, told in time."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests import swedish
from tests.swedish import HOLDS, NOW, TOLD, VARMLAND, YEAR, agency, board, decided, sweden
from workflow.allocation import targets, terms, versions
from workflow.allocation.decisions import Decision
from workflow.allocation.errors import (
    InsideNotice,
    NothingChanges,
    NotThisRole,
    TargetRaised,
    TargetsMissing,
    TargetsStand,
)
from workflow.allocation.states import VersionKind
from workflow.kernel.errors import Invalid, ReasonMissing

REVISION, CORRECTION = VersionKind.REVISION, VersionKind.CORRECTION


def standing(session: Session, year: int = YEAR) -> dict[str, int]:
    numbers = {its: number for number, its in sweden(session).items()}
    return {numbers[its]: persons for its, persons in targets.standing(session, year).items()}


def test_the_first_numbers_are_those_decided_and_zero_is_a_number(session: Session):
    decided(session)

    assert standing(session) == VARMLAND
    assert sum(standing(session).values()) == 780
    assert standing(session)["1782"] == 0


def test_a_revision_lowers_or_leaves_and_says_what_it_changed_and_why(session: Session):
    decided(session)

    made = decided(session, {"1780": 200, "1784": 133}, kind=REVISION, reason="Ny prognos")

    assert standing(session) == VARMLAND | {"1780": 200}
    told = versions.version(session, made, actor=agency())
    assert (told.number, told.changes, told.persons, told.reason) == (2, 1, -27, "Ny prognos")
    [change] = versions.changes(session, made, actor=agency())
    assert (change.municipality.name, change.before, change.after) == ("Karlstad", 227, 200)


def test_a_revision_raises_nobody_unless_that_is_meant(session: Session):
    decided(session)

    with pytest.raises(TargetRaised) as refused:
        decided(session, {"1780": 228, "1784": 100}, kind=REVISION, reason="x")
    assert refused.value.facts == {"count": 1, "municipalities": "Karlstad"}
    decided(
        session,
        {"1780": 228},
        kind=REVISION,
        reason="x",
        may_raise=True,
        effective_on=TOLD + timedelta(28),
    )

    assert standing(session) == VARMLAND | {"1780": 228}


def test_a_raised_number_keeps_the_notice_or_says_why_not(session: Session):
    ids = sweden(session)
    terms.set_notice(session, ids["1784"], 60, actor=agency(), at=NOW)
    with pytest.raises(InsideNotice) as refused:
        decided(session)
    made = decided(session, notice_reason="Brådskande: massflykt")

    assert refused.value.facts["municipalities"] == "Arvika"
    assert refused.value.facts["earliest"] == TOLD + timedelta(60)
    early = [one for one in versions.changes(session, made, actor=agency()) if one.inside_notice]
    assert [one.municipality.name for one in early] == ["Arvika"]
    assert versions.version(session, made, actor=agency()).notice_reason == "Brådskande: massflykt"


def test_lowering_needs_no_notice(session: Session):
    decided(session)

    decided(session, {"1780": 1}, kind=REVISION, reason="x", effective_on=TOLD)

    assert standing(session)["1780"] == 1


def test_the_preview_is_what_is_then_done_and_done_again_changes_nothing(session: Session):
    ids = sweden(session)
    decision = Decision(VersionKind.FIRST, TOLD, HOLDS)
    numbers = {ids["1780"]: 227, ids["1782"]: 0}
    seen = targets.preview(session, YEAR, numbers, decision, actor=agency())
    again = targets.preview(session, YEAR, numbers, decision, actor=agency())
    made = targets.decide(session, YEAR, numbers, decision, actor=agency(), at=NOW)
    done = versions.changes(session, made, actor=agency())

    assert seen == again
    assert [(one.municipality, one.before, one.after) for one in seen] == [
        (one.municipality, one.before, one.after) for one in done
    ]
    with pytest.raises(NothingChanges):
        decided(session, {"1780": 227}, kind=CORRECTION, reason="x")


def test_what_is_carried_over_is_added_to_next_years_number_and_the_rest_goes_on(session: Session):
    ids = sweden(session)
    for number, persons in (("1780", 10), ("1784", -5), ("1764", -30)):
        targets.carry_over(
            session, 2023, ids[number], persons, reason="Rättelse", actor=agency(), at=NOW
        )

    made = decided(session, {"1780": 100, "1784": 20, "1764": 10, "1730": 7}, year=2023)

    assert standing(session, 2023) == {"1780": 110, "1784": 15, "1764": 0, "1730": 7}
    carried = {
        one.municipality.number: one.carried
        for one in versions.changes(session, made, actor=agency())
    }
    assert carried == {"1780": 10, "1784": -5, "1764": -10, "1730": 0}
    [left] = versions.carries(session, 2024, actor=agency())
    assert (left.municipality.number, left.persons, left.version_id) == ("1764", -20, None)


def test_years_begin_once_and_are_changed_only_then(session: Session):
    with pytest.raises(TargetsMissing):
        decided(session, {"1780": 1}, kind=REVISION, reason="x")
    decided(session)
    with pytest.raises(TargetsStand):
        decided(session)
    with pytest.raises(TargetsStand):
        targets.carry_over(
            session, YEAR, sweden(session)["1780"], 1, reason="x", actor=agency(), at=NOW
        )
    with pytest.raises(ReasonMissing):
        decided(session, {"1780": 1}, kind=CORRECTION)


@pytest.mark.parametrize("numbers", [{999_999: 1}, {None: -1}, {None: 100_001}])
def test_what_is_no_number_of_a_municipality_is_refused(session: Session, numbers):
    here = sweden(session)["1780"]
    given = {here if its is None else its: number for its, number in numbers.items()}
    decision = Decision(VersionKind.FIRST, TOLD, HOLDS)

    with pytest.raises(Invalid):
        targets.decide(session, YEAR, given, decision, actor=agency(), at=NOW)


def test_nothing_holds_before_it_is_told(session: Session):
    with pytest.raises(Invalid):
        decided(session, told_on=date(2022, 6, 2), effective_on=date(2022, 6, 1))


@pytest.mark.parametrize("actor", [board(), swedish.coordinator(), swedish.writer(1)])
def test_only_migrationsverket_decides(session: Session, actor):
    decision = Decision(VersionKind.FIRST, TOLD, HOLDS)
    sweden(session)

    with pytest.raises(NotThisRole):
        targets.decide(session, YEAR, {1: 1}, decision, actor=actor, at=NOW)
    with pytest.raises(NotThisRole):
        terms.set_notice(session, 1, 5, actor=actor, at=NOW)
