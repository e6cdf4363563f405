"""Entry permits that are about to run out, in a run."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from tests.factories import ENTRY, TODAY, a_municipality
from tests.workflow.redistribution.withdrawn import lines, preview, withdrawn


def test_a_run_leaves_out_a_case_no_municipality_could_say_yes_to(session: Session) -> None:
    here = a_municipality(session, decided=9)
    in_time = withdrawn(session, here)
    this_week = replace(ENTRY, permit_expires_on=TODAY + timedelta(days=3))
    too_late = withdrawn(session, here, entry=this_week)

    told = lines(session, preview(session, [in_time, too_late]))

    assert {case: line.code for case, line in told.items()} == {
        in_time: None,
        too_late: "entry.permit_expired",
    }
