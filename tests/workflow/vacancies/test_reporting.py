"""Homes and capacity are reported, closed and expire (R27–R29, R34)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.factories import (
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    auditor,
    centre,
    lead,
    officer,
    reader,
    udi,
    writer,
)
from workflow.cases.states import Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.weeks import Week
from workflow.vacancies import commands, queries, reservations
from workflow.vacancies.errors import AvailableInPast, NothingFree, VacancyTaken
from workflow.vacancies.offer import Offer, WithdrawnCase
from workflow.vacancies.states import FOR_GROUPS, Fate, ReasonCode, VacancyKind, VacancyState

#: Wednesday of 2020-W14.
NOW = datetime(2020, 4, 1, 10, tzinfo=UTC)
THIS_WEEK = Week(2020, 14)


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=10)


def report(session, municipality_id, **changes):
    given = {
        "kind": VacancyKind.HOME,
        "places": 4,
        "available_from_week": THIS_WEEK,
        "actor": writer(municipality_id),
        "at": NOW,
    }
    return commands.report(session, municipality_id=municipality_id, **(given | changes))


def an_offer(municipality_id, case_id):
    case = WithdrawnCase(case_id, "2020-000001", 3, NOW, None)
    return Offer(municipality_id, free=3, cases=(case,))


def seen(session, vacancy_id, actor=None):
    return queries.vacancy(session, vacancy_id, actor=actor or officer())


def told(session):
    return session.scalars(
        select(OutboxMessage).where(OutboxMessage.type.like("vacancy.%")).order_by(OutboxMessage.id)
    ).all()


def test_the_words_for_whom_a_vacancy_is_are_those_of_the_cases():
    assert set(FOR_GROUPS) == {str(group) for group in Group}


def test_a_municipality_reports_a_home(session, municipality):
    vacancy_id = report(
        session,
        municipality,
        available_from_week=Week(2020, 20),
        group=Group.RESETTLEMENT,
        accessible=True,
        comment="Rekkehus med heis",
        reason_code=ReasonCode.NEW_CAPACITY,
    )

    home = seen(session, vacancy_id)
    assert (home.municipality_id, home.kind, home.state) == (
        municipality,
        VacancyKind.HOME,
        VacancyState.OPEN,
    )
    assert (home.places, home.available_from_week, home.group) == (
        4,
        Week(2020, 20),
        "resettlement",
    )
    assert (home.accessible, home.comment, home.reason_code) == (
        True,
        "Rekkehus med heis",
        ReasonCode.NEW_CAPACITY,
    )
    assert [(line.what, line.at) for line in home.fate] == [(Fate.REGISTERED, NOW)]


def test_a_municipality_reports_capacity_for_a_group_from_a_week(session, municipality):
    vacancy_id = report(
        session,
        municipality,
        kind=VacancyKind.CAPACITY,
        places=12,
        group=Group.RECEPTION_CENTRE,
        available_from_week=Week(2020, 18),
    )

    capacity = seen(session, vacancy_id)
    assert (capacity.kind, capacity.places, capacity.group) == (
        VacancyKind.CAPACITY,
        12,
        "reception_centre",
    )


def test_a_report_is_told_without_its_comment(session, municipality):
    vacancy_id = report(session, municipality, comment="Nøkkel hos Ola")

    [notice] = told(session)
    assert (notice.type, notice.municipality_id) == ("vacancy.reported", municipality)
    assert notice.facts["vacancy_id"] == str(vacancy_id)
    assert "Ola" not in str(notice.facts)


def test_only_the_municipality_itself_reports(session, municipality):
    other = a_municipality(session)

    for actor in (writer(other), reader(municipality), officer(), lead(), udi(), auditor()):
        with pytest.raises(NotAllowed):
            report(session, municipality, actor=actor)


def test_its_administrator_reports_too(session, municipality):
    actor = Actor("Anne", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=municipality)

    assert seen(session, report(session, municipality, actor=actor)).places == 4


def test_this_week_is_early_enough_and_last_week_is_not(session, municipality):
    report(session, municipality, available_from_week=THIS_WEEK)

    with pytest.raises(AvailableInPast) as refusal:
        report(session, municipality, available_from_week=Week(2020, 13))

    assert refusal.value.facts == {"available_from_week": "2020-W13", "this_week": "2020-W14"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"places": 0}, "/places"),
        ({"places": 1001}, "/places"),
        ({"group": "tourists"}, "/group"),
        ({"comment": "x" * 2001}, "/comment"),
    ],
)
def test_what_makes_no_sense_is_malformed(session, municipality, changes, pointer):
    with pytest.raises(Invalid) as refusal:
        report(session, municipality, **changes)

    assert refusal.value.pointer == pointer


def test_a_home_after_a_withdrawn_case_needs_the_offer(session, municipality):
    case_id = uuid4()

    for changes in (
        {"reason_code": ReasonCode.WITHDRAWN_CASE},
        {"withdrawn_case_id": case_id},
        {"withdrawn_case_id": uuid4(), "offer": an_offer(municipality, case_id)},
        {
            "reason_code": ReasonCode.WITHDRAWN_CASE,
            "offer": an_offer(municipality + 1, case_id),
        },
    ):
        with pytest.raises(NothingFree):
            report(session, municipality, **changes)


def test_a_home_after_a_withdrawn_case_carries_the_case_and_the_reason(session, municipality):
    case_id = uuid4()

    vacancy_id = report(
        session,
        municipality,
        withdrawn_case_id=case_id,
        offer=an_offer(municipality, case_id),
    )

    home = seen(session, vacancy_id)
    assert (home.reason_code, home.withdrawn_case_id) == (ReasonCode.WITHDRAWN_CASE, case_id)
    assert home.fate[0].case_id == case_id


def test_a_municipality_closes_its_report_and_may_say_why(session, municipality):
    vacancy_id = a_vacancy(session, municipality)

    commands.close(
        session, vacancy_id, reason="Boligen er leid ut", actor=writer(municipality), at=NOW
    )

    home = seen(session, vacancy_id)
    assert (home.state, home.version) == (VacancyState.CLOSED, 2)
    assert [(line.what, line.why) for line in home.fate] == [
        (Fate.REGISTERED, None),
        (Fate.CLOSED, "Boligen er leid ut"),
    ]
    assert [notice.type for notice in told(session)] == ["vacancy.reported", "vacancy.closed"]


def test_a_home_kept_for_a_case_or_used_by_one_is_not_closed(session, municipality):
    vacancy_id, case_id = a_vacancy(session, municipality), uuid4()
    reserve(session, vacancy_id, municipality, case_id)

    with pytest.raises(VacancyTaken) as reserved:
        commands.close(session, vacancy_id, actor=writer(municipality), at=NOW)
    reservations.use(session, vacancy_id, case_id=case_id, actor=officer(), at=NOW)
    with pytest.raises(VacancyTaken) as used:
        commands.close(session, vacancy_id, actor=writer(municipality), at=NOW)

    assert (reserved.value.facts, used.value.facts) == ({"state": "reserved"}, {"state": "used"})


def test_a_report_is_closed_once(session, municipality):
    vacancy_id = a_vacancy(session, municipality)
    commands.close(session, vacancy_id, actor=writer(municipality), at=NOW)

    with pytest.raises(VacancyTaken):
        commands.close(session, vacancy_id, actor=writer(municipality), at=NOW)


def test_another_municipality_finds_no_such_report_and_imdi_does_not_close_it(
    session, municipality
):
    vacancy_id = a_vacancy(session, municipality)

    for actor in (writer(a_municipality(session)), udi(), centre()):
        with pytest.raises(NotFound):
            commands.close(session, vacancy_id, actor=actor, at=NOW)
    for actor in (officer(), reader(municipality)):
        with pytest.raises(NotAllowed):
            commands.close(session, vacancy_id, actor=actor, at=NOW)
    with pytest.raises(NotFound):
        commands.close(session, uuid4(), actor=writer(municipality), at=NOW)


def test_open_reports_whose_week_is_long_past_expire(session, municipality):
    old = a_vacancy(session, municipality, week=Week(2020, 14))
    younger = a_vacancy(session, municipality, week=Week(2020, 15))
    in_use = a_vacancy(session, municipality, week=Week(2020, 14))
    reserve(session, in_use, municipality, uuid4())
    later = NOW + timedelta(weeks=13)

    expired = commands.expire_due(session, at=later, after_weeks=12)

    assert expired == [old]
    home = seen(session, old)
    assert (home.state, home.fate[-1].what, home.fate[-1].at) == (
        VacancyState.EXPIRED,
        Fate.EXPIRED,
        later,
    )
    assert seen(session, younger).state is VacancyState.OPEN
    assert seen(session, in_use).state is VacancyState.RESERVED
    assert told(session)[-1].type == "vacancy.expired"
    assert told(session)[-1].facts == {"vacancy_id": str(old)}


def test_a_report_that_says_its_last_week_expires_after_it(session, municipality):
    this, after = Week.of(NOW.date()), Week.of((NOW + timedelta(weeks=1)).date())
    until = {
        last: report(session, municipality, available_from_week=this, available_until_week=last)
        for last in (this, after)
    }

    assert commands.expire_due(session, at=NOW, after_weeks=0) == []
    assert commands.expire_due(session, at=NOW + timedelta(weeks=1), after_weeks=0) == [until[this]]
    assert commands.expire_due(session, at=NOW + timedelta(weeks=2), after_weeks=90) == [
        until[after]
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"rooms": 0}, "/rooms"),
        ({"rooms": 201}, "/rooms"),
        ({"available_until_week": Week(2020, 17)}, "/available_until_week"),
    ],
)
def test_a_home_with_wrong_figures_is_refused(session, municipality, wrong, pointer):
    with pytest.raises(Invalid) as refused:
        report(session, municipality, available_from_week=Week(2020, 18), **wrong)

    assert refused.value.pointer == pointer


def test_reports_expire_across_the_turn_of_the_year_and_only_once(session, municipality):
    december = a_vacancy(session, municipality, week=Week(2020, 53))
    spring = datetime(2021, 3, 10, tzinfo=UTC)

    assert commands.expire_due(session, at=spring, after_weeks=10) == []
    assert commands.expire_due(session, at=spring, after_weeks=8) == [december]
    assert commands.expire_due(session, at=spring, after_weeks=8) == []


def test_a_distributed_case_keeps_its_home_and_gives_it_back_when_declined(session, municipality):
    from workflow.cases import commands as cases
    from workflow.cases.commands import Question

    vacancy_id, case_id = a_vacancy(session, municipality), a_case(session)
    cases.put_to_municipality(
        session,
        case_id,
        "distribute",
        Question(municipality, 2020, vacancy_id=vacancy_id),
        actor=officer(),
        at=NOW,
    )
    kept = seen(session, vacancy_id)
    cases.decline(
        session,
        case_id,
        reason_code="no_capacity",
        text=None,
        actor=writer(municipality),
        at=NOW,
    )

    home = seen(session, vacancy_id)
    assert (kept.state, kept.case_id) == (VacancyState.RESERVED, case_id)
    assert (home.state, home.case_id) == (VacancyState.OPEN, None)
    assert [(line.what, line.case_id) for line in home.fate[1:]] == [
        (Fate.RESERVED, case_id),
        (Fate.RELEASED, case_id),
    ]


def test_looking_reserves_nothing(session, municipality):
    vacancy_id = a_vacancy(session, municipality)
    asked(session, a_case(session), municipality)

    reservations.open_and_fitting(session, group=Group.RESETTLEMENT, accessible=False)

    assert seen(session, vacancy_id).state is VacancyState.OPEN


def reserve(session, vacancy_id, municipality_id, case_id):
    reservations.reserve(
        session,
        vacancy_id,
        case_id=case_id,
        municipality_id=municipality_id,
        group=Group.RESETTLEMENT,
        persons=2,
        actor=officer(),
        at=NOW,
    )
