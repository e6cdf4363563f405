"""What municipalities say beside their places: weeks, services, kinds of households, pauses."""

from datetime import date

from sqlalchemy.orm import Session

from tests.factories import NOW, a_municipality, officer, writer
from tests.journeys.stage import THEN, Stage, Stages, number
from workflow.capacity import kind_limits, pauses
from workflow.capacity.kind_limits import NewLimit
from workflow.capacity.states import HouseholdKind

STAGES = Stages()


@STAGES.of("planWeeks")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    body = {"weeks": [{"week": "2020-W30", "persons": 12}]}
    at = {"number": number(session, here)}
    return Stage(writer(here), "/municipalities/{number}/weeks", at, body)


@STAGES.of("setServices")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    services = [
        {"service": "specialist_health", "minutes": 35},
        {"service": "language", "language": "tigrinja"},
    ]
    at = {"number": number(session, here)}
    return Stage(writer(here), "/municipalities/{number}/services", at, {"services": services})


def a_limit(session: Session, municipality_id: int) -> int:
    new = NewLimit(
        HouseholdKind.LARGE_FAMILY, 0, THEN.date(), date(2020, 12, 31), "Ingen store boliger"
    )
    actor = writer(municipality_id)
    return kind_limits.state_limit(session, municipality_id, new, actor=actor, at=NOW)


@STAGES.of("stateKindLimit")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    body = {
        "kind": "single_parent",
        "most": 2,
        "from_on": "2020-06-01",
        "until_on": "2020-12-31",
        "reason": "Få plasser i barnehagen",
    }
    at = {"number": number(session, here)}
    return Stage(writer(here), "/municipalities/{number}/household-kinds", at, body)


@STAGES.of("answerKindLimit")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    at = {"number": number(session, here), "limit_id": a_limit(session, here)}
    path = "/municipalities/{number}/household-kinds/{limit_id}/answer"
    body = {"confirmed": False, "reason": "Kommunen har meldt inn store boliger"}
    return Stage(officer(), path, at, body)


@STAGES.of("endKindLimit")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    at = {"number": number(session, here), "limit_id": a_limit(session, here)}
    return Stage(writer(here), "/municipalities/{number}/household-kinds/{limit_id}/end", at)


def a_pause(session: Session, municipality_id: int) -> int:
    return pauses.ask(
        session,
        municipality_id,
        from_on=THEN.date(),
        until_on=None,
        reason="Få tolker",
        actor=writer(municipality_id),
        at=NOW,
    )


@STAGES.of("askForPause")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    body = {"from_on": "2020-06-01", "until_on": "2020-08-31", "reason": "Få tolker i sommer"}
    at = {"number": number(session, here)}
    return Stage(writer(here), "/municipalities/{number}/pauses", at, body)


@STAGES.of("endPause")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    at = {"number": number(session, here), "pause_id": a_pause(session, here)}
    return Stage(writer(here), "/municipalities/{number}/pauses/{pause_id}/end", at)
