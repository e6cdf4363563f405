"""Which municipalities and airports there are. The register is public: every actor reads it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.municipalities.alphabet import sort_key
from workflow.municipalities.models import Airport, Municipality, MunicipalityName
from workflow.municipalities.states import LetterLanguage


@dataclass(frozen=True, slots=True)
class MunicipalitySeen:
    """A municipality under the name and number of its last period."""

    id: int
    number: str
    official_name: str
    norwegian_name: str
    sami_name: str | None
    county: str
    organisation_number: str | None
    sami_area: bool
    letter_language: LetterLanguage
    #: Computed in a straight line; kilometres.
    nearest_airport: str | None
    nearest_airport_km: int | None
    second_airport: str | None
    second_airport_km: int | None
    #: Set by people who know the roads.
    preferred_airport: str | None
    latitude: float | None
    longitude: float | None
    valid_from: date
    valid_to: date | None
    successor_id: int | None

    @property
    def arrival_airport(self) -> str | None:
        return self.preferred_airport or self.nearest_airport


@dataclass(frozen=True, slots=True)
class AirportSeen:
    iata: str
    icao: str
    name: str
    scheduled: bool


def in_force(on: date) -> ColumnElement[bool]:
    """The municipalities that exist on a day."""
    return and_(
        Municipality.valid_from <= on,
        or_(Municipality.valid_to.is_(None), Municipality.valid_to > on),
    )


def by_id(session: Session, municipality_id: int, *, actor: Actor) -> MunicipalitySeen:
    return _one(session, _SEEN.where(Municipality.id == municipality_id))


def by_number(session: Session, number: str, *, on: date, actor: Actor) -> MunicipalitySeen:
    """The municipality that has the number on a day, else who had it last before, else first after.

    Raises:
        NotFound: nobody ever had the number.
    """
    began = MunicipalityName.valid_from <= on
    has_it = and_(began, or_(MunicipalityName.valid_to.is_(None), MunicipalityName.valid_to > on))
    whose = (
        select(MunicipalityName.municipality_id)
        .where(MunicipalityName.number == number)
        .order_by(
            has_it.desc(),
            began.desc(),
            func.abs(MunicipalityName.valid_from - on),
            MunicipalityName.id,
        )
        .limit(1)
        .scalar_subquery()
    )
    return _one(session, _SEEN.where(Municipality.id == whose))


def by_organisation(
    session: Session, organisation_number: str, *, on: date, actor: Actor
) -> MunicipalitySeen:
    """The municipality of a day that is this organisation.

    Raises:
        NotFound: none is, or none is any longer.
    """
    mine = Municipality.organisation_number == organisation_number
    return _one(session, _SEEN.where(mine, in_force(on)))


def all_in_force(session: Session, *, on: date, actor: Actor) -> list[MunicipalitySeen]:
    """Every municipality of a day, in the order of the Norwegian alphabet."""
    rows = session.execute(
        _SEEN.where(in_force(on)).order_by(Municipality.sort_key, Municipality.number)
    )
    return [MunicipalitySeen(*row) for row in rows]


def search(
    session: Session, text: str, *, on: date, limit: int = 20, actor: Actor
) -> list[MunicipalitySeen]:
    """Municipalities of a day by number or by any name they have or had, Norwegian or Sami.

    Names that begin with the text come first, then those with a word that does, then the alphabet.
    """
    wanted = sort_key(text)
    if not wanted:
        return []
    names = session.execute(
        select(
            MunicipalityName.municipality_id,
            MunicipalityName.number,
            MunicipalityName.official_name,
        )
        .join(Municipality, Municipality.id == MunicipalityName.municipality_id)
        .where(in_force(on))
    )
    best: dict[int, int] = {}
    for municipality_id, number, name in names:
        if (rank := _fit(wanted, number, name)) is not None:
            best[municipality_id] = min(rank, best.get(municipality_id, rank))
    rows = session.execute(
        _SEEN.where(Municipality.id.in_(best)).order_by(Municipality.sort_key, Municipality.number)
    )
    found = [MunicipalitySeen(*row) for row in rows]
    return sorted(found, key=lambda municipality: best[municipality.id])[:limit]


def airports(session: Session, *, actor: Actor) -> list[AirportSeen]:
    """Every airport, by its three letters."""
    rows = session.execute(
        select(Airport.iata, Airport.icao, Airport.name, Airport.scheduled).order_by(Airport.iata)
    )
    return [AirportSeen(*row) for row in rows]


_SEEN: Select[*tuple[Any, ...]] = select(
    Municipality.id,
    Municipality.number,
    Municipality.official_name,
    Municipality.norwegian_name,
    Municipality.sami_name,
    Municipality.county,
    Municipality.organisation_number,
    Municipality.sami_area,
    Municipality.letter_language,
    Municipality.nearest_airport,
    Municipality.nearest_airport_km,
    Municipality.second_airport,
    Municipality.second_airport_km,
    Municipality.preferred_airport,
    Municipality.latitude,
    Municipality.longitude,
    Municipality.valid_from,
    Municipality.valid_to,
    Municipality.successor_id,
)


def _one(session: Session, statement: Select[*tuple[Any, ...]]) -> MunicipalitySeen:
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("municipality")
    return MunicipalitySeen(*row)


def _fit(wanted: str, number: str, name: str) -> int | None:
    """0 begins so, 1 a word of it does; None: it does not fit."""
    key = sort_key(name)
    if number.startswith(wanted) or key.startswith(wanted):
        return 0
    return 1 if any(word.startswith(wanted) for word in key.split()) else None
