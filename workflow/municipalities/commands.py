"""Storing the register, and what municipalities and those who know the roads decide beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import Update, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import MUNICIPALITY, SYSTEM, Actor, Role
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.municipalities import changes
from workflow.municipalities.alphabet import sort_key
from workflow.municipalities.changes import Called, Change, Changes, Details, Known, Period
from workflow.municipalities.errors import (
    MunicipalityEnded,
    PreferredAirportUnknown,
    RegisterTooEarly,
)
from workflow.municipalities.events import MunicipalityEvent
from workflow.municipalities.models import Airport, Municipality, MunicipalityName
from workflow.municipalities.register import (
    SHIPPED_YEARS,
    AirportRow,
    MunicipalityRow,
    shipped_airports,
    shipped_register,
)
from workflow.municipalities.states import LetterLanguage

STORES_THE_REGISTER = frozenset({Role.LEAD, Role.SYSTEM})
KNOWS_THE_ROADS = frozenset({Role.LEAD, Role.TRAVEL_OFFICER})
#: One register is stored at a time; any number, the same in every process.
_ONE_AT_A_TIME = 0x6B6F6D6D


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """What storing a file did, and what of it was not done."""

    year: int
    changes: Changes
    airports_stored: int

    @property
    def renamed(self) -> list[Change]:
        """Called otherwise than before, in a new period or the same."""
        return [one for one in self.changes.changed if one.begins_period or one.corrects_period]

    @property
    def changed_nothing(self) -> bool:
        return not (self.changes.added or self.changes.changed or self.airports_stored)


def store_register(
    session: Session,
    rows: Sequence[MunicipalityRow],
    airports: Sequence[AirportRow],
    *,
    year: int,
    valid_from: date,
    actor: Actor,
    at: datetime,
) -> RegisterReport:
    """Store the municipalities of a year; the same file again changes nothing.

    A changed name, number or county begins a new period. A municipality that is not in the file
    stays and is reported: that it is no more is for a reform to say. The preferred airport stays,
    and the letter language unless the file says it.

    Raises:
        NotAllowed: the register is IMDi's lead's.
        RegisterTooEarly: the file is older than the first one stored.
    """
    if actor.role not in STORES_THE_REGISTER:
        raise NotAllowed("only IMDi's lead stores the register", role=actor.role)
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    known = _known(session)
    first = min((one.periods[0].valid_from for one in known), default=valid_from)
    if valid_from < first:
        raise RegisterTooEarly(valid_from=valid_from, begins_on=first)
    airports_stored = _store_airports(session, airports)
    found = changes.compare(rows, known, _all_airports(session), valid_from)
    _store_changed(session, found.changed, valid_from)
    _store_added(session, found.added, valid_from)
    report = RegisterReport(year, found, airports_stored)
    if not report.changed_nothing:
        facts = {"year": year, "added": len(found.added), "changed": len(found.changed)}
        renamed = [
            Event(
                MunicipalityEvent.RENAMED,
                municipality_id=one.known.id,
                facts={"from": one.before.number, "to": one.after.number, "year": year},
            )
            for one in report.renamed
        ]
        publish(session, Event(MunicipalityEvent.REGISTER_STORED, facts=facts), *renamed, at=at)
        _audit(session, report, actor=actor, at=at)
    return report


def ensure_shipped_register(session: Session, at: datetime) -> RegisterReport | None:
    """Store the register that comes with the program; None: there is one already."""
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    if session.scalar(select(exists(select(Municipality.id)))):
        return None
    return store_shipped_register(session, actor=SYSTEM, at=at)


def store_shipped_register(session: Session, *, actor: Actor, at: datetime) -> RegisterReport:
    """Store the latest register that comes with the program."""
    year = SHIPPED_YEARS[-1]
    return store_register(
        session,
        shipped_register(year),
        shipped_airports(),
        year=year,
        valid_from=date(year, 1, 1),
        actor=actor,
        at=at,
    )


def set_letter_language(
    session: Session,
    municipality_id: int,
    language: LetterLanguage,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """The municipality, or IMDi's lead, sets the language of letters to it (språklova § 13).

    Raises:
        NotFound: no such municipality, or not the actor's own.
        NotAllowed: the actor only reads. MunicipalityEnded.
    """
    if actor.is_municipality and actor.municipality_id != municipality_id:
        raise NotFound("municipality")
    if actor.role not in (MUNICIPALITY - {Role.MUNICIPALITY_READER}) | STORES_THE_REGISTER:
        raise NotAllowed(
            "the municipality and IMDi's lead set the language of letters", role=actor.role
        )
    _set(
        session,
        municipality_id,
        {"letter_language": language},
        Event(
            MunicipalityEvent.LETTER_LANGUAGE_SET,
            municipality_id=municipality_id,
            facts={"letter_language": language},
        ),
        actor=actor,
        at=at,
    )


def set_preferred_airport(
    session: Session, municipality_id: int, iata: str | None, *, actor: Actor, at: datetime
) -> None:
    """Where people are flown to for this municipality, before the one computed as nearest (R20).

    Args:
        iata: None: the nearest again.

    Raises:
        NotAllowed: it is IMDi's lead's and UDI's to say.
        PreferredAirportUnknown, NotFound, MunicipalityEnded.
    """
    if actor.role not in KNOWS_THE_ROADS:
        raise NotAllowed("only IMDi's lead and UDI set the preferred airport", role=actor.role)
    if iata is not None and session.get(Airport, iata) is None:
        raise PreferredAirportUnknown(iata=iata)
    _set(
        session,
        municipality_id,
        {"preferred_airport": iata},
        Event(
            MunicipalityEvent.PREFERRED_AIRPORT_SET,
            municipality_id=municipality_id,
            facts={"airport": iata},
        ),
        actor=actor,
        at=at,
    )


def _set(
    session: Session,
    municipality_id: int,
    values: dict[str, Any],
    event: Event,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Write one value of a municipality that exists and tell it; the same again is no news."""
    (name,) = values
    before = session.execute(
        select(Municipality.official_name, Municipality.valid_to, getattr(Municipality, name))
        .where(Municipality.id == municipality_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if before is None:
        raise NotFound("municipality")
    if before.valid_to is not None:
        raise MunicipalityEnded(municipality=before.official_name, ended_on=before.valid_to)
    if before[2] == values[name]:
        return
    session.execute(
        update(Municipality)
        .where(Municipality.id == municipality_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    here = audit.subject(audit.Kind.MUNICIPALITY, municipality_id)
    change = audit.Change(here, {name: before[2]}, values)
    audit.record(session, change, f"set_{name}", actor=actor, at=at)
    publish(session, event, at=at)


def _audit(session: Session, report: RegisterReport, *, actor: Actor, at: datetime) -> None:
    """The register as a whole, and each municipality that is called or numbered otherwise."""
    found = report.changes
    stored = {
        "year": report.year,
        "added": len(found.added),
        "changed": len(found.changed),
        "airports": report.airports_stored,
    }
    renamed = [
        audit.Change(
            audit.subject(audit.Kind.MUNICIPALITY, one.known.id),
            asdict(one.before),
            asdict(one.after),
        )
        for one in report.renamed
    ]
    register = audit.Change(audit.subject(audit.Kind.SETTING, "register"), after=stored)
    audit.record_all(session, [register, *renamed], "store_register", actor=actor, at=at)


def _known(session: Session) -> list[Known]:
    periods: dict[int, list[Period]] = {}
    name = MunicipalityName
    for row in session.execute(
        select(
            name.municipality_id, name.number, name.official_name, name.norwegian_name,
            name.sami_name, name.county, name.valid_from, name.valid_to,
        ).order_by(name.municipality_id, name.valid_from)
    ):  # fmt: skip
        periods.setdefault(row[0], []).append(Period(Called(*row[1:6]), *row[6:]))
    columns = [getattr(Municipality, column) for column in Details.__dataclass_fields__]
    return [
        Known(municipality_id, Details(*known), tuple(periods[municipality_id]))
        for municipality_id, *known in session.execute(
            select(Municipality.id, *columns).order_by(Municipality.id)
        )
    ]


def _store_airports(session: Session, airports: Sequence[AirportRow]) -> int:
    """Returns how many were new or otherwise than stored."""
    if not airports:
        return 0
    stored = {row.iata: row for row in _all_airports(session)}
    wanted = [changes.airport_as_stored(row) for row in airports]
    news = [asdict(row) for row in wanted if stored.get(row.iata) != row]
    if news:
        into = upsert(Airport)
        rest = {key: into.excluded[key] for key in news[0] if key != "iata"}
        session.execute(into.on_conflict_do_update(index_elements=["iata"], set_=rest), news)
    return len(news)


def _all_airports(session: Session) -> list[AirportRow]:
    columns = [getattr(Airport, column) for column in AirportRow.__dataclass_fields__]
    return [AirportRow(*row) for row in session.execute(select(*columns).order_by(Airport.iata))]


def _store_added(session: Session, rows: Sequence[MunicipalityRow], day: date) -> None:
    if not rows:
        return
    new = [
        {"letter_language": LetterLanguage.NEUTRAL} | _values(row) | {"valid_from": day}
        for row in rows
    ]
    ids = session.scalars(
        insert(Municipality).returning(Municipality.id, sort_by_parameter_order=True), new
    ).all()
    session.execute(
        insert(MunicipalityName),
        [
            asdict(changes.called(row)) | {"municipality_id": municipality_id, "valid_from": day}
            for municipality_id, row in zip(ids, rows, strict=True)
        ],
    )


def _store_changed(session: Session, changed: Sequence[Change], day: date) -> None:
    _park(session, [one for one in changed if one.before.number != one.after.number])
    for one in changed:
        period = _open_period(one.known.id)
        if one.begins_period:
            session.execute(period.values(valid_to=day))
        elif one.corrects_period:
            session.execute(period.values(**asdict(one.after)))
    for one in changed:
        session.execute(
            update(Municipality)
            .where(Municipality.id == one.known.id)
            .values(**_values(one.row))
            .execution_options(synchronize_session=False)
        )
        if one.begins_period:
            new = asdict(one.after) | {"municipality_id": one.known.id, "valid_from": day}
            session.execute(insert(MunicipalityName), new)


def _park(session: Session, renumbered: Sequence[Change]) -> None:
    """Give up the old numbers before the new ones are given out: one may be another's old one."""
    if not renumbered:
        return
    used = set(session.scalars(select(MunicipalityName.number)))
    used |= {one.after.number for one in renumbered}
    spare = (number for number in (f"{n:04}" for n in count()) if number not in used)
    for one in renumbered:
        number = next(spare)
        session.execute(
            update(Municipality)
            .where(Municipality.id == one.known.id)
            .values(number=number)
            .execution_options(synchronize_session=False)
        )
        if one.corrects_period:
            session.execute(_open_period(one.known.id).values(number=number))


def _open_period(municipality_id: int) -> Update:
    return (
        update(MunicipalityName)
        .where(
            MunicipalityName.municipality_id == municipality_id,
            MunicipalityName.valid_to.is_(None),
        )
        .execution_options(synchronize_session=False)
    )


def _values(row: MunicipalityRow) -> dict[str, Any]:
    """The columns of a municipality a row speaks of."""
    known = asdict(changes.called(row)) | asdict(changes.details(row))
    if row.letter_language is None:
        del known["letter_language"]
    return known | {"sort_key": sort_key(row.official_name)}
