"""`/monster`: every macro once, with invented data, for those who write pages and for the tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from fastapi import APIRouter, Request, Response

from app.one_thread import InOneThread
from app.rendering import page
from workflow.cases.states import CaseState
from workflow.kernel.weeks import Week

router = APIRouter(include_in_schema=False, route_class=InOneThread)


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    number: str
    name: str
    decided: int | None
    settled: int
    held: int
    adjusted: int

    @property
    def free(self) -> int:
        return max(0, (self.decided or 0) - self.settled - self.held)

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.free, self.decided) if self.decided else None


MUNICIPALITIES = (
    _Row("5006", "Steinkjer", 20, 6, 4, 13),
    _Row("5437", "Guovdageaidnu / Kautokeino", 10, 0, 5, 10),
    _Row("1103", "Stavanger", 110, 37, 41, 72),
    _Row("5035", "Stjørdal", 28, 27, 5, 22),
    _Row("0301", "Oslo", 137, 90, 39, 138),
    _Row("3818", "Tinn", None, 0, 0, 10),
)
CASES = (
    ("2020-000184", CaseState.DISTRIBUTED, 5, "Steinkjer", date(2020, 3, 19), None),
    ("2020-000191", CaseState.TRAVEL_BOOKED, 3, "Stavanger", None, Week(2020, 24)),
    ("2020-000207", CaseState.WITHDRAWN, 7, None, None, None),
    ("2020-000212", CaseState.SETTLED, 1, "Guovdageaidnu / Kautokeino", None, Week(2020, 9)),
)
FOLLOWING = (
    {"rank": 2, "municipality": "Bodø", "unused_share": Fraction(5, 11), "free": 30},
    {"rank": 3, "municipality": "Alta", "unused_share": Fraction(2, 5), "free": 12},
    {"rank": 4, "municipality": "Molde", "unused_share": Fraction(3, 8), "free": 9},
)
HISTORY = (
    (datetime(2020, 4, 22, 8, 30, tzinfo=UTC), "redistribute", "Kari Nordmann", "info"),
    (datetime(2020, 3, 13, 12, 5, tzinfo=UTC), "withdraw", "Ola Hansen", "warning"),
    (datetime(2020, 2, 26, 13, 12, tzinfo=UTC), "accept", "Lise Berg", None),
)


@router.get("/monster")
def patterns(request: Request) -> Response:
    return page(
        request,
        "monster.html",
        states=tuple(CaseState),
        municipalities=MUNICIPALITIES,
        cases=CASES,
        sort=request.query_params.get("sort", "-share"),
        history=HISTORY,
        following=FOLLOWING,
        weeks=tuple(Week(2020, number) for number in range(21, 29)),
        refusals={
            "redistribute": _Refusal("entry.not_possible", {"entry_status": "unknown"}),
            "distribute": _Refusal(
                "places.none_free", {"municipality": "5006", "year": 2020, "persons": 5, "free": 3}
            ),
        },
    )
