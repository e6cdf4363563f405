"""What contracts cost stands in a report, and a final one goes on where the interim ended."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.reports import written
from tests.accommodation import drawn, signed
from tests.swedish import YEAR, agency, board, coordinator, counted, decided
from workflow.accommodation import occupancy
from workflow.accommodation.nights import Slept
from workflow.reports import reading, reports
from workflow.reports.errors import NotReconciled
from workflow.reports.figures import Cost
from workflow.reports.reconciling import differences
from workflow.reports.reports import NewReport
from workflow.reports.states import COUNTRY, CostKind, ReportKind

PRICE = 19_900
FIRST, INTERIM, LAST = date(2022, 7, 1), date(2022, 7, 31), date(2022, 8, 31)
AT = datetime(2022, 9, 10, 10, tzinfo=UTC)


def taken(session: Session, kind: ReportKind, day: date, **other) -> UUID:
    new = NewReport(kind, "Redovisning", YEAR, day, "Regeringskansliet", **other)
    return reports.draft(session, new, actor=agency(), at=AT)


def figures(session: Session, made: UUID) -> dict:
    return {one.county: one.figures for one in reading.parts_of(session, made, actor=agency())}


def slept(session: Session, there: UUID, since: date, until: date, nights: int) -> None:
    told = Slept(since, until, nights)
    occupancy.record(session, there, told, "Boendets lista", actor=agency(), at=AT)


def frozen_interim(session: Session) -> UUID:
    made = taken(session, ReportKind.INTERIM, INTERIM)
    for one in reading.parts_of(session, made, actor=agency())[1:]:
        who = board(one.county)
        reports.sign(session, made, one.county, "Bra", sha256=one.sha256, actor=who, at=AT)
    reports.coordinate(session, made, version=1, actor=coordinator(), at=AT)
    reports.freeze(session, made, version=2, actor=agency(), at=AT)
    return made


@pytest.fixture
def there(session: Session) -> UUID:
    """Ten places in Karlstad and four in Örebro, from July on."""
    decided(session, {"1780": 40, "1880": 20})
    counted(session, {"1780": 10, "1880": 5})
    signed(session, "1880", beds=4)
    return drawn(session, signed(session, "1780", beds=10))


def test_committed_used_and_empty_stand_by_county_and_sum_to_the_country(session, there):
    slept(session, there, FIRST, INTERIM, 200)

    parts = figures(session, taken(session, ReportKind.RUNNING, INTERIM))

    karlstad, country = parts["17"]["contracts"], parts[COUNTRY]["contracts"]
    assert (karlstad["place_nights"], karlstad["used"], karlstad["empty"]) == (310, 200, 110)
    assert karlstad["committed_ore"] == karlstad["whole_ore"] == 310 * PRICE
    assert karlstad["empty_ore"] == 110 * PRICE
    assert karlstad["ahead_ore"] > 0
    for name, whole in country.items():
        assert whole == karlstad[name] + parts["18"]["contracts"][name]
    (cost,) = parts[COUNTRY]["costs"]
    assert (cost["what"], cost["kronor"]) == ("accommodation", country["whole_ore"] // 100)


def test_a_typed_cost_of_accommodation_stands_beside_the_contracts(session, there):
    costs = [Cost(CostKind.ACCOMMODATION, 5)]

    parts = figures(session, taken(session, ReportKind.RUNNING, INTERIM, costs=costs))

    assert [one["kronor"] for one in parts[COUNTRY]["costs"]] == [5]


def test_opening_and_the_nights_since_are_the_closing_figures(session, there):
    slept(session, there, FIRST, INTERIM, 200)
    opening = frozen_interim(session)
    slept(session, there, INTERIM + timedelta(1), LAST, 100)

    made = taken(session, ReportKind.FINAL, LAST, opening_id=opening)

    parts = figures(session, made)
    country = parts[COUNTRY]["contracts"]
    since = country["since"]["whole_ore"]
    assert since == {"opening": 31 * 14 * PRICE, "changes": 31 * 14 * PRICE}
    assert country["whole_ore"] == 62 * 14 * PRICE
    assert differences(parts) == []
    told = written.written(*reading.whole(session, made, actor=agency()))
    assert "Platser enligt avtal" in written.html(told)
    assert written.workbook(told)


def test_nights_corrected_after_the_interim_report_do_not_go_up_until_somebody_says_why(
    session, there
):
    slept(session, there, FIRST, INTERIM, 200)
    opening = frozen_interim(session)
    slept(session, there, FIRST, INTERIM, 190)
    made = taken(session, ReportKind.FINAL, LAST, opening_id=opening)

    found = differences(figures(session, made))

    assert [(one.what, one.number, one.missing) for one in found] == [
        ("empty_ore", COUNTRY, 10 * PRICE),
        ("empty_ore", "17", 10 * PRICE),
    ]
    with pytest.raises(NotReconciled):
        reports.freeze(session, made, version=1, actor=agency(), at=AT)
