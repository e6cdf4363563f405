"""What a Swedish deployment changes of procurement, beside everything else it changes."""

from sqlalchemy.orm import Session

from tests.accommodation import an_object, an_offer
from tests.journeys.stage import Stage, Stages
from tests.journeys.stages_of_sweden import a_year
from tests.swedish import agency

STAGES = Stages()


@STAGES.of("keepPlan")
def _(session: Session) -> Stage:
    year = a_year(session)
    an_offer(session, an_object(session, "1784"), price_ore=10)
    body = {
        "title": "Platser i juli",
        "year": year,
        "on": "2022-07-01",
        "beds": 1,
        "location_ore": 50,
        "evenness_ore": 100,
        "occupancy": 90,
        "measure": "deviations_share",
        "meals": False,
        "chosen": None,
        "reason": "Närmast skolan",
        "inputs_sha256": None,
    }
    return Stage(agency(), "/procurement/plans", body=body)
