"""Where one case should go, with its reasons; a person chooses (R08, R13, R16, R25, R26, R29)."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select
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
from tests.workflow.books import faults, questions, the_case
from workflow.capacity.errors import NoneFree
from workflow.cases import commands as cases
from workflow.cases import measures
from workflow.cases.entry import Entry, record_entry
from workflow.cases.errors import (
    EntryNotPossible,
    MunicipalityDeclined,
    Paused,
    WhenUnknown,
    WrongState,
)
from workflow.cases.states import CaseState, EntryStatus, Group, Track
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.redistribution import commands
from workflow.redistribution.errors import OverrideReasonMissing
from workflow.redistribution.models import RuleSetVersion
from workflow.redistribution.proposals import Proposals, propose
from workflow.vacancies.models import VacancyFate
from workflow.vacancies.states import Fate

NOT_POSSIBLE = Entry(EntryStatus.NOT_POSSIBLE, source="UDI")
POSSIBLE = Entry(EntryStatus.POSSIBLE, source="UDI")


def proposals(session: Session, case_id: UUID, **given) -> Proposals:
    return propose(session, case_id, **({"actor": officer(), "at": NOW} | given))


def order(session: Session, case_id: UUID) -> list[str]:
    found = proposals(session, case_id).ranking.items
    return [item.candidate.municipality_number for item in found]


def excluded(session: Session, case_id: UUID) -> dict[str, str]:
    found = proposals(session, case_id).ranking.excluded
    return {refusal.municipality_number: refusal.code for refusal in found}


def decisive(session: Session, case_id: UUID, number: str) -> str | None:
    line = proposals(session, case_id).of(number)
    assert line is not None
    return str(line.decisive_reason.criterion) if line.decisive_reason else None


def withdrawn(session: Session, municipality_id: int, *, track: Track, persons: int = 2) -> UUID:
    """A case withdrawn from the municipality on a track; entry is possible now."""
    case = a_case(session, persons=persons)
    asked(session, case, municipality_id)
    if track is Track.B:
        record_entry(session, case, NOT_POSSIBLE, person_ids=None, actor=udi(), at=NOW)
    commands.withdraw(
        session, case, reason="Innreisestans", legal_ground=None, actor=officer(), at=NOW
    )
    record_entry(session, case, POSSIBLE, person_ids=None, actor=udi(), at=NOW)
    assert the_case(session, case).track is track
    return case


def choose(session: Session, case_id: UUID, municipality_id: int, **given):
    put = commands.redistribute if the_case(session, case_id).was_withdrawn else commands.distribute
    return put(session, case_id, municipality_id=municipality_id, actor=officer(), at=NOW, **given)


def fates(session: Session, vacancy_id: UUID) -> list[tuple[Fate, str | None]]:
    rows = session.execute(
        select(VacancyFate.what, VacancyFate.why)
        .where(VacancyFate.vacancy_id == vacancy_id, VacancyFate.what != Fate.REGISTERED)
        .order_by(VacancyFate.id)
    )
    return [(row.what, row.why) for row in rows]


def test_a_new_case_goes_where_the_share_of_unused_places_is_largest(session: Session) -> None:
    a_municipality(session, number="1001", decided=100)
    a_municipality(session, number="1002", decided=10)
    asked(session, a_case(session, persons=30), municipality(session, "1001"))
    case = a_case(session)

    found = proposals(session, case)

    assert order(session, case) == ["1002", "1001"], "70 of 100 is less than 10 of 10"
    assert [item.unused_share for item in found.ranking.items] == [1, Fraction(7, 10)]
    assert decisive(session, case, "1002") == "unused_share"
    assert (found.trigger, found.year, found.first) == ("distribute", 2020, "1002")
    assert found.ranking.rules.version == 1


def test_on_track_a_the_former_municipality_comes_first_only_if_it_has_room(
    session: Session,
) -> None:
    former = a_municipality(session, number="1001", decided=20)
    a_municipality(session, number="1002", decided=10)
    case = withdrawn(session, former, track=Track.A, persons=3)
    asked(session, a_case(session, persons=17), former)

    assert order(session, case) == ["1001", "1002"], "3 of 20 are free, and 3 are needed"
    assert decisive(session, case, "1001") == "former_municipality"

    asked(session, a_case(session, persons=1), former)

    assert order(session, case) == ["1002"]
    assert excluded(session, case) == {"1001": "places.none_free"}
    with pytest.raises(NoneFree):
        choose(session, case, former)


def test_on_track_b_the_former_municipality_has_no_preference_and_that_is_said(
    session: Session,
) -> None:
    former = a_municipality(session, number="1001", decided=20)
    a_municipality(session, number="1002", decided=10)
    case = withdrawn(session, former, track=Track.B)
    asked(session, a_case(session, persons=1), former)

    assert order(session, case) == ["1002", "1001"]
    line = proposals(session, case).of("1001")
    assert line is not None
    said = {str(reason.criterion): reason.value for reason in line.reasons}
    assert said["no_preference_for_former"] is True
    assert "former_municipality" not in said
    assert decisive(session, case, "1001") == "unused_share"


def test_a_home_decides_only_within_the_window_below_the_best_share(session: Session) -> None:
    a_municipality(session, number="1001", decided=100)
    near = a_municipality(session, number="1002", decided=100)
    far = a_municipality(session, number="1003", decided=100)
    asked(session, a_case(session, persons=10), near)
    asked(session, a_case(session, persons=11), far)
    case = a_case(session)
    a_vacancy(session, near)
    a_vacancy(session, far)

    assert order(session, case) == ["1002", "1001", "1003"]
    assert decisive(session, case, "1001") == "vacancy"
    assert decisive(session, case, "1003") == "unused_share"


def test_the_rules_of_the_day_are_the_last_that_came_into_force(session: Session) -> None:
    a_municipality(session, number="1001", decided=100)
    near = a_municipality(session, number="1002", decided=100)
    asked(session, a_case(session, persons=10), near)
    a_vacancy(session, near)
    case = a_case(session)
    for version, begins in ((2, NOW.date()), (3, NOW.date() + timedelta(days=1))):
        session.execute(
            insert(RuleSetVersion),
            {
                "version": version,
                "valid_from": begins,
                "vacancy_window": 0,
                "next_shown": 5,
                "note": "Uten vindu",
                "actor": "Liv Leder",
                "at": NOW,
                "rules": {"version": version, "vacancy_window": "0", "needs_checked": []},
            },
        )

    assert proposals(session, case).ranking.rules.version == 2
    assert order(session, case) == ["1001", "1002"]


def test_who_cannot_take_the_case_is_named_with_the_reason(session: Session) -> None:
    a_municipality(session, number="1001", decided=1)
    a_municipality(session, number="1002")
    a_municipality(session, number="1003", decided=0)
    refuses = a_municipality(session, number="1004", decided=9)
    a_municipality(session, number="1005", decided=9)
    case = a_case(session, persons=2)
    asked(session, case, refuses)
    cases.decline(session, case, reason_code="no_housing", text=None, actor=writer(refuses), at=NOW)

    assert order(session, case) == ["1005"]
    assert excluded(session, case) == {
        "1001": "places.none_free",
        "1002": "places.not_registered",
        "1003": "places.none_free",
        "1004": "municipality.declined",
    }
    with pytest.raises(MunicipalityDeclined):
        choose(session, case, refuses)


def test_a_municipality_that_is_no_more_is_neither_proposed_nor_chosen(session: Session) -> None:
    gone = a_municipality(session, number="1001", decided=9, valid_to=date(2020, 1, 1))
    a_municipality(session, number="1002", decided=9)
    case = a_case(session)

    assert order(session, case) == ["1002"]
    assert excluded(session, case) == {}
    with pytest.raises(NotFound):
        choose(session, case, gone)


def test_places_of_the_year_asked_for_and_of_the_cases_pool_are_counted(
    session: Session,
) -> None:
    here = a_municipality(session, number="1001", decided=9)
    places(session, here, decided=4, year=2021)
    case = a_case(session)
    minor = a_case(session, group=Group.UNACCOMPANIED_MINOR, persons=1, entry=None)

    next_year = proposals(session, case, year=2021)

    assert [item.candidate.free for item in next_year.ranking.items] == [4]
    assert excluded(session, minor) == {"1001": "places.not_registered"}


def test_what_stops_the_case_everywhere_is_said_at_once(session: Session) -> None:
    here = a_municipality(session, decided=9)
    unknown = a_case(session, entry=Entry(EntryStatus.POSSIBLE, source="UDI"))
    with pytest.raises(WhenUnknown):
        proposals(session, unknown)

    case = withdrawn(session, here, track=Track.A)
    record_entry(session, case, NOT_POSSIBLE, person_ids=None, actor=udi(), at=NOW)
    with pytest.raises(EntryNotPossible):
        proposals(session, case)

    waiting = a_case(session)
    asked(session, waiting, here)
    with pytest.raises(WrongState):
        proposals(session, waiting)

    measures.start(
        session,
        group=Group.RESETTLEMENT,
        reason="Innreisestans",
        from_on=NOW.date(),
        until_on=None,
        actor=lead(),
        at=NOW,
    )
    with pytest.raises(Paused):
        proposals(session, a_case(session))


def test_proposals_are_imdis(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session)

    for actor in (auditor(), udi()):
        with pytest.raises(NotAllowed):
            proposals(session, case, actor=actor)
    for actor in (writer(here),):
        with pytest.raises(NotFound):
            proposals(session, case, actor=actor)
    with pytest.raises(NotFound):
        proposals(session, uuid4())


def test_the_first_needs_no_reason_and_its_reasons_are_kept(session: Session) -> None:
    here = a_municipality(session, number="1001", decided=10)
    for number in range(1002, 1010):
        places(session, a_municipality(session, number=f"{number}"), decided=4)
        asked(session, a_case(session, persons=1), municipality(session, f"{number}"))
    case = a_case(session)

    choose(session, case, here, override_reason="Uten betydning")

    [question] = questions(session, case)
    assert question.override_reason is None
    assert question.rules_version == 1
    assert question.reasons is not None
    kept = [(line["rank"], line["municipality_number"]) for line in question.reasons]
    assert kept[0] == (1, "1001")
    assert [rank for rank, _ in kept] == [1, 2, 3, 4, 5, 6]
    assert question.reasons[1]["unused_share"] == "3/4"
    assert faults(session) == {}


def test_choosing_another_needs_a_reason_which_is_kept(session: Session) -> None:
    a_municipality(session, number="1001", decided=10)
    other = a_municipality(session, number="1002", decided=10)
    asked(session, a_case(session, persons=1), other)
    case = a_case(session)

    with pytest.raises(OverrideReasonMissing) as refusal:
        choose(session, case, other)
    assert refusal.value.facts == {"first": "1001", "chosen": "1002"}
    assert the_case(session, case).state is CaseState.REGISTERED

    choose(session, case, other, override_reason="Familie i kommunen")

    [question] = questions(session, case)
    assert question.override_reason == "Familie i kommunen"
    assert question.reasons is not None
    assert question.reasons[0]["rank"] == 1, "who came first is kept beside the chosen"
    assert faults(session) == {}


def test_a_municipality_with_extra_places_only_is_chosen_with_a_reason(session: Session) -> None:
    a_municipality(session, number="1001", decided=10)
    agreed = a_municipality(session, number="1002")
    places(session, agreed, decided=0, extra=4)
    case = a_case(session)
    assert excluded(session, case) == {"1002": "places.none_free"}

    choose(session, case, agreed, override_reason="Kommunen tar to til")

    assert questions(session, case)[0].override_reason == "Kommunen tar to til"
    other = a_case(session)
    with pytest.raises(OverrideReasonMissing):
        choose(session, other, agreed)


def test_reported_homes_hear_whether_they_were_matched_or_passed_over_and_on_what(
    session: Session,
) -> None:
    chosen = a_municipality(session, number="1001", decided=10)
    other = a_municipality(session, number="1002", decided=10)
    asked(session, a_case(session, persons=1), other)
    full = a_municipality(session, number="1003", decided=1)
    used, unused = a_vacancy(session, chosen), a_vacancy(session, other)
    small, no_room = a_vacancy(session, other, places=1), a_vacancy(session, full)
    case = a_case(session, persons=2)

    choose(session, case, chosen, vacancy_id=used)

    assert fates(session, used) == [(Fate.RESERVED, None)]
    assert fates(session, unused) == [(Fate.PASSED_OVER, "unused_share")]
    assert fates(session, small) == fates(session, no_room) == []


def test_a_home_passed_over_by_the_officers_own_choice_is_told_so(session: Session) -> None:
    first = a_municipality(session, number="1001", decided=10)
    other = a_municipality(session, number="1002", decided=10)
    asked(session, a_case(session, persons=1), other)
    home, matched = a_vacancy(session, first), a_vacancy(session, other)
    case = a_case(session, persons=2)

    choose(session, case, other, override_reason="Familie i kommunen")

    assert fates(session, home) == [(Fate.PASSED_OVER, "override")]
    assert fates(session, matched) == [(Fate.MATCHED, None)]


def municipality(session: Session, number: str) -> int:
    return session.scalars(select(Municipality.id).where(Municipality.number == number)).one()
