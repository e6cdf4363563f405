"""A rule set on its way: written, tried on last month, proposed, in force; what would change."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.acting import acting_of
from app.db import transaction
from tests.factories import NOW, a_case, a_municipality, asked, auditor, lead, officer, writer
from tests.workflow.redistribution.withdrawn import withdrawn
from workflow.approvals.commands import prepare
from workflow.approvals.errors import SecondPersonNeeded
from workflow.approvals.models import ApprovalRule
from workflow.approvals.states import Action
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.planning.rule_sets import Method
from workflow.redistribution import approving, drafts
from workflow.redistribution.changes import FORMER_FIRST, TO_BE_FIRST, would_have_to_change
from workflow.redistribution.errors import DraftSettled, NotSimulated
from workflow.redistribution.models import RuleSetVersion
from workflow.redistribution.proposals import propose
from workflow.redistribution.rules import (
    PUBLISHED,
    NewRuleSet,
    planning_in_force,
    published,
    read_planning,
)
from workflow.redistribution.states import DraftState

EVEN = NewRuleSet(
    date(2020, 5, 1), Decimal("0.05"), 4, "Jevnere", replace(PUBLISHED, method=Method.BALANCED)
)
HANNE = Actor("Hanne", Role.LEAD, user_id=901)


def state(session: Session, draft_id) -> DraftState:
    return drafts.draft(session, draft_id, actor=auditor()).state


def test_the_order_of_the_design_is_version_one_with_every_word_it_has(session: Session):
    first = published(session, on=NOW.date(), actor=writer(1)).in_force

    assert first.version == 1
    assert first.planning == PUBLISHED
    assert first.rules["apportionment"] == "adams"


def test_a_draft_is_tried_before_it_is_proposed_and_proposed_before_it_is_in_force(
    session: Session,
):
    made = drafts.write(session, EVEN, actor=lead(), at=NOW)
    with pytest.raises(NotSimulated):
        drafts.propose(session, made, actor=lead(), at=NOW)
    drafts.simulate(session, made, actor=lead(), at=NOW)
    with pytest.raises(NotSimulated):
        drafts.put_in_force(session, made, actor=lead(), at=NOW)
    drafts.propose(session, made, actor=lead(), at=NOW)
    with pytest.raises(DraftSettled):
        drafts.simulate(session, made, actor=lead(), at=NOW)

    version = drafts.put_in_force(session, made, actor=lead(), at=NOW)

    assert drafts.draft(session, made, actor=auditor()).rules_version == version == 2
    assert planning_in_force(session, date(2020, 4, 30)).method is Method.RULE
    found = planning_in_force(session, date(2020, 5, 1))
    assert (found.method, found.version, str(found.vacancy_window)) == (Method.BALANCED, 2, "1/20")
    with pytest.raises(DraftSettled):
        drafts.put_in_force(session, made, actor=lead(), at=NOW)


def test_what_takes_two_waits_as_proposed_and_is_as_before_when_it_is_rejected(session: Session):
    session.execute(
        update(ApprovalRule).where(ApprovalRule.action == Action.RULE_SET).values(needed=True)
    )
    made = drafts.all_at_once(session, EVEN, actor=lead(), at=NOW)

    def waits():
        with pytest.raises(SecondPersonNeeded) as needed:
            drafts.put_in_force(session, made, actor=lead(), at=NOW)
        return prepare(session, needed.value.asked, actor=lead(), at=NOW)

    first = waits()
    assert state(session, made) is DraftState.PROPOSED
    approving.reject(session, first, reason="Ikke hørt", actor=HANNE, at=NOW)
    assert state(session, made) is DraftState.SIMULATED
    drafts.propose(session, made, actor=lead(), at=NOW)
    window = NOW - NOW
    approving.approve(session, waits(), authority_of=(), actor=HANNE, at=NOW, undo_window=window)

    assert state(session, made) is DraftState.IN_FORCE
    newest = session.scalars(select(RuleSetVersion).where(RuleSetVersion.version == 2)).one()
    assert newest.rules["method"] == "balanced"
    assert "Hanne" in newest.actor


def test_a_version_in_force_is_edited_by_nobody(committed):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction(committed.sessions, acting_of(lead())) as session,
    ):
        session.execute(text("UPDATE rule_sets SET note = 'x'"))


def test_last_month_is_planned_by_both_and_each_finds_the_same_room(session: Session):
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=30)
    for _ in range(3):
        asked(session, a_case(session, persons=3), here)

    made = drafts.write(session, EVEN, actor=lead(), at=NOW)
    drafts.simulate(session, made, actor=lead(), at=NOW)

    told = drafts.draft(session, made, actor=officer()).simulation
    assert told is not None
    assert (told["cases"], told["persons"]) == (3, 9)
    assert told["now"]["figures"]["placed_persons"] == 9
    assert told["then"]["figures"]["placed_persons"] == 9
    assert told["then"]["method"] == "balanced"
    assert told["then"]["figures"]["rms_deviation_pp"] <= told["now"]["figures"]["rms_deviation_pp"]
    assert there


def test_drafts_are_the_leads_to_write_and_no_municipalitys_to_read(session: Session):
    with pytest.raises(NotAllowed):
        drafts.write(session, EVEN, actor=officer(), at=NOW)
    made = drafts.write(session, EVEN, actor=lead(), at=NOW)
    with pytest.raises(NotFound):
        drafts.draft(session, made, actor=writer(1))
    with pytest.raises(NotFound):
        drafts.drafts(session, actor=writer(1))
    with pytest.raises(Invalid):
        drafts.write(session, replace(EVEN, valid_from=date(2020, 1, 1)), actor=lead(), at=NOW)


@pytest.mark.parametrize(
    "words",
    [
        {"method": "best"},
        {"method": "balanced", "band": "0.02"},
        {"steps": ["needs"]},
        {"airports_closed": ["TRD"]},
        {"nonsense": 1},
    ],
)
def test_words_that_no_run_can_follow_are_refused(words):
    with pytest.raises(Invalid):
        read_planning(words)


def test_why_not_says_how_many_places_it_takes_to_come_first(session: Session):
    best, other = a_municipality(session, decided=10), a_municipality(session, decided=40)
    tiny, unregistered = a_municipality(session, decided=1), a_municipality(session)
    asked(session, a_case(session, persons=12), other)
    ranking = propose(session, a_case(session, persons=2), actor=officer(), at=NOW).ranking
    numbers = dict(session.execute(select(Municipality.id, Municipality.number)).all())

    told = {
        one: would_have_to_change(ranking, numbers[one])
        for one in (best, other, tiny, unregistered)
    }

    assert told[best] == ()
    (change,) = told[other]
    assert (change.code, change.more) == (TO_BE_FIRST, 12)
    (few,) = told[tiny]
    assert (few.code, few.more) == ("change.places", 1)
    (none,) = told[unregistered]
    assert (none.code, none.more) == ("change.decision", None)


def test_no_number_of_places_comes_before_the_former_municipality(session: Session):
    former, other = a_municipality(session, decided=10), a_municipality(session, decided=20)
    case = withdrawn(session, former, persons=2)
    ranking = propose(session, case, actor=officer(), at=NOW).ranking
    number = session.scalars(select(Municipality.number).where(Municipality.id == other)).one()

    (change,) = would_have_to_change(ranking, number)

    assert change.code == FORMER_FIRST
