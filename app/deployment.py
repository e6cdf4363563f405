"""Which country a database is for: said when it is set up, and held to from then on."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.acting import SYSTEM, VISITOR
from app.db import Sessions, reading, transaction
from app.errors import CannotStart
from app.models import Deployment
from workflow.kernel.country import Country

NAMES = {Country.NORWAY: "Norway", Country.SWEDEN: "Sweden"}


def country_of(session: Session) -> Country | None:
    """None: nobody has said yet."""
    return session.scalar(select(Deployment.country))


def country_there(sessions: Sessions) -> Country | None:
    with reading(sessions, VISITOR) as session:
        return country_of(session)


def say(session: Session, country: Country, *, at: datetime) -> None:
    """Say which country the database is for; nothing where somebody has."""
    session.execute(insert(Deployment).values(country=country, at=at).on_conflict_do_nothing())


def set_up(sessions: Sessions, country: Country, *, at: datetime) -> None:
    """Say which country the database is for, where nobody has.

    Raises:
        CannotStart: it is for another one.
    """
    if country_there(sessions) is None:
        with transaction(sessions, SYSTEM) as session:
            say(session, country, at=at)
    there = country_there(sessions)
    if there is not None and there is not country:
        raise CannotStart(
            f"This database is a deployment for {NAMES[there]}: start with"
            f" BOSETTING_COUNTRY={there}, or name another database."
        )
