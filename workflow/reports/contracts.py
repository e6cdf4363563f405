"""What places under contract have cost until a day: committed, used, empty; by county and country.

Reckoned from call-offs and recorded nights, in öre; `ahead_ore` is committed after the day. A final
report tells where the interim one ended and what the nights since have cost: where that is not what
it comes to now, something of the time before was corrected, and the row does not go up.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from workflow.accommodation.costs import Cost, costs
from workflow.kernel.actor import SYSTEM
from workflow.reports.states import COUNTRY

#: Before any call-off there may be.
_BEGINNING: Final = date(1990, 1, 1)
#: After the last night of any contract.
_END: Final = date(2200, 1, 1)
#: What a final report holds against the interim one.
RECONCILED: Final = ("whole_ore", "empty_ore")

Figures = dict[str, Any]


def take(
    session: Session, day: date, *, opening: Mapping[str, Figures] | None
) -> dict[str, Figures]:
    """By county, and of the country (`00`); nothing where nothing was called off.

    Args:
        opening: the parts of the interim report a final one goes on from.
    """
    closing = _by_county(session, _BEGINNING, day)
    ahead = _by_county(session, day + timedelta(days=1), _END)
    told = {
        code: _figures(closing.get(code, Cost()))
        | {"ahead_ore": ahead.get(code, Cost()).committed_ore}
        for code in sorted(closing.keys() | ahead.keys())
    }
    if opening is None:
        return told
    began = date.fromisoformat(opening[COUNTRY]["day"])
    since = _by_county(session, began + timedelta(days=1), day)
    for code in told.keys() | {code for code, part in opening.items() if part.get("contracts")}:
        before = (opening[code].get("contracts") or {}) if code in opening else {}
        changes = _figures(since.get(code, Cost()))
        told.setdefault(code, _figures(Cost()) | {"ahead_ore": 0})["since"] = {
            name: {"opening": before.get(name, 0), "changes": changes[name]} for name in RECONCILED
        }
    return told


def _by_county(session: Session, since: date, until: date) -> dict[str, Cost]:
    found = costs(session, since, until, actor=SYSTEM)
    sums = dict(found.by(lambda one: one.municipality.county))
    return {**sums, COUNTRY: found.whole} if sums else {}


def _figures(cost: Cost) -> Figures:
    return {
        "place_nights": cost.nights.there,
        "known": cost.nights.known,
        "used": cost.nights.used,
        "empty": cost.nights.empty,
        "committed_ore": cost.committed_ore,
        "when_used_ore": cost.when_used_ore,
        "meals_ore": cost.meals_ore,
        "empty_ore": cost.empty_ore,
        "whole_ore": cost.whole_ore,
    }


def kronor(figures: Figures) -> int:
    """All of it in whole kronor, half a krona up."""
    whole: int = figures["whole_ore"]
    return (whole + 50) // 100
