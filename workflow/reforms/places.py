"""Places that pass from ended municipalities to their successors, by paired ledger entries.

The accounts are locked in the order of their ids and changed by this module alone until `close`;
what each becomes is reckoned here and written once. A fact is recorded whatever the ceiling says.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import Cause
from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import SHOWN_POOLS, EntryKind, Pool


@dataclass(slots=True)
class Account:
    """One account as it stands while it is reckoned with."""

    id: int
    municipality_id: int
    year: int
    pool: Pool
    figures: Figures
    original_request_on: date | None
    adjusted_request_on: date | None
    changed: bool = False


@dataclass
class Books:
    """The accounts of one reform, and the entries they are to get."""

    session: Session
    cause: Cause
    #: First year of the successors.
    year: int
    accounts: dict[int, Account] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def lock(self, municipality_ids: Iterable[int], further: Iterable[int | None] = ()) -> None:
        """Lock and read the municipalities' accounts of the successors' years, and further ones."""
        account = PlaceAccount
        rows = self.session.execute(
            select(account)
            .where(
                or_(
                    account.municipality_id.in_(list(municipality_ids))
                    & (account.year >= self.year),
                    account.id.in_([one for one in further if one is not None]),
                )
            )
            .order_by(account.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).scalars()
        self.accounts = {
            row.id: Account(
                row.id,
                row.municipality_id,
                row.year,
                row.pool,
                Figures(
                    row.decided_places,
                    row.extra_places,
                    row.held,
                    row.settled,
                    row.original_request,
                    row.adjusted_request,
                ),
                row.original_request_on,
                row.adjusted_request_on,
            )
            for row in rows
        }

    def of(self, municipality_id: int) -> list[Account]:
        """A municipality's accounts of the successors' years, in their order."""
        return sorted(
            (
                one
                for one in self.accounts.values()
                if one.municipality_id == municipality_id and one.year >= self.year
            ),
            key=lambda one: (one.year, one.pool),
        )

    def target(self, source: Account, successor_id: int) -> Account | None:
        """The successor's account of the same year, or of its first; None: it is not open."""
        year = max(source.year, self.year)
        return next(
            (one for one in self.of(successor_id) if (one.year, one.pool) == (year, source.pool)),
            None,
        )

    def told(self, municipality_id: int) -> list[dict[str, Any]]:
        """A municipality's places as they stand, to keep with the reform."""
        return [
            {"year": one.year, "pool": one.pool, **_as_data(one.figures)}
            for one in self.of(municipality_id)
            if one.pool in SHOWN_POOLS
        ]

    def pass_on_year(self, source: Account, target: Account) -> None:
        """Requests, decided and extra places add up; none only if nobody has any."""
        old, new = source.figures, target.figures
        target.figures = replace(
            new,
            decided_places=_sum(new.decided_places, old.decided_places),
            extra_places=new.extra_places + old.extra_places,
            original_request=_sum(new.original_request, old.original_request),
            adjusted_request=_adjusted(new, old),
        )
        for on_day in ("original_request_on", "adjusted_request_on"):
            days = [day for one in (source, target) if (day := getattr(one, on_day))]
            setattr(target, on_day, max(days, default=None))
            setattr(source, on_day, None)
        source.figures = Figures(None, held=old.held, settled=old.settled)
        source.changed = target.changed = True
        if old.ceiling:
            self._enter(source, EntryKind.MERGE_OUT, ceiling_change=-old.ceiling)
            self._enter(target, EntryKind.MERGE_IN, ceiling_change=old.ceiling)

    def pass_on(
        self, source: Account, target: Account, *, held: int, settled: int, case_id: UUID | None
    ) -> None:
        """Persons of a case, or of none, are counted by the other account from now on."""
        if source is target or not (held or settled):
            return
        for one, sign, kind in (
            (source, -1, EntryKind.MERGE_OUT),
            (target, 1, EntryKind.MERGE_IN),
        ):
            figures = one.figures
            one.figures = replace(
                figures,
                held=figures.held + sign * held,
                settled=figures.settled + sign * settled,
            )
            one.changed = True
            self._enter(
                one,
                kind,
                held_change=sign * held,
                settled_change=sign * settled,
                case_id=case_id,
            )

    def close(self) -> None:
        """Write what the accounts have become, and the entries."""
        changed = [one for one in self.accounts.values() if one.changed]
        if changed:
            self.session.connection().execute(_WRITE, [_values(one) for one in changed])
        if self.entries:
            self.session.execute(insert(PlaceEntry), self.entries)

    def _enter(self, account: Account, kind: EntryKind, **changes: Any) -> None:
        nothing = {"held_change": 0, "settled_change": 0, "ceiling_change": 0, "case_id": None}
        self.entries.append(
            nothing
            | changes
            | {
                "account_id": account.id,
                "kind": kind,
                "free_after": account.figures.free,
                "at": self.cause.at,
                "actor": self.cause.actor.name,
                "reason": self.cause.reason,
            }
        )


def _sum(*numbers: int | None) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _adjusted(*figures: Figures) -> int | None:
    """Where any has an adjusted request, each counts with the one that stands."""
    if all(one.adjusted_request is None for one in figures):
        return None
    return sum(
        (one.original_request if one.adjusted_request is None else one.adjusted_request) or 0
        for one in figures
    )


def _as_data(figures: Figures) -> dict[str, int | None]:
    return {name: getattr(figures, name) for name in Figures.__dataclass_fields__}


_COLUMNS = (*Figures.__dataclass_fields__, "original_request_on", "adjusted_request_on", "overrun")
_WRITE = (
    update(PlaceAccount.__table__)  # type: ignore[arg-type]  # a Table at run time
    .where(PlaceAccount.id == bindparam("in_account"))
    .values(
        **{name: bindparam(f"in_{name}") for name in _COLUMNS}, version=PlaceAccount.version + 1
    )
)


def _values(account: Account) -> dict[str, Any]:
    days = {name: getattr(account, name) for name in _COLUMNS[-3:-1]}
    values = _as_data(account.figures) | days | {"overrun": account.figures.overrun}
    return {f"in_{name}": value for name, value in values.items()} | {"in_account": account.id}
