"""What stands in the database once a scenario is loaded; it is loaded once.

Every time it is a part of the scenario, held against that part of the plan; the whole is loaded by
`make soak`. What the whole plan amounts to is in test_figures.py and test_cases.py.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import User
from app.scenario import users
from app.scenario.cases import STARTS_AT
from app.scenario.lives import DAY
from app.scenario.load import LOADED, UNREAD_SINCE, Loaded, load, loaded
from app.scenario.people import EDUCATIONS, OCCUPATIONS, RELATIONS
from app.scenario.plan import withdrawn_before
from app.scenario.users import Place
from notifications.models import Notification, Recipient
from notifications.queries import unread_count
from notifications.recipients import unreachable
from tests.app.scenario.part import cut
from tests.factories import NORWEGIAN, lead
from workflow.approvals.models import ApprovalRule
from workflow.approvals.states import Action
from workflow.capacity.models import KindLimit, MunicipalityService, PlaceAccount, WeeklyCapacity
from workflow.capacity.states import Pool
from workflow.cases.models import Case, CaseLink, CaseStep, Person
from workflow.cases.states import EntryStatus, LegalGround, Track
from workflow.kernel.actor import MUNICIPALITY, Role
from workflow.kernel.outbox import OutboxMessage
from workflow.municipalities.models import Municipality
from workflow.redistribution import codes, redistribution_runs, withdrawal_runs
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.states import ItemOutcome


@pytest.fixture(
    scope="module",
    params=[pytest.param(7, marks=pytest.mark.trial), pytest.param(1, marks=pytest.mark.soak)],
    ids=["a part", "whole"],
)
def plan(plan, request):
    """What is loaded: one case of so many."""
    return plan if request.param == 1 else cut(plan, every=request.param)


@pytest.fixture(scope="module")
def filled(databases, plan):
    with databases.fresh(connections=2) as database:
        with transaction(database.sessions) as session:
            load(session, plan, figures="generated")
        yield database


@pytest.fixture
def session(filled) -> Iterator[Session]:
    """Looks at the scenario; what a test changes is rolled back."""
    with filled.sessions() as made:
        yield made


def test_every_case_stands_where_its_steps_have_taken_it(session, plan):
    stands = session.execute(
        select(Case.group, Case.state, Municipality.number, Case.persons_count).outerjoin(
            Municipality, Municipality.id == Case.municipality_id
        )
    )

    assert Counter(tuple(row) for row in stands) == Counter(
        (case.group, case.state, case.municipality_number, case.household.size)
        for case in plan.cases
    )


def test_every_step_is_in_the_history_at_its_own_time(session, plan):
    # Ties are written once all has happened.
    history = session.execute(
        select(CaseStep.trigger, CaseStep.at).where(CaseStep.trigger != "tie")
    )

    named = {"record_entry": "entry"}
    assert Counter(tuple(row) for row in history) == Counter(
        (named.get(step.trigger, step.trigger), step.at) for _, step in plan.steps()
    )


def test_plans_are_given_ties_services_and_weeks_to_look_at(session):
    counts = {
        table.__tablename__: session.scalar(select(func.count()).select_from(table))
        for table in (CaseLink, KindLimit, MunicipalityService, WeeklyCapacity)
    }

    assert 0 < counts["case_links"] <= 4
    assert counts["kind_limits"] == 2
    assert counts["municipality_services"] > 10
    assert counts["weekly_capacities"] >= 20


def test_the_places_are_the_plans(session, plan):
    totals = session.execute(
        select(
            func.count(),
            func.sum(PlaceAccount.original_request),
            func.sum(PlaceAccount.adjusted_request),
            func.sum(PlaceAccount.decided_places),
        ).where(PlaceAccount.pool == Pool.ORDINARY)
    ).one()
    minors = session.scalar(
        select(func.sum(PlaceAccount.original_request)).where(PlaceAccount.pool == Pool.MINORS)
    )

    planned = [place.figures for place in plan.places]
    assert tuple(totals) == (
        len(planned),
        sum(one.original_request or 0 for one in planned),
        sum(one.adjusted_request or 0 for one in planned),
        sum(one.decided_places or 0 for one in planned),
    )
    assert minors == sum(one.minors_request or 0 for one in planned) > 0


def test_not_registered_and_no_are_kept_apart(session, plan):
    for decided in (None, 0):
        stored = session.scalar(
            select(func.count()).where(
                PlaceAccount.decided_places.is_not_distinct_from(decided),
                PlaceAccount.pool == Pool.ORDINARY,
            )
        )
        assert stored == sum(one.figures.decided_places == decided for one in plan.places) > 0


def test_every_account_says_what_its_cases_and_its_ledger_say(session):
    wrong = session.execute(
        text(
            """
            SELECT a.id FROM place_accounts a
            WHERE a.held <> (SELECT coalesce(sum(c.persons_count - c.settled_count), 0) FROM cases c
                             WHERE c.account_id = a.id AND c.state <> 'settled')
               OR a.settled <> (SELECT count(*) FROM persons p WHERE p.settled_account_id = a.id)
               OR (a.held, a.settled, coalesce(a.decided_places, 0) + a.extra_places) <>
                  (SELECT coalesce(sum(held_change), 0), coalesce(sum(settled_change), 0),
                          coalesce(sum(ceiling_change), 0)
                   FROM place_entries e WHERE e.account_id = a.id)
            """
        )
    ).all()
    used = session.execute(
        select(func.sum(PlaceAccount.held), func.sum(PlaceAccount.settled))
    ).one()

    assert wrong == []
    assert min(used) > 0


def test_nobody_is_over_the_ceiling(session):
    over = session.scalars(
        select(PlaceAccount.id).where(
            (PlaceAccount.overrun > 0)
            | (
                PlaceAccount.held + PlaceAccount.settled
                > func.coalesce(PlaceAccount.decided_places, 0) + PlaceAccount.extra_places
            )
        )
    ).all()

    assert over == []


def withdrawal(session: Session) -> Run:
    return withdrawal_runs.preview(
        session,
        before=DAY,
        reason="Innreise er ikke mulig",
        legal_ground=LegalGround.CONDITIONS_FAILED,
        actor=lead(),
        at=STARTS_AT,
    )


def test_a_withdrawal_before_12_march_takes_what_was_put_before_and_leaves_that_mornings_cases(
    session, plan
):
    run = withdrawal(session)

    that_morning = [
        case for case in plan.cases if case.distributed_on == DAY and case.group == "resettlement"
    ]
    outside = session.scalar(
        select(func.count()).where(RunItem.run_id == run.id, RunItem.code == codes.AFTER_CUT_OFF)
    )
    taken = withdrawn_before(plan.cases, DAY)
    assert run.counts["cases"] == len(taken)
    persons = sum(case.household.size for case in taken)
    assert run.counts["persons"] == run.counts["places_freed"] == persons
    assert 0 < run.counts["reversal_decisions"] < run.counts["cases"]
    assert outside == len(that_morning) > 0


def test_those_who_can_travel_find_a_municipality_again_and_the_others_wait(session):
    run = withdrawal(session)
    withdrawal_runs.confirm(
        session,
        run.id,
        run.token,
        actor=lead(),
        at=STARTS_AT,
        undo_window=timedelta(minutes=30),
    )
    withdrawn = session.scalars(select(Case.id).where(Case.state == "withdrawn")).all()

    again = redistribution_runs.preview(session, case_ids=withdrawn, actor=lead(), at=STARTS_AT)

    outcomes = Counter(
        tuple(row)
        for row in session.execute(
            select(RunItem.outcome, Case.entry_status)
            .join(Case, Case.id == RunItem.case_id)
            .where(RunItem.run_id == again.id)
        )
    )
    tracks = set(
        session.scalars(
            select(Case.track)
            .join(RunItem, RunItem.case_id == Case.id)
            .where(RunItem.run_id == again.id, RunItem.outcome == ItemOutcome.WILL_PLACE)
        )
    )
    able = {EntryStatus.POSSIBLE, EntryStatus.POSSIBLE_FROM}
    assert {status for outcome, status in outcomes if outcome is ItemOutcome.WILL_PLACE} == able
    assert {status for outcome, status in outcomes if outcome is ItemOutcome.EXCLUDED} == {
        EntryStatus.UNKNOWN,
        EntryStatus.NOT_POSSIBLE,
    }
    assert tracks == {Track.A, Track.B}
    assert sum(outcomes.values()) == len(withdrawn) > run.counts["cases"]


def test_what_has_happened_is_told_and_the_older_notices_are_read(session):
    waiting = session.scalar(select(func.count()).where(OutboxMessage.taken_at.is_(None)))
    unread = session.scalars(select(Notification.at).where(Notification.read_at.is_(None))).all()
    read = session.execute(
        select(func.max(Notification.at), func.max(Notification.read_at)).where(
            Notification.read_at.is_not(None), Notification.read_by.is_not(None)
        )
    ).one()

    assert waiting == 0
    assert unread
    assert min(unread) >= STARTS_AT - UNREAD_SINCE > read[0]
    assert max(unread) < STARTS_AT > read[1]
    assert 0 < unread_count(session, actor=lead()) < 30


def test_offices_are_told_of_in_words_not_in_codes(session):
    words = {
        word
        for row in session.execute(select(Person.relation, Person.occupation, Person.education))
        for word in row
        if word is not None
    }
    languages = {word for said in session.scalars(select(Person.languages)) for word in said}

    same_in_both = {"baker"}
    assert words & {*RELATIONS, *OCCUPATIONS, *EDUCATIONS} <= same_in_both
    assert {"arabisk", "engelsk"} <= languages
    assert session.scalar(select(func.count()).where(Person.name.not_like("% Test-%"))) == 0


def test_every_role_can_sign_in_and_municipalities_of_six_kinds(session, plan, register):
    people = session.execute(select(User.role, User.municipality_id, User.name, User.demo)).all()
    kinds = users.places(plan, register)

    signed = Counter(person.role for person in people)
    assert set(signed) == set(NORWEGIAN)
    assert (signed[Role.CASE_OFFICER], signed[Role.LEAD]) == (2, 2)
    assert signed[Role.MUNICIPALITY_WRITER] == len(set(kinds.values())) == len(Place) == 6
    assert all(
        (person.role in MUNICIPALITY) == (person.municipality_id is not None) for person in people
    )
    assert all(" Test-" in person.name and person.demo for person in people)
    takes_two = select(ApprovalRule.action).where(ApprovalRule.needed)
    assert session.scalars(takes_two).all() == [Action.RULE_SET]


def test_the_past_was_made_by_people_who_may_sign_in_and_by_offices(session, plan):
    actors: dict[Role, set[str]] = {}
    for role, name in session.execute(select(CaseStep.actor_role, CaseStep.actor).distinct()):
        actors.setdefault(role, set()).add(name)
    ready = set(session.scalars(select(User.name)))

    assert set(actors) == {Role.CASE_OFFICER, Role.TRAVEL_OFFICER, Role.MUNICIPALITY_WRITER}
    assert actors[Role.CASE_OFFICER] | actors[Role.TRAVEL_OFFICER] <= ready
    assert actors[Role.MUNICIPALITY_WRITER] & ready
    answered = {
        step.municipality_number
        for _, step in plan.steps()
        if step.role is Role.MUNICIPALITY_WRITER
    }
    assert len(actors[Role.MUNICIPALITY_WRITER]) == len(answered)
    assert len(actors[Role.MUNICIPALITY_WRITER] - ready) > 30


def test_the_database_knows_which_scenario_it_holds(session, plan):
    assert loaded(session) == Loaded(plan.seed, "generated")
    assert session.scalar(select(OutboxMessage.at).where(OutboxMessage.type == LOADED)) == STARTS_AT


def test_most_municipalities_have_an_address_and_imdi_sees_the_few_that_have_none(session):
    silent = unreachable(session, actor=lead())
    addresses = session.scalars(select(Recipient.address)).all()

    assert 3 <= len(silent) <= 12
    assert all(one.at_all for one in silent)
    assert len(addresses) == len(set(addresses)) > 300
    assert "postmottak@steinkjer.kommune.example" in addresses
    shown = session.scalars(
        select(Municipality.number).join(User, User.municipality_id == Municipality.id)
    )
    assert not {one.number for one in silent} & set(shown)
