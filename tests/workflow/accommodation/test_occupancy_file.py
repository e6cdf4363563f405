"""Used nights of many call-offs in one file: what is handed out is filled in and taken in."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import drawn, signed
from tests.swedish import NOW, agency, board
from workflow.accommodation import costs, occupancy, occupancy_file
from workflow.accommodation.errors import NotTheBuyer, OccupancyFileUnusable

JULY = date(2022, 7, 1), date(2022, 7, 31)
THEN = NOW + timedelta(days=45)


def test_what_is_handed_out_is_filled_in_and_recorded_till_yesterday(session: Session):
    there = [drawn(session, signed(session, number, 10)) for number in ("1780", "1784")]
    rows = occupancy_file.to_fill_in(session, *JULY, county="17", actor=agency(), at=THEN)
    assert [row[:4] for row in rows[1:]] == [
        [str(one), "2022-07-01", "2022-07-15", ""] for one in there
    ]

    rows[1][3] = "120"
    file = "\n".join(";".join(row) for row in rows).encode()
    lines = occupancy_file.take_in(session, file, "Listan", actor=agency(), at=THEN)

    assert lines == 1
    used = costs.costs(session, *JULY, actor=agency()).whole.nights
    assert (used.known, used.used) == (150, 120)
    with pytest.raises(NotTheBuyer):
        occupancy_file.take_in(session, file, "Listan", actor=board(), at=THEN)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{here},2022-07-01,2022-07-02,21", "2: not the nights there were"),
        ("{here},2022-07-01,2022-07-02,many", "2: place_nights: 'many'"),
        ("{here},July,2022-07-02,1", "2: since: 'July'"),
        ("mine,2022-07-01,2022-07-02,1", "2: call_off: 'mine'"),
        ("6f383be6-e557-4c81-ab42-6da9fdee39b3,2022-07-01,2022-07-02,1", "2: no such call-off"),
        ("{here},2022-07-01,2022-07-02,", "no lines with place-nights"),
        ("{here},2022-07-01", "2: 2 fields"),
    ],
)
def test_a_file_with_a_wrong_line_says_which(session: Session, line: str, told: str):
    here = drawn(session, signed(session, beds=10))
    file = "call_off,since,until,place_nights\n" + line.format(here=here)

    with pytest.raises(OccupancyFileUnusable) as refusal:
        occupancy_file.take_in(session, file.encode(), "Listan", actor=agency(), at=THEN)

    assert told in refusal.value.facts["problems"]
    assert occupancy.recorded(session, [here], actor=agency()) == []
