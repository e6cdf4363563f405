"""Questions of what would follow from other figures: calculated, shown, and kept under a name.

Nothing here writes to anything but the list of kept questions.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Airport, Municipality
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.redistribution.gathering import brought
from workflow.redistribution.intention import without_scores
from workflow.redistribution.models import WhatIf
from workflow.redistribution.planned import outcome_of, plan_run
from workflow.redistribution.recorded import Basis
from workflow.redistribution.rules import planning_in_force
from workflow.redistribution.simulating import difference
from workflow.redistribution.standing import declined_by, municipalities, to_place
from workflow.redistribution.what_if import (
    HIGHEST,
    LOWEST,
    Asked,
    Changes,
    Figures,
    changed_standings,
    figures_of,
    without_airports,
)
from workflow.travel.models import Booking
from workflow.travel.states import BookingState

#: No municipality is asked about by more places than this.
MOST_PLACES: Final = 10_000
LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: other figures, and another cut-off of a withdrawal."""

    changes: Changes
    #: Every resettlement case asked for before this day would be withdrawn; None: none is.
    before: date | None = None

    def to_mapping(self) -> dict[str, Any]:
        before = None if self.before is None else self.before.isoformat()
        return self.changes.to_mapping() | {"before": before}


def question_from(written: Mapping[str, Any]) -> Question:
    """What `Question.to_mapping` writes."""
    part = written["per_cent"]
    return Question(
        Changes(
            None if part is None else Fraction(part),
            written["least"],
            written["decisions_follow"],
            written["more_places"],
            frozenset(written["airports_closed"]),
        ),
        None if written["before"] is None else date.fromisoformat(written["before"]),
    )


@dataclass(frozen=True, slots=True)
class WhatIfSeen:
    id: UUID
    name: str
    year: int
    changes: dict[str, Any] = field(hash=False)
    outcome: dict[str, Any] = field(hash=False)
    actor: str
    at: datetime

    @property
    def question(self) -> Question:
        return question_from(self.changes)


def calculate(session: Session, asked: Question, *, actor: Actor, at: datetime) -> dict[str, Any]:
    """What would follow, as JSON keeps it; nothing is changed.

    Raises:
        NotAllowed: others plan nothing. Invalid: no such municipality or airport, or beyond bounds.
    """
    if actor.role not in READS_ALL_CASES:
        raise NotAllowed("plans are IMDi's", role=actor.role)
    today = local_day(at)
    rows = _municipalities(session, today.year)
    _refuse_unknown(session, asked, {one.municipality_number for one, _ in rows}, today)
    figures = figures_of([one for one, _ in rows], asked.changes)
    cut_off = withdrawal_runs.reach(session, asked.before) if asked.before else None
    return {
        "year": today.year,
        "requests": _requests(figures, asked.changes),
        "municipalities": [asdict(one) for one in figures if one.changed],
        "cut_off": None if cut_off is None else cut_off.counts,
        "airports": _airports(session, asked.changes.airports_closed, dict(_airport_of(rows))),
        "plan": _plan(
            session,
            asked,
            figures,
            {} if cut_off is None else cut_off.freed,
            dict(_airport_of(rows)),
            actor=actor,
            at=at,
        ),
    }


def keep(session: Session, name: str, asked: Question, *, actor: Actor, at: datetime) -> UUID:
    """Keep a question and what it comes to now, for those who plan to open by its address.

    Raises:
        NotAllowed: who audits keeps nothing. Invalid: no name, and see `calculate`.
    """
    if actor.role not in DIRECTORATE:
        raise NotAllowed("plans are IMDi's", role=actor.role)
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid("no name", pointer="/name", expected=f"1 to {LONGEST_NAME} signs")
    outcome = calculate(session, asked, actor=actor, at=at)
    made: UUID = session.execute(
        insert(WhatIf)
        .values(
            name=name,
            year=outcome["year"],
            changes=asked.to_mapping(),
            outcome=outcome,
            actor=actor.name,
            at=at,
        )
        .returning(WhatIf.id)
    ).scalar_one()
    change = audit.Change(
        audit.subject(audit.Kind.SETTING, "what_if", made), after=asked.to_mapping()
    )
    audit.record(session, change, "keep_what_if", actor=actor, at=at)
    return made


def kept(session: Session, *, actor: Actor) -> list[WhatIfSeen]:
    """Every kept question, the newest first.

    Raises:
        NotFound: they are for those who plan, and for who audits them.
    """
    if actor.role not in READS_ALL_CASES:
        raise NotFound("what_if")
    rows = session.execute(select(*_SEEN).order_by(WhatIf.at.desc(), WhatIf.id))
    return [WhatIfSeen(*row) for row in rows]


def one(session: Session, what_if_id: UUID, *, actor: Actor) -> WhatIfSeen:
    """Raises NotFound."""
    if actor.role not in READS_ALL_CASES:
        raise NotFound("what_if")
    row = session.execute(select(*_SEEN).where(WhatIf.id == what_if_id)).one_or_none()
    if row is None:
        raise NotFound("what_if")
    return WhatIfSeen(*row)


_SEEN = (
    WhatIf.id,
    WhatIf.name,
    WhatIf.year,
    WhatIf.changes,
    WhatIf.outcome,
    WhatIf.actor,
    WhatIf.at,
)


def _municipalities(session: Session, year: int) -> list[tuple[Asked, str | None]]:
    """Living municipalities with their ordinary places of the year, and their airport."""
    rows = session.execute(
        select(
            Municipality.number,
            func.coalesce(Municipality.preferred_airport, Municipality.nearest_airport).label(
                "airport"
            ),
            PlaceAccount.original_request,
            func.coalesce(PlaceAccount.adjusted_request, PlaceAccount.original_request).label(
                "request"
            ),
            PlaceAccount.decided_places,
            func.coalesce(PlaceAccount.extra_places, 0).label("extra"),
            func.coalesce(PlaceAccount.held + PlaceAccount.settled, 0).label("used"),
        )
        .outerjoin(
            PlaceAccount,
            (PlaceAccount.municipality_id == Municipality.id)
            & (PlaceAccount.year == year)
            & (PlaceAccount.pool == Pool.ORDINARY),
        )
        .where(Municipality.valid_to.is_(None))
        .order_by(Municipality.number)
    )
    return [
        (
            Asked(
                row.number,
                row.original_request,
                row.request,
                row.decided_places,
                row.extra,
                row.used,
            ),
            row.airport,
        )
        for row in rows
    ]


def _airport_of(rows: list[tuple[Asked, str | None]]) -> list[tuple[str, str | None]]:
    return [(one.municipality_number, airport) for one, airport in rows]


def _refuse_unknown(session: Session, asked: Question, numbers: set[str], today: date) -> None:
    changes = asked.changes
    if changes.per_cent is not None and not LOWEST <= changes.per_cent <= HIGHEST:
        raise Invalid(
            "beyond bounds", pointer="/per_cent", expected=f"{LOWEST} to {HIGHEST} per cent"
        )
    if not 0 <= changes.least <= MOST_PLACES:
        raise Invalid("beyond bounds", pointer="/least", expected=f"0 to {MOST_PLACES}")
    for number, more in changes.more_places.items():
        if number not in numbers:
            raise Invalid(
                "no such municipality", pointer="/more_places", expected="a number of today"
            )
        if not -MOST_PLACES <= more <= MOST_PLACES:
            raise Invalid("beyond bounds", pointer="/more_places", expected=f"±{MOST_PLACES}")
    known = set(session.scalars(select(Airport.iata)))
    if not changes.airports_closed <= known:
        raise Invalid("no such airport", pointer="/airports_closed", expected="IATA codes")
    if asked.before is not None and asked.before > withdrawal_runs.latest_cut_off(today):
        latest = withdrawal_runs.latest_cut_off(today)
        raise Invalid("the cut-off lies in the future", pointer="/before", expected=f"{latest}")


def _requests(figures: list[Figures], changes: Changes) -> dict[str, Any]:
    asked = [one for one in figures if one.request_now is not None]
    return {
        "municipalities": len(asked),
        "now": sum(one.request_now or 0 for one in asked),
        "then": sum(one.request_then or 0 for one in asked),
        "changed": sum(one.request_now != one.request_then for one in asked),
        "at_least": sum(
            changes.per_cent is not None and one.request_then == changes.least for one in asked
        ),
        "places_now": sum(one.places_now or 0 for one in figures),
        "places_then": sum(one.places_then or 0 for one in figures),
        "overrun": sum(one.overrun > 0 for one in figures),
    }


def _airports(
    session: Session, closed: frozenset[str], airport_of: Mapping[str, str | None]
) -> dict[str, Any] | None:
    """Whom a closed airport concerns: municipalities it is nearest to, journeys booked to it."""
    if not closed:
        return None
    booked = session.scalar(
        select(func.count()).where(
            Booking.state == BookingState.BOOKED, Booking.arrival_airport.in_(closed)
        )
    )
    return {
        "municipalities": sum(airport in closed for airport in airport_of.values()),
        "booked": booked or 0,
    }


def _plan(
    session: Session,
    asked: Question,
    figures: list[Figures],
    freed: Mapping[tuple[str, str], int],
    airport_of: Mapping[str, str | None],
    *,
    actor: Actor,
    at: datetime,
) -> dict[str, Any]:
    """Where the cases that are ready would go now, and then, by the rule set in force."""
    today = local_day(at)
    rules = planning_in_force(session, today)
    register = municipalities(session, year=today.year, on=today)
    cases = redistribution_runs.ready(session, actor=actor)
    declined = declined_by(session, [case.id for case in cases], register.number_of)
    to_plan = [to_place(one, register.number_of, declined.get(one.id, {})) for one in cases]
    if rules.method == "score":  # scores are a run's, not a question's
        rules = without_scores(rules)
    brings = brought(session, cases, on=today)
    now = Basis(today, tuple(to_plan), tuple(register.standings), brought=brings)
    then = Basis(
        today,
        tuple(without_airports(to_plan, asked.changes.airports_closed, airport_of)),
        tuple(changed_standings(register.standings, figures, freed)),
        brought=brings,
    )
    before, after = plan_run(rules, now), plan_run(rules, then)
    return {
        "cases": len(cases),
        "persons": sum(case.persons_count for case in cases),
        "now": before.outcome or outcome_of(rules, now),
        "then": after.outcome or outcome_of(rules, then),
        **difference(before, after, {case.case_number: case.persons_count for case in cases}),
        "unplaced": dict(
            Counter(line.code for line in after.lines if line.code is not None).most_common()
        ),
    }
