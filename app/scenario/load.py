"""A scenario becomes what the database holds, by the commands everybody else uses.

Each step is taken at its own time by the one who took it, in the order of time, and the guards it
meets are the real ones. The notices of the past are delivered, and all but those of the last two
days are read. The caller's one transaction holds it all: a load that is killed has left nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, column, exists, select, true, update, values
from sqlalchemy.orm import Session

from app.errors import CannotStart
from app.scenario import users
from app.scenario.brought import bring
from app.scenario.lives import PLACES_YEAR
from app.scenario.plan import PlacesPlan, ScenarioPlan
from app.scenario.playing import Playing
from app.scenario.users import Crew
from notifications import choosing
from notifications.deliver import deliver_next
from notifications.models import Notification
from notifications.rules import Audience
from workflow.approvals.commands import change_rule
from workflow.approvals.states import Action
from workflow.capacity.commands import YearChange
from workflow.capacity.states import Pool
from workflow.cases.models import Case
from workflow.kernel.actor import Role
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish
from workflow.letters import making
from workflow.municipalities.commands import ensure_shipped_register
from workflow.municipalities.models import Municipality
from workflow.municipalities.register import shipped_register

#: The event that says a scenario is in the database, and which.
LOADED = "scenario.loaded"
#: An office reads its notices within hours; those of the last two days are unread.
UNREAD_SINCE = timedelta(days=2)
_READ_WITHIN = timedelta(hours=3)
#: One municipality of so many has given no address.
_SILENT = 40

#: Gives what it is given, and may tell somebody how far it has come.
Watch = Callable[[Sequence["Happening"]], Iterable["Happening"]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Which scenario a database holds: its seed, and where its places came from."""

    seed: int
    figures: str


def loaded(session: Session) -> Loaded | None:
    """The scenario in the database, if it has one."""
    facts = session.scalar(select(OutboxMessage.facts).where(OutboxMessage.type == LOADED))
    return Loaded(facts["seed"], facts["figures"]) if facts else None


def has_cases(session: Session) -> bool:
    return bool(session.scalar(select(exists(select(Case.id)))))


def load(session: Session, plan: ScenarioPlan, *, figures: str, watch: Watch = iter) -> None:
    """Play the whole plan.

    Args:
        figures: where the places came from, for `loaded` to tell.
        watch: the happenings go through it one by one.

    Raises:
        CannotStart: the database's register is not the one the plan was made with.
    """
    happenings = sorted(_happenings(plan), key=lambda one: (one.at, one.order))
    ensure_shipped_register(session, happenings[0].at - timedelta(days=1))
    ids = _municipality_ids(session)
    names = {row.number: row.norwegian_name for row in shipped_register()}
    ready = users.ready_users(users.places(plan, shipped_register()))
    users.store(session, ready, ids)
    crew = Crew(ready, ids, names)
    playing = Playing(session, ids, crew)
    for happening in watch(happenings):
        happening.play(playing)
        deliver_next(session, at=happening.at)  # a worker that keeps up
    shown = {user.municipality_number for user in ready if user.municipality_number is not None}
    bring(
        session,
        ids,
        shown=shown,
        year=PLACES_YEAR,
        writer=crew.writer,
        actor=crew.of(Role.CASE_OFFICER),
        at=plan.starts_at,
    )
    facts = {"seed": plan.seed, "figures": figures}
    publish(session, Event(LOADED, facts=facts), at=plan.starts_at)
    while deliver_next(session, at=plan.starts_at):
        pass
    making.start_here(session)  # what letters there were have left long ago
    addresses = _post_offices(names, ids, shown)
    lead = crew.of(Role.LEAD)
    choosing.name_post_offices(session, addresses, actor=lead, at=plan.starts_at)
    change_rule(
        session,
        Action.RULE_SET,
        needed=True,
        threshold=1,
        actor=crew.of(Role.ADMINISTRATOR),
        at=plan.starts_at,
    )
    _mark_read(session, crew, ids, before=plan.starts_at - UNREAD_SINCE)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing of the plan; of two in the same minute the order decides."""

    at: datetime
    order: tuple[int, str]
    play: Callable[[Playing], None]


def _happenings(plan: ScenarioPlan) -> Iterator[Happening]:
    for place in plan.places:
        yield from _registrations(place)
    for home in plan.vacancies:
        yield Happening(home.at, (1, home.key), partial(Playing.report, home=home))
    for case, step in plan.steps():
        yield Happening(step.at, (2, case.key), partial(Playing.take, case=case, step=step))


def _registrations(place: PlacesPlan) -> Iterator[Happening]:
    """The letters of the lead, and between them the council's own decision."""
    figures, number = place.figures, place.figures.municipality_number
    letters = [
        (place.requested_at, Pool.ORDINARY, "original_request", figures.original_request),
        (place.requested_at, Pool.MINORS, "original_request", figures.minors_request),
        (place.adjusted_at, Pool.ORDINARY, "adjusted_request", figures.adjusted_request),
    ]
    decisions = [
        (place.decided_at, Pool.ORDINARY, "decided_places", figures.decided_places),
        (place.decided_at, Pool.MINORS, "decided_places", figures.minors_decided_places),
    ]
    for role, written in ((Role.LEAD, letters), (Role.MUNICIPALITY_WRITER, decisions)):
        for at, pool, name, persons in written:
            if at is not None and persons is not None:
                change = YearChange(**{name: persons})
                play = partial(
                    Playing.register_places,
                    number=number,
                    pool=pool,
                    change=change,
                    role=role,
                    at=at,
                )
                yield Happening(at, (0, f"{number} {pool}"), play)


def _municipality_ids(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(Municipality.number, Municipality.id).where(Municipality.valid_to.is_(None))
    )
    ids = {row.number: row.id for row in rows}
    if unknown := {row.number for row in shipped_register()} - ids.keys():
        raise CannotStart(
            f"The database has no municipality {min(unknown)}: its register is not that of "
            f"{PLACES_YEAR}, the scenario's year. Use an empty database."
        )
    return ids


def _post_offices(
    names: Mapping[str, str], ids: Mapping[str, int], shown: Collection[str]
) -> dict[int, str]:
    """Most municipalities have given their address; what happened before left without e-mail.

    One of so many has not, for IMDi to see; never one that somebody may sign in to.
    """
    hosts = {number: _as_host(name) for number, name in names.items()}
    many = Counter(hosts.values())
    silent = set(sorted(ids.keys() - set(shown))[_SILENT // 2 :: _SILENT])
    return {
        ids[number]: f"postmottak@{host if many[host] == 1 else f'{host}-{number}'}.kommune.example"
        for number, host in hosts.items()
        if number not in silent
    }


def _as_host(name: str) -> str:
    """`Nore og Uvdal` as `nore-og-uvdal`."""
    plain = name.casefold().replace("æ", "ae").replace("ø", "o").replace("å", "a")
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def _mark_read(session: Session, crew: Crew, ids: Mapping[str, int], *, before: datetime) -> None:
    """Every office has read its older notices."""
    writers = values(
        column("municipality_id", Notification.municipality_id.type),
        column("name", Notification.read_by.type),
        name="writers",
    ).data([(municipality_id, crew.writer(number).name) for number, municipality_id in ids.items()])
    offices: Sequence[tuple[Audience, Any, ColumnElement[bool]]] = [
        (Audience.IMDI, crew.of(Role.CASE_OFFICER).name, true()),
        (Audience.UDI, crew.of(Role.TRAVEL_OFFICER).name, true()),
        (
            Audience.MUNICIPALITY,
            writers.c.name,
            Notification.municipality_id == writers.c.municipality_id,
        ),
    ]
    for audience, reader, whose in offices:
        session.execute(
            update(Notification)
            .where(Notification.audience == audience, whose, Notification.at < before)
            .values(read_at=Notification.at + _READ_WITHIN, read_by=reader)
            .execution_options(synchronize_session=False)
        )
