"""The municipalities of a reform: those that end, and those that come after them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.alphabet import sort_key
from workflow.municipalities.errors import MunicipalityEnded, NumberTaken
from workflow.municipalities.models import Airport, Municipality, MunicipalityName
from workflow.municipalities.register import (
    BETWEEN_NAMES,
    AirportRow,
    is_municipality_number,
    is_organisation_number,
    nearest_airports,
)
from workflow.municipalities.states import LetterLanguage
from workflow.reforms.errors import ReformTooEarly
from workflow.reforms.models import Reform, ReformParty
from workflow.reforms.states import ReformKind, Side


@dataclass(frozen=True, slots=True)
class NewMunicipality:
    """A municipality that begins with the reform.

    What is left out comes from the predecessors: position and airports from the first of them.
    """

    number: str
    official_name: str
    county: str
    #: One of the official names; by default the last.
    norwegian_name: str | None = None
    sami_name: str | None = None
    organisation_number: str | None = None
    #: Degrees; both or none.
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    #: By default as any predecessor.
    sami_area: bool | None = None
    #: By default theirs if they agree, else neutral.
    letter_language: LetterLanguage | None = None

    def check(self, pointer: str) -> None:
        """Raises Invalid at what is wrong; `pointer` is where it stands in the input."""
        names = self.official_name.split(BETWEEN_NAMES)
        rules = (
            ("number", is_municipality_number(self.number), "four digits, like 0301"),
            ("official_name", all(name.strip() for name in names), "a name"),
            ("county", self.county.strip(), "a name"),
            ("norwegian_name", self.norwegian_name in {None, *names}, "one of the official names"),
            ("sami_name", self.sami_name in {None, *names}, "one of the official names"),
            (
                "organisation_number",
                self.organisation_number is None
                or is_organisation_number(self.organisation_number),
                "nine digits with a right check digit",
            ),
            (
                "latitude",
                (self.latitude is None) == (self.longitude is None),
                "a whole position or none",
            ),
        )
        for name, right, expected in rules:
            if not right:
                raise Invalid(
                    f"{name} is {getattr(self, name)!r}",
                    pointer=f"{pointer}/{name}",
                    expected=expected,
                )


def locked(session: Session, municipality_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The municipalities, locked before any case; two reforms of one wait for each other.

    Raises:
        NotFound: one of them is not there.
    """
    rows = session.execute(
        select(*Municipality.__table__.c)
        .where(Municipality.id.in_(municipality_ids))
        .order_by(Municipality.id)
        .with_for_update(key_share=True)  # what points to them goes on
    )
    found = {row.id: row for row in rows}
    if set(municipality_ids) - found.keys():
        raise NotFound("municipality")
    return found


def must_exist(municipality: Row[Any], on: date, *, before: bool) -> None:
    """It exists on the day, and `before` it, if it is to end.

    Raises:
        MunicipalityEnded, ReformTooEarly.
    """
    name = municipality.official_name
    if municipality.valid_to is not None:
        raise MunicipalityEnded(municipality=name, ended_on=municipality.valid_to)
    if municipality.valid_from > on or (before and municipality.valid_from == on):
        raise ReformTooEarly(municipality=name, valid_from=municipality.valid_from, on=on)


def end(session: Session, municipality_ids: Sequence[int], on: date) -> None:
    """The municipalities exist until the day before; their last period is closed."""
    names, there = MunicipalityName, Municipality
    session.execute(
        update(names)
        .where(names.municipality_id.in_(municipality_ids), names.valid_to.is_(None))
        .values(valid_to=on)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(there)
        .where(there.id.in_(municipality_ids))
        .values(valid_to=on)
        .execution_options(synchronize_session=False)
    )


def point_to(session: Session, municipality_ids: Sequence[int], successor_id: int) -> None:
    session.execute(
        update(Municipality)
        .where(Municipality.id.in_(municipality_ids))
        .values(successor_id=successor_id)
        .execution_options(synchronize_session=False)
    )


def establish(
    session: Session, new: NewMunicipality, predecessors: Sequence[Row[Any]], on: date
) -> int:
    """A new municipality, after its predecessors have ended; returns its id.

    Raises:
        NumberTaken: another has its number on that day or later.
    """
    _must_be_free(session, new.number, on)
    period = {
        "number": new.number,
        "official_name": new.official_name,
        "norwegian_name": new.norwegian_name or new.official_name.split(BETWEEN_NAMES)[-1],
        "sami_name": new.sami_name,
        "county": new.county,
        "valid_from": on,
    }
    municipality_id: int = session.execute(
        insert(Municipality).returning(Municipality.id),
        period
        | _position(session, new, predecessors[0])
        | {
            "sort_key": sort_key(new.official_name),
            "organisation_number": new.organisation_number,
            "sami_area": any(one.sami_area for one in predecessors)
            if new.sami_area is None
            else new.sami_area,
            "letter_language": new.letter_language or _their_language(predecessors),
        },
    ).scalar_one()
    session.execute(insert(MunicipalityName), period | {"municipality_id": municipality_id})
    return municipality_id


def record(
    session: Session,
    kind: ReformKind,
    on: date,
    *,
    predecessors: dict[int, list[dict[str, Any]]],
    successors: Sequence[int],
    actor: Actor,
    at: datetime,
) -> int:
    """Write the reform and who took part; the predecessors with their places until then."""
    reform_id: int = session.execute(
        insert(Reform).returning(Reform.id),
        {"kind": kind, "on_day": on, "at": at, "actor": actor.name},
    ).scalar_one()
    sides: list[tuple[int, Side, list[dict[str, Any]]]] = [
        *((one, Side.PREDECESSOR, places) for one, places in predecessors.items()),
        *((one, Side.SUCCESSOR, []) for one in successors),
    ]
    session.execute(
        insert(ReformParty),
        [
            {"reform_id": reform_id, "municipality_id": one, "side": side, "places": places}
            for one, side, places in sides
        ],
    )
    told = {"kind": kind, "on": on, "predecessors": sorted(predecessors), "successors": successors}
    changes = [
        audit.Change(audit.subject(audit.Kind.REFORM, reform_id), after=told),
        *(
            audit.Change(
                audit.subject(audit.Kind.MUNICIPALITY, one),
                after={"reform_id": reform_id, "side": side, "on": on},
            )
            for one, side, _ in sides
        ),
    ]
    audit.record_all(session, changes, kind, actor=actor, at=at)
    return reform_id


def _must_be_free(session: Session, number: str, on: date) -> None:
    name = MunicipalityName
    holder = session.scalar(
        select(name.official_name)
        .where(name.number == number, or_(name.valid_to.is_(None), name.valid_to > on))
        .limit(1)
    )
    if holder is not None:
        raise NumberTaken(number=number, municipality=holder)


def _position(session: Session, new: NewMunicipality, first: Row[Any]) -> dict[str, Any]:
    """Where it lies and the airports near it."""
    if new.latitude is None or new.longitude is None:
        names = (
            "latitude",
            "longitude",
            "nearest_airport",
            "nearest_airport_km",
            "second_airport",
            "second_airport_km",
            "preferred_airport",
        )
        return {name: getattr(first, name) for name in names}
    columns = [getattr(Airport, name) for name in AirportRow.__dataclass_fields__]
    airports = [AirportRow(*row) for row in session.execute(select(*columns))]
    near = nearest_airports(new.latitude, new.longitude, airports)
    position: dict[str, Any] = {"latitude": new.latitude, "longitude": new.longitude}
    for which, (airport, km) in zip(("nearest", "second"), near, strict=False):
        position |= {f"{which}_airport": airport.iata, f"{which}_airport_km": km}
    return position


def _their_language(predecessors: Sequence[Row[Any]]) -> LetterLanguage:
    languages = {one.letter_language for one in predecessors}
    return languages.pop() if len(languages) == 1 else LetterLanguage.NEUTRAL
