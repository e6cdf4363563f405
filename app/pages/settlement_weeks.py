"""The settlement weeks a form offers for a case."""

from datetime import date, timedelta
from typing import Final

from workflow.cases.details import CaseSeen
from workflow.cases.states import Group
from workflow.kernel.weeks import Week

#: Where no permit ends them; and however long it lasts.
WEEKS_AHEAD: Final = 40
MOST_WEEKS: Final = 104


def to_choose(case: CaseSeen, today: date) -> list[Week]:
    """The weeks the rules allow: not begun, not over before entry, begun before the permit ends."""
    first = Week.of(today + timedelta(weeks=1))
    until = first.monday + timedelta(weeks=WEEKS_AHEAD)
    if case.group is Group.RESETTLEMENT:
        if case.entry.from_on is not None:
            first = max(first, Week.of(case.entry.from_on))
        if case.entry.permit_expires_on is not None:
            until = case.entry.permit_expires_on
    if first.monday > until:
        return []
    many = min((until - first.monday).days // 7 + 1, MOST_WEEKS)
    return [Week.of(first.monday + timedelta(weeks=ahead)) for ahead in range(many)]
