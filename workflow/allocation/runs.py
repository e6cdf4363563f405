"""A stored key computed on stored statistics: frozen, with what each criterion gives to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import column, insert, select, table
from sqlalchemy.orm import Session

from workflow.allocation import keys, statistics
from workflow.allocation.access import READS_ALL, in_full, only_the_agency
from workflow.allocation.errors import KeyNotComputable
from workflow.allocation.models import DistributionKey, KeyRun, KeyRunLine, StatisticsSet
from workflow.allocation.statistics import StatisticsSeen
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.keys import written
from workflow.keys.errors import KeyIsWrong
from workflow.keys.parameters import Parameters
from workflow.keys.statistics import of
from workflow.keys.targets import Key, compute
from workflow.municipalities.sweden import Place, places

MOST: Final = 10_000_000
_PUBLISHED = table(
    "published_run_lines",
    *(
        column(name)
        for name in (
            *("run_id", "municipality_id", "share", "credit", "gross", "net", "target"),
            *("contributions", "open"),
        )
    ),
)


@dataclass(frozen=True, slots=True)
class RunSeen:
    id: UUID
    year: int
    total: int
    key_id: int
    key_name: str
    key_version: int
    statistics_id: int
    statistics_title: str
    statistics_day: date
    sha256: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One municipality; what would tell of a hidden number is None."""

    municipality: Place
    share: Decimal | None
    credit: Decimal | None
    gross: Decimal | None
    net: Decimal | None
    target: int
    #: By criterion.
    contributions: Mapping[str, Decimal] | None


def run(
    session: Session,
    *,
    key_id: int,
    statistics_id: int,
    year: int,
    total: int,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Compute the key and keep what comes out; neither key nor statistics can change afterwards.

    Raises:
        NotThisRole; NotFound; KeyNotComputable.
    """
    only_the_agency(actor)
    told = statistics.one(session, statistics_id, actor=actor)
    parameters = keys.read(keys.parameters_of(session, key_id, actor=actor))
    key, register = _computed(session, parameters, told, total, actor)
    people = set(told.people_columns) & set(parameters.columns)
    hidden = statistics.hidden_in(session, statistics_id, people)
    made, digest = uuid4(), written.digest(key)
    session.execute(
        insert(KeyRun).values(
            id=made,
            year=year,
            total=total,
            key_id=key_id,
            statistics_id=statistics_id,
            sha256=digest,
            at=at,
            actor=actor.name,
        )
    )
    session.execute(insert(KeyRunLine), _lines(made, key, register, hidden))
    after = {"key": key_id, "statistics": statistics_id, "total": total, "sha256": digest}
    changed = audit.Change(audit.subject(audit.Kind.KEY_RUN, made), after=after)
    audit.record(session, changed, "compute_key", actor=actor, at=at)
    return made


def _computed(
    session: Session, parameters: Parameters, told: StatisticsSeen, total: int, actor: Actor
) -> tuple[Key, dict[str, Place]]:
    """Raises KeyNotComputable."""
    if lacking := [name for name in parameters.columns if name not in told.columns]:
        raise KeyNotComputable("the statistics lack columns", problems=", ".join(lacking))
    values = statistics.values_of(session, told.id, actor=actor)
    rows = [place for place in places(session) if place.id in values]
    numbers, problems = of(
        [(place.number, place.name, place.county) for place in rows],
        {name: [values[place.id].get(name) for place in rows] for name in parameters.columns},
    )
    if numbers is None:
        raise KeyNotComputable("numbers are not known", problems="; ".join(problems[:20]))
    try:
        return compute(parameters, numbers, total), {place.number: place for place in rows}
    except KeyIsWrong as fault:
        raise KeyNotComputable("no way to it", problems="; ".join(fault.problems)) from None


def _lines(
    run_id: UUID, key: Key, register: Mapping[str, Place], hidden: set[int]
) -> list[dict[str, Any]]:
    who = key.statistics
    lines = []
    for i, code in enumerate(who.codes):
        place = register[code]
        lines.append(
            {
                "run_id": run_id,
                "municipality_id": place.id,
                "county": place.county,
                "share": Decimal(key.shares.total.decimal(i, written.SHARE_DECIMALS)),
                "credit": Decimal(key.credit.decimal(i, written.PEOPLE_DECIMALS)),
                "gross": Decimal(key.gross.decimal(i, written.PEOPLE_DECIMALS)),
                "net": Decimal(key.net.decimal(i, written.PEOPLE_DECIMALS)),
                "target": key.targets[i],
                "contributions": {
                    name: given.decimal(i, written.SHARE_DECIMALS)
                    for name, given in key.shares.contributions.items()
                },
                "open": place.id not in hidden,
            }
        )
    return lines


def runs(session: Session, *, year: int | None = None, actor: Actor) -> list[RunSeen]:
    """The newest first."""
    wanted = _SEEN if year is None else _SEEN.where(KeyRun.year == year)
    rows: Any = session.execute(wanted.order_by(KeyRun.at.desc(), KeyRun.id).limit(500))
    return [RunSeen(*row) for row in rows]


def one(session: Session, run_id: UUID, *, actor: Actor) -> RunSeen:
    """Raises NotFound."""
    row: Any = session.execute(_SEEN.where(KeyRun.id == run_id)).one_or_none()
    if row is None:
        raise NotFound("run")
    return RunSeen(*row)


def lines(session: Session, run_id: UUID, *, actor: Actor) -> list[LineSeen]:
    """Every municipality; the actor's own in full, the others' as published."""
    found: dict[int, Any] = {}
    if actor.role not in READS_ALL:
        published = session.execute(select(_PUBLISHED).where(_PUBLISHED.c.run_id == run_id))
        found = {row.municipality_id: row for row in published}
    own = select(KeyRunLine.__table__).where(
        KeyRunLine.run_id == run_id, in_full(KeyRunLine, actor)
    )
    found |= {row.municipality_id: row for row in session.execute(own)}
    return [
        LineSeen(
            place,
            row.share,
            row.credit,
            row.gross,
            row.net,
            row.target,
            None
            if row.contributions is None
            else {name: Decimal(given) for name, given in row.contributions.items()},
        )
        for place in places(session)
        if (row := found.get(place.id)) is not None
    ]


_SEEN = (
    select(
        KeyRun.id,
        KeyRun.year,
        KeyRun.total,
        KeyRun.key_id,
        DistributionKey.name,
        DistributionKey.version,
        KeyRun.statistics_id,
        StatisticsSet.title,
        StatisticsSet.day,
        KeyRun.sha256,
        KeyRun.at,
        KeyRun.actor,
    )
    .join(DistributionKey, DistributionKey.id == KeyRun.key_id)
    .join(StatisticsSet, StatisticsSet.id == KeyRun.statistics_id)
)
