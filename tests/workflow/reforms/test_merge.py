"""A merger: who ends and who goes on, and when it is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.factories import (
    TODAY,
    a_case,
    a_municipality,
    officer,
    placed,
)
from tests.workflow.books import faults, figures, the_case
from tests.workflow.reforms.reforming import (
    DAY,
    ENTERS,
    JANUARY,
    NEW,
    found,
    merging,
)
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities import queries
from workflow.municipalities.errors import MunicipalityEnded, NumberTaken
from workflow.municipalities.models import Municipality
from workflow.municipalities.states import LetterLanguage
from workflow.reforms.errors import (
    NobodyToMerge,
    ReformAhead,
    ReformTooEarly,
    SuccessorIsPredecessor,
)
from workflow.reforms.parties import NewMunicipality


def test_the_old_end_the_day_before_and_the_new_begins(session, two):
    successor = merging(session, two).successors[0]

    assert found(session, "1811", date(2020, 12, 31)).valid_to == DAY
    assert found(session, "1899", DAY).id == successor
    assert found(session, "1899", DAY).valid_from == DAY
    assert [one.number for one in queries.all_in_force(session, on=DAY, actor=SYSTEM)] == ["1899"]
    assert {
        session.get_one(Municipality, one, populate_existing=True).successor_id for one in two
    } == {successor}


def test_one_municipality_may_end_in_another_that_goes_on(session, two):
    big, small = two

    result = merging(session, [small], big)

    assert result.successors == (big,)
    assert found(session, "1811", DAY).id == big
    assert figures(session, big, year=2021).decided_places == 20
    assert session.get_one(Municipality, small, populate_existing=True).successor_id == big


def test_the_new_one_may_take_the_number_of_a_predecessor(session, two):
    successor = merging(session, two, NewMunicipality("1811", "Fjordby", "Nordland")).successors[0]

    assert found(session, "1811", date(2020, 12, 31)).id == two[0]
    assert found(session, "1811", DAY).id == successor


def test_what_is_not_said_of_the_new_one_comes_from_its_predecessors(session):
    one = a_municipality(session)
    other = a_municipality(session)
    session.execute(
        Municipality.__table__.update(),
        {"letter_language": LetterLanguage.NYNORSK, "preferred_airport": "TRD", "sami_area": True},
    )

    successor = merging(session, [one, other]).successors[0]

    seen = queries.by_id(session, successor, actor=SYSTEM)
    assert (seen.arrival_airport, seen.letter_language, seen.sami_area) == (
        "TRD",
        LetterLanguage.NYNORSK,
        True,
    )


def test_what_is_said_of_the_new_one_stands(session, two):
    new = NewMunicipality(
        "1899",
        "Fjordby - Vuotna",
        "Nordland",
        norwegian_name="Fjordby",
        sami_name="Vuotna",
        organisation_number="964979367",
        latitude=Decimal("63.4"),
        longitude=Decimal("10.4"),
        letter_language=LetterLanguage.BOKMAL,
    )

    successor = merging(session, two, new).successors[0]

    seen = queries.by_id(session, successor, actor=SYSTEM)
    assert (seen.norwegian_name, seen.sami_name) == ("Fjordby", "Vuotna")
    assert (seen.nearest_airport, seen.nearest_airport_km) == ("TRD", 26)
    assert seen.letter_language is LetterLanguage.BOKMAL


@pytest.mark.parametrize(
    ("new", "pointer"),
    [
        (NewMunicipality("189", "Fjordby", "Nordland"), "/successor/number"),
        (NewMunicipality("1899", " ", "Nordland"), "/successor/official_name"),
        (NewMunicipality("1899", "Fjordby", ""), "/successor/county"),
        (
            NewMunicipality("1899", "Fjordby", "Nordland", sami_name="Vuotna"),
            "/successor/sami_name",
        ),
        (
            NewMunicipality("1899", "Fjordby", "Nordland", organisation_number="964979368"),
            "/successor/organisation_number",
        ),
        (
            NewMunicipality("1899", "Fjordby", "Nordland", latitude=Decimal(63)),
            "/successor/latitude",
        ),
    ],
)
def test_a_new_one_that_cannot_be_is_malformed(session, two, new, pointer):
    with pytest.raises(Invalid) as refusal:
        merging(session, two, new)

    assert refusal.value.pointer == pointer


def test_a_number_of_another_is_refused(session, two):
    a_municipality(session, number="1899", name="Vestby")

    with pytest.raises(NumberTaken) as refusal:
        merging(session, two)

    assert refusal.value.facts == {"number": "1899", "municipality": "Vestby"}


def test_a_merger_is_refused_where_it_makes_no_sense(session, two):
    young = a_municipality(session, valid_from=DAY)
    ended = a_municipality(session, valid_to=TODAY)
    for predecessors, successor, refusal in (
        ([], NEW, NobodyToMerge),
        ([two[0], two[0]], NEW, NobodyToMerge),
        (two, two[0], SuccessorIsPredecessor),
        ([two[0], ended], NEW, MunicipalityEnded),
        ([two[0]], ended, MunicipalityEnded),
        ([two[0], young], NEW, ReformTooEarly),
        ([two[0], 999_999], NEW, NotFound),
        ([two[0]], 999_999, NotFound),
    ):
        with pytest.raises(refusal):
            merging(session, predecessors, successor)


def test_a_merger_is_recorded_when_it_has_come_and_by_the_lead(session, two):
    with pytest.raises(ReformAhead):
        merging(session, two, at=datetime(2020, 12, 31, 12, tzinfo=UTC))
    with pytest.raises(NotAllowed):
        merging(session, two, actor=officer())


def test_the_same_merger_twice_is_refused(session, two):
    merging(session, two)

    with pytest.raises(MunicipalityEnded):
        merging(session, two, NewMunicipality("1898", "Vikby", "Nordland"))


def test_a_successor_may_itself_be_merged_later(session, two):
    case_id = a_case(session, persons=3, entry=ENTERS)
    placed(session, case_id, two[0], week=JANUARY)
    first = merging(session, two).successors[0]
    third = a_municipality(session, number="1813", decided=5, year=2022)

    second = merging(
        session,
        [first, third],
        NewMunicipality("1897", "Storby", "Nordland"),
        on=date(2022, 1, 1),
        at=datetime(2022, 1, 3, tzinfo=UTC),
    ).successors[0]

    assert the_case(session, case_id).municipality_id == second
    assert figures(session, second, year=2022).held == 3
    assert found(session, "1811", date(2020, 6, 1)).id == two[0]
    assert faults(session) == {}
