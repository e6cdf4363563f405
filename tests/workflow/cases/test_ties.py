"""Two cases tied to each other: on both, by who may, and gone with either's people."""

import pytest
from sqlalchemy import select

from tests import factories
from tests.factories import NOW, a_case, officer, udi
from workflow.cases import details, history, protected, ties
from workflow.cases.models import CaseLink
from workflow.cases.states import Group, Protection, TieKind, TieReach
from workflow.cases.ties import Tie
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.privacy import erasing
from workflow.privacy.register import PERSONAL
from workflow.redistribution import commands

NEAR = Tie(TieKind.SIBLINGS, TieReach.NEAR, 60)


def _tie(session, one, other, tie=NEAR, *, actor=None):
    return ties.tie(session, one, other, tie, actor=actor or officer(), at=NOW)


def _seen(session, case):
    return [
        (one.case_id, one.kind, one.reach, one.strength)
        for one in ties.ties(session, case, actor=officer())
    ]


def test_a_tie_stands_on_both_cases_whoever_of_them_it_was_written_at(session):
    one, other = a_case(session), a_case(session)

    _tie(session, one, other)
    _tie(session, other, one, Tie(TieKind.SPOUSE))

    assert _seen(session, one) == [(other, TieKind.SPOUSE, TieReach.ONE, 100)]
    assert _seen(session, other) == [(one, TieKind.SPOUSE, TieReach.ONE, 100)]
    for case in (one, other):
        steps = history.history(session, case, actor=officer())
        assert [step.trigger for step in steps] == ["register", "tie", "tie"]
        assert steps[-1].facts["kind"] == "spouse"


def test_what_stands_already_changes_no_version(session):
    one, other = a_case(session), a_case(session)
    version = _tie(session, one, other).version

    assert _tie(session, one, other).version == version


def test_a_tie_is_taken_away_from_both_and_twice_is_as_once(session):
    one, other = a_case(session), a_case(session)
    _tie(session, one, other)

    version = ties.untie(session, other, one, actor=udi(), at=NOW).version

    assert ties.untie(session, one, other, actor=udi(), at=NOW).version == version
    assert _seen(session, one) == _seen(session, other) == []


@pytest.mark.parametrize(
    "wrong", [Tie(TieKind.SPOUSE, TieReach.ONE, 50), Tie(TieKind.SPOUSE, TieReach.NEAR, 0)]
)
def test_a_strength_that_says_nothing_is_refused(session, wrong):
    with pytest.raises(Invalid, match=r"strength|one municipality"):
        _tie(session, a_case(session), a_case(session), wrong)


def test_a_case_has_no_tie_to_itself(session):
    case = a_case(session)

    with pytest.raises(Invalid):
        _tie(session, case, case)


def test_who_sees_only_one_of_them_neither_ties_nor_sees_the_tie(session):
    here = factories.a_municipality(session, decided=20)
    own, elsewhere = a_case(session), a_case(session, group=Group.RECEPTION_CENTRE, entry=None)
    factories.placed(session, own, here)
    _tie(session, own, elsewhere)
    municipality, travel = factories.writer(here), udi()

    assert ties.ties(session, own, actor=municipality) == []
    assert "related_case_id" not in history.history(session, own, actor=municipality)[-1].facts
    with pytest.raises(NotFound):
        _tie(session, own, elsewhere, actor=municipality)
    with pytest.raises(NotFound):
        ties.untie(session, own, elsewhere, actor=travel, at=NOW)


def test_a_municipality_with_both_sees_the_tie_and_may_not_change_it(session):
    here = factories.a_municipality(session, decided=20)
    cases = [a_case(session), a_case(session)]
    for case in cases:
        factories.placed(session, case, here)
    _tie(session, *cases)

    assert [one.case_id for one in ties.ties(session, cases[0], actor=factories.writer(here))] == [
        cases[1]
    ]
    with pytest.raises(NotAllowed):
        ties.untie(session, *cases, actor=factories.writer(here), at=NOW)


def test_a_protected_case_is_named_in_no_other_ones_history_or_ties(session):
    case, hidden = a_case(session), a_case(session)
    protected.protect(
        session, hidden, Protection.CONFIDENTIAL, reason="Kode 7", actor=factories.lead(), at=NOW
    )

    _tie(session, case, hidden, actor=SYSTEM)

    last = history.history(session, case, actor=officer())[-1]
    assert (last.trigger, "related_case_id" in last.facts) == ("tie", False)
    assert ties.ties(session, case, actor=officer()) == []


def test_a_tie_is_registered_with_a_new_case_and_goes_with_its_people(session):
    one, other = a_case(session), a_case(session)
    _tie(session, one, other)
    commands.lapse(session, one, reason="Kom ikke", actor=officer(), at=NOW)
    seen = details.case(session, other, today=NOW.date(), actor=officer())
    assert seen.related_case_ids == (one,)
    links = next(kept for kept in PERSONAL if kept.table == "case_links")

    rows = erasing.rows_of_case(links, CaseLink.__table__, one)

    assert session.execute(select(CaseLink.kind).where(rows)).scalars().all() == ["siblings"]
