"""Storing IMDi's published statistics as the facts they are.

The file tells of a whole year. Its settled number counts the cases settled here as well: what the
import adds is the difference, so that the same file twice, or a later one, never counts anybody
double. A hidden number (`:`) says nothing and changes nothing; none (`.`) of decided places is that
none are registered. Ordinary and minors' places are one number in the file, and go to the ordinary.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.capacity.events import CapacityEvent
from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import EntryKind, Pool
from workflow.capacity.statistics import Count, Figure, Mark, MunicipalityYear
from workflow.kernel.actor import Actor, Role
from workflow.kernel.db import rows_of
from workflow.kernel.errors import NotAllowed
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.municipalities.numbers import numbers

STORES_STATISTICS = frozenset({Role.LEAD, Role.SYSTEM})
#: Why the ledger has the entry.
REASON = "imdi-statistics"

_FIGURES = {
    Figure.ORIGINAL_REQUEST: "original_request",
    Figure.REQUEST: "adjusted_request",
    Figure.DECIDED_PLACES: "decided_places",
    Figure.SETTLED: "settled",
}


@dataclass(frozen=True, slots=True)
class NotStored:
    """A figure of the file that is not used; what stands instead."""

    year: int
    municipality_number: str
    figure: Figure
    said: int
    stands: int


@dataclass(slots=True)
class YearSums:
    """The visible numbers of one year of the file, in persons."""

    municipalities: int = 0
    original_request: int = 0
    adjusted_request: int = 0
    decided_places: int = 0
    settled: int = 0
    #: Figures the file hides.
    hidden: int = 0


@dataclass(slots=True)
class StatisticsReport:
    sums: dict[int, YearSums] = field(default_factory=lambda: defaultdict(YearSums))
    #: Municipalities' years that changed, and that were so already.
    changed: int = 0
    unchanged: int = 0
    #: An original request stands as it was first written (R01); or another number of the same
    #: municipality said otherwise earlier in the file.
    not_stored: list[NotStored] = field(default_factory=list)
    #: More persons are settled here than the file knows of: the cases' number stands.
    behind: list[NotStored] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Account:
    """An account as it is, or is to be; `own` = settled by cases, in persons."""

    id: int
    original_request: int | None
    adjusted_request: int | None
    decided_places: int | None
    extra_places: int
    held: int
    settled: int
    own: int = 0

    @property
    def figures(self) -> Figures:
        return Figures(self.decided_places, self.extra_places, self.held, self.settled)


def store_statistics(
    session: Session, figures: Sequence[MunicipalityYear], *, actor: Actor, at: datetime
) -> StatisticsReport:
    """Store requests, decided places and settled numbers; the same file again changes nothing.

    The caller has rejected numbers nobody had (`workflow.capacity.statistics.read_statistics`).

    Raises:
        NotAllowed: the published statistics are IMDi's lead's to store.
    """
    if actor.role not in STORES_STATISTICS:
        raise NotAllowed("only IMDi's lead stores the statistics", role=actor.role)
    report = StatisticsReport()
    said = _by_municipality(session, figures, report, actor)
    accounts = _locked(session, said)
    changed: list[tuple[_Account, _Account]] = []
    for key, account in accounts.items():
        after = _after(account, said[key], report)
        if after == account:
            report.unchanged += 1
        else:
            changed.append((account, after))
    report.changed = len(changed)
    _write(session, changed, actor=actor, at=at)
    if changed:
        facts = {"years": sorted({year for _, year in said}), "changed": len(changed)}
        publish(session, Event(CapacityEvent.STATISTICS_STORED, facts=facts), at=at)
    return report


def _by_municipality(
    session: Session, figures: Iterable[MunicipalityYear], report: StatisticsReport, actor: Actor
) -> dict[tuple[int, int], MunicipalityYear]:
    """What is said of each municipality's year that says anything, and the sums of it all."""
    known = numbers(session, actor=actor)
    found: dict[tuple[int, int], MunicipalityYear] = {}
    for one in figures:
        _add_up(report.sums[one.year], one)
        whose = known.whose(one.municipality_number, one.year)
        if whose is None or all(count is None for count in _counts(one).values()):
            continue
        key = whose, one.year
        found[key] = _together(found[key], one, report) if key in found else one
    return found


def _counts(one: MunicipalityYear) -> dict[Figure, Count | None]:
    return {figure: getattr(one, name) for figure, name in _FIGURES.items()}


def _add_up(sums: YearSums, one: MunicipalityYear) -> None:
    counts = _counts(one)
    sums.municipalities += any(isinstance(count, int) for count in counts.values())
    sums.hidden += sum(count is Mark.HIDDEN for count in counts.values())
    for figure, count in counts.items():
        if isinstance(count, int):
            setattr(sums, _FIGURES[figure], getattr(sums, _FIGURES[figure]) + count)


def _together(
    first: MunicipalityYear, other: MunicipalityYear, report: StatisticsReport
) -> MunicipalityYear:
    """One municipality's year under two numbers: whichever of them says a number."""
    values: dict[str, Any] = {}
    for figure, count in _counts(other).items():
        stands = getattr(first, _FIGURES[figure])
        if isinstance(count, int) and isinstance(stands, int) and count != stands:
            report.not_stored.append(
                NotStored(other.year, other.municipality_number, figure, count, stands)
            )
        elif isinstance(count, int):
            values[_FIGURES[figure]] = count
    return replace(first, **values)


def _locked(
    session: Session, said: Mapping[tuple[int, int], MunicipalityYear]
) -> dict[tuple[int, int], _Account]:
    """The accounts, made where there is a number to write, locked in the order of their ids."""
    new = [
        {"municipality_id": whose, "year": year, "pool": Pool.ORDINARY}
        for (whose, year), one in said.items()
        if any(isinstance(count, int) for count in _counts(one).values())
    ]
    if new:
        session.execute(upsert(PlaceAccount).on_conflict_do_nothing(), new)
    rows = session.execute(
        select(*PlaceAccount.__table__.columns)
        .where(
            PlaceAccount.pool == Pool.ORDINARY,
            tuple_(PlaceAccount.municipality_id, PlaceAccount.year).in_(list(said)),
        )
        .order_by(PlaceAccount.id)
        .with_for_update()
    ).all()
    own = _settled_by_cases(session, [row.id for row in rows])
    return {
        (row.municipality_id, row.year): _Account(
            row.id,
            row.original_request,
            row.adjusted_request,
            row.decided_places,
            row.extra_places,
            row.held,
            row.settled,
            own[row.id],
        )
        for row in rows
    }


def _settled_by_cases(session: Session, account_ids: Sequence[int]) -> Counter[int]:
    rows = session.execute(
        select(PlaceEntry.account_id, func.sum(PlaceEntry.settled_change))
        .where(PlaceEntry.account_id.in_(account_ids), PlaceEntry.case_id.is_not(None))
        .group_by(PlaceEntry.account_id)
    )
    return Counter({account_id: int(persons) for account_id, persons in rows})


def _after(account: _Account, said: MunicipalityYear, report: StatisticsReport) -> _Account:
    values: dict[str, Any] = {}
    original = said.original_request
    if isinstance(original, int):
        if account.original_request is None:
            values["original_request"] = original
        elif account.original_request != original:
            report.not_stored.append(
                _not_stored(said, Figure.ORIGINAL_REQUEST, original, account.original_request)
            )
    if isinstance(said.adjusted_request, int):
        values["adjusted_request"] = said.adjusted_request
    if isinstance(said.decided_places, int):
        values["decided_places"] = said.decided_places
    elif said.decided_places is Mark.NONE:
        values["decided_places"] = None
    settled = 0 if said.settled is Mark.NONE else said.settled
    if isinstance(settled, int):
        values["settled"] = max(settled, account.own)
        if settled < account.own:
            report.behind.append(_not_stored(said, Figure.SETTLED, settled, account.own))
    return replace(account, **values)


def _not_stored(said: MunicipalityYear, figure: Figure, count: int, stands: int) -> NotStored:
    return NotStored(said.year, said.municipality_number, figure, count, stands)


def _write(
    session: Session, changed: Sequence[tuple[_Account, _Account]], *, actor: Actor, at: datetime
) -> None:
    """All accounts and their entries, in two statements."""
    if not changed:
        return
    after = [account for _, account in changed]
    now = rows_of(
        "now",
        {
            name: ([getattr(account, name) for account in after], Integer())
            for name in ("id", "original_request", "adjusted_request", "decided_places", "settled")
        }
        | {"overrun": ([account.figures.overrun for account in after], Integer())},
    )
    values: dict[str, Any] = {name: now.c[name] for name in now.c.keys() if name != "id"}  # noqa: SIM118
    session.execute(
        update(PlaceAccount)
        .where(PlaceAccount.id == now.c.id)
        .values(**values, version=PlaceAccount.version + 1)
        .execution_options(synchronize_session=False)
    )
    entries = [
        {
            "account_id": new.id,
            "kind": EntryKind.IMPORT,
            "held_change": 0,
            "settled_change": new.settled - old.settled,
            "ceiling_change": new.figures.ceiling - old.figures.ceiling,
            "free_after": new.figures.free,
            "at": at,
            "actor": actor.name,
            "reason": REASON,
        }
        for old, new in changed
        if (new.settled, new.decided_places) != (old.settled, old.decided_places)
    ]
    if entries:
        session.execute(insert(PlaceEntry), entries)
