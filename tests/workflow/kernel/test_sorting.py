"""Every list that sorts by its columns: both ways, and page by page as in one."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, asked, lead, placed, udi, writer
from workflow.capacity.commands import Cause, YearChange, register_year
from workflow.capacity.states import Pool
from workflow.cases import distributions
from workflow.kernel.paging import Page
from workflow.letters import queries as letters
from workflow.letters.requests import write_requests
from workflow.redistribution import awaiting, queries, withdrawal_runs
from workflow.travel import worklists

Listing = Callable[..., Page[Any]]
THEN = NOW + timedelta(days=9)


def in_pages(page_of: Listing, sort: str, limit: int) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = page_of(sort=sort, limit=limit, after=cursor)
        found += page.items
        if (cursor := page.next) is None:
            return found


@pytest.mark.trial
def test_every_list_agrees_with_its_pages_in_every_order(session: Session) -> None:
    here = a_municipality(session, name="Ås", decided=40)
    there = a_municipality(session, name="Asker", decided=40)
    for municipality, persons in ((here, 2), (there, 5), (here, 2)):
        asked(session, a_case(session, persons=persons), municipality)
        placed(session, a_case(session, persons=persons), municipality)
    for before in (NOW, THEN):
        withdrawal_runs.preview(
            session,
            before=before.date(),
            reason="x",
            legal_ground="conditions_failed",
            actor=lead(),
            at=THEN,
        )
    for municipality in (here, there):
        register_year(
            session,
            municipality_id=municipality,
            year=2020,
            pool=Pool.ORDINARY,
            change=YearChange(adjusted_request=30),
            cause=Cause(lead(), THEN),
            on=THEN.date(),
        )
    write_requests(session, 2020, window=timedelta(minutes=5), actor=lead(), at=THEN)
    lists: list[tuple[Any, Listing]] = [
        (
            distributions.SORTS,
            lambda **given: distributions.distributions(session, actor=lead(), **given),
        ),
        (
            distributions.SORTS,
            lambda **given: distributions.distributions(session, actor=writer(here), **given),
        ),
        (queries.RUN_COLUMNS, lambda **given: queries.runs(session, actor=lead(), **given)),
        (awaiting.COLUMNS, lambda **given: awaiting.approvals(session, actor=lead(), **given)),
        (letters.COLUMNS, lambda **given: letters.letters(session, actor=lead(), **given)),
        (
            worklists.QUEUE_COLUMNS,
            lambda **given: worklists.queue(session, actor=udi(), at=THEN, **given),
        ),
    ]

    for columns, page_of in lists:
        unsorted = in_pages(page_of, "", 50)
        for column, way in product(columns, ("", "-")):
            whole = in_pages(page_of, f"{way}{column}", 50)
            assert in_pages(page_of, f"{way}{column}", 2) == whole, column
            assert len(whole) == len(unsorted)

    by_persons = in_pages(lists[0][1], "-persons", 50)
    assert [one.persons_count for one in by_persons] == [5, 5, 2, 2, 2, 2]
    by_name = in_pages(lists[5][1], "municipality", 50)
    assert [one.municipality_name for one in by_name] == ["Asker", "Ås", "Ås"]
