"""What municipalities bring to a plan: persons in each week, and services."""

from sqlalchemy.orm import Session

from tests.factories import a_municipality, writer
from tests.journeys.stage import Stage, Stages, number

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
