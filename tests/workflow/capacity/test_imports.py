"""Storing IMDi's published statistics as facts, once."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    lead,
    officer,
    placed,
    places,
    writer,
)
from workflow.capacity.imports import NotStored, store_statistics
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.queries import one, totals, years
from workflow.capacity.states import EntryKind
from workflow.capacity.statistics import (
    Figure,
    Mark,
    MunicipalityYear,
    by_municipality_year,
    read_statistics,
)
from workflow.cases import settling
from workflow.cases.states import Group
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import NotAllowed
from workflow.kernel.outbox import OutboxMessage
from workflow.municipalities.commands import ensure_shipped_register
from workflow.municipalities.models import MunicipalityName
from workflow.municipalities.numbers import numbers

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "imdi_bosatt_anmodede_2019_2020.csv"
STJORDAL = MunicipalityYear(
    2020, "5035", original_request=28, adjusted_request=22, decided_places=28, settled=32
)


def store(session, *figures):
    return store_statistics(session, figures, actor=SYSTEM, at=NOW)


def year_of(session, municipality_id, year=2020):
    return one(session, municipality_id, year, actor=SYSTEM).ordinary


def entries(session, municipality_id):
    return [
        tuple(row)
        for row in session.execute(
            select(
                PlaceEntry.kind,
                PlaceEntry.ceiling_change,
                PlaceEntry.settled_change,
                PlaceEntry.free_after,
            )
            .join(PlaceAccount, PlaceAccount.id == PlaceEntry.account_id)
            .where(PlaceAccount.municipality_id == municipality_id)
            .order_by(PlaceEntry.id)
        )
    ]


def settled_here(session, municipality_id, *, persons):
    """A case of so many persons is settled by the system itself."""
    case_id = a_case(session, group=Group.RECEPTION_CENTRE, persons=persons)
    placed(session, case_id, municipality_id)
    later = NOW + timedelta(days=9)
    settling.settle(
        session,
        case_id,
        settled_on=date(2020, 4, 8),
        actor=writer(municipality_id),
        at=later,
    )


def test_more_settled_than_decided_is_a_fact_and_an_overrun(session):
    stjordal = a_municipality(session, number="5035")

    store(session, STJORDAL)

    figures = year_of(session, stjordal)
    assert (figures.original_request, figures.adjusted_request) == (28, 22)
    assert (figures.decided_places, figures.settled, figures.overrun) == (28, 32, 4)
    assert entries(session, stjordal) == [(EntryKind.IMPORT, 28, 32, 0)]


def test_the_same_again_changes_nothing(session):
    stjordal = a_municipality(session, number="5035")
    store(session, STJORDAL)
    before = year_of(session, stjordal), session.scalar(select(func.count(OutboxMessage.id)))

    again = store(session, STJORDAL)

    assert (again.changed, again.unchanged) == (0, 1)
    after = year_of(session, stjordal), session.scalar(select(func.count(OutboxMessage.id)))
    assert after == before
    assert len(entries(session, stjordal)) == 1


def test_a_later_file_adds_only_the_difference(session):
    stjordal = a_municipality(session, number="5035")
    store(session, MunicipalityYear(2020, "5035", decided_places=28, settled=10))

    store(session, STJORDAL)

    assert year_of(session, stjordal).settled == 32
    assert entries(session, stjordal) == [
        (EntryKind.IMPORT, 28, 10, 18),
        (EntryKind.IMPORT, 0, 22, 0),
    ]


def test_who_is_settled_here_is_among_those_the_file_counts(session):
    stjordal = a_municipality(session, number="5035", decided=28)
    settled_here(session, stjordal, persons=5)

    store(session, STJORDAL)

    assert year_of(session, stjordal).settled == 32
    assert entries(session, stjordal)[-1] == (EntryKind.IMPORT, 0, 27, 0)


def test_a_file_that_is_behind_takes_nobody_away_who_is_settled_here(session):
    own = a_municipality(session, number="5035", decided=28)
    settled_here(session, own, persons=5)

    report = store(session, MunicipalityYear(2020, "5035", settled=3))

    assert year_of(session, own).settled == 5
    assert report.behind == [NotStored(2020, "5035", Figure.SETTLED, 3, 5)]


def test_hidden_changes_nothing_and_is_not_nought(session):
    own = a_municipality(session, number="5035", decided=12)
    store(session, MunicipalityYear(2020, "5035", settled=9))
    hidden = dict.fromkeys(
        ("original_request", "adjusted_request", "decided_places", "settled"), Mark.HIDDEN
    )

    report = store(session, MunicipalityYear(2020, "5035", **hidden))

    assert (report.changed, report.sums[2020].hidden) == (0, 4)
    assert (year_of(session, own).decided_places, year_of(session, own).settled) == (12, 9)


def test_a_hidden_year_nobody_registered_stays_unregistered(session):
    own = a_municipality(session, number="5035")

    store(session, MunicipalityYear(2020, "5035", decided_places=Mark.HIDDEN))

    assert year_of(session, own).decided_places is None
    assert session.scalar(select(func.count(PlaceAccount.id))) == 0


def test_none_decided_is_not_registered_and_nought_is_a_no(session):
    none = a_municipality(session, number="1804", decided=12)
    nought = a_municipality(session, number="1806", decided=12)

    store(
        session,
        MunicipalityYear(2020, "1804", decided_places=Mark.NONE),
        MunicipalityYear(2020, "1806", decided_places=0),
    )

    assert year_of(session, none).decided_places is None
    assert year_of(session, nought).decided_places == 0


def test_an_original_request_stands_and_the_rest_is_stored(session):
    own = a_municipality(session, number="5035")
    places(session, own, decided=20, original_request=30)

    report = store(session, STJORDAL)

    assert report.not_stored == [NotStored(2020, "5035", Figure.ORIGINAL_REQUEST, 28, 30)]
    figures = year_of(session, own)
    assert (figures.original_request, figures.adjusted_request) == (30, 22)
    assert (figures.decided_places, figures.settled) == (28, 32)


def test_extra_places_of_the_municipalitys_own_count_before_the_overrun(session):
    own = a_municipality(session, number="5035")
    places(session, own, decided=28, extra=3)

    store(session, STJORDAL)

    assert year_of(session, own).overrun == 1


def test_places_that_are_held_stay_held(session):
    own = a_municipality(session, number="5035", decided=28)
    placed(session, a_case(session, persons=4), own)

    store(session, MunicipalityYear(2020, "5035", decided_places=28, settled=20))

    figures = year_of(session, own)
    assert (figures.held, figures.settled, figures.free) == (4, 20, 4)


def test_two_numbers_of_one_municipality_that_disagree_are_reported(session):
    own = a_municipality(session, number="5035")
    renamed = {"official_name": "x", "norwegian_name": "x", "county": "y"}

    session.execute(
        MunicipalityName.__table__.insert(),
        renamed | {"municipality_id": own, "number": "1714", "valid_from": date(2000, 1, 1)},
    )

    report = store(
        session,
        MunicipalityYear(2020, "1714", decided_places=Mark.NONE, settled=30),
        STJORDAL,
    )

    assert report.not_stored == [NotStored(2020, "5035", Figure.SETTLED, 32, 30)]
    assert (year_of(session, own).decided_places, year_of(session, own).settled) == (28, 30)


def test_only_the_lead_stores_statistics(session):
    with pytest.raises(NotAllowed):
        store_statistics(session, [STJORDAL], actor=officer(), at=NOW)
    assert store_statistics(session, [], actor=lead(), at=NOW).changed == 0


def test_the_published_totals_of_2020_are_in_the_ledger(session):
    if not SAMPLE.exists():
        pytest.skip(f"{SAMPLE} is not on this machine")
    ensure_shipped_register(session, NOW)
    with SAMPLE.open("rb") as file:
        read = read_statistics(file, numbers(session, actor=SYSTEM).known)

    report = store(session, *by_municipality_year(read.rows))

    found = totals(session, 2020, actor=SYSTEM)
    assert (found.original_request, found.adjusted_request) == (5_120, 3_602)
    assert (found.decided_places, found.settled, found.with_decision) == (4_838, 2_759, 199)
    beyond = [seen for seen in years(session, 2020, actor=SYSTEM).items if seen.ordinary.overrun]
    assert {
        seen.municipality_number: seen.ordinary.overrun
        for seen in beyond
        if seen.ordinary.decided_places is not None
    } == {"5035": 4, "3453": 1}
    assert (report.sums[2020].original_request, report.sums[2020].settled) == (5_120, 2_759)
    assert store(session, *by_municipality_year(read.rows)).changed == 0
