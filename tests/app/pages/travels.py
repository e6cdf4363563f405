"""Cases that travel, and UDI's forms."""

from app import db
from tests import factories
from tests.app.pages.conftest import SECRET_NAME, Site
from workflow.cases.models import Case
from workflow.cases.states import CaseState
from workflow.kernel.actor import Role

UDI = Role.TRAVEL_OFFICER
PLAN = {
    "arrival_airport": "TRD",
    "arrives_on": "09.06.2020",
    "arrives_clock": "13.05",
    "flight": "SK 336",
}


def new_case(site: Site, *, booked: bool = False) -> str:
    name = f"travels {len(site.cases)}"
    with db.transaction(site.database.sessions) as session:
        case = factories.a_case(session, name=SECRET_NAME)
        here = site.municipalities["Steinkjer"]
        factories.places(session, here, decided=40, extra=200)  # room for every test's case
        (factories.booked if booked else factories.placed)(session, case, here)
    site.cases[name] = case
    return name


def send(site: Site, name: str, action: str, role: Role = UDI, **fields):
    return site.visit(role).send(
        f"/reiser/{site.cases[name]}/{action}", {"version": site.version(name), **fields}
    )


def state(site: Site, name: str) -> CaseState:
    with db.reading(site.database.sessions) as session:
        return session.get_one(Case, site.cases[name]).state
