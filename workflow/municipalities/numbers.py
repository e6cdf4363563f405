"""Whose a municipality number was in a year: for files that know municipalities by number alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.municipalities.models import MunicipalityName


@dataclass(frozen=True, slots=True)
class NumberPeriod:
    """Half-open."""

    municipality_id: int
    number: str
    valid_from: date
    valid_to: date | None


class Numbers:
    """Every number any municipality has or had.

    Of years before the register begins we only know that numbers are not given out anew: one in the
    register's first file was the same municipality's before. A number that came with a later reform
    was nobody's before it.
    """

    def __init__(self, periods: Iterable[NumberPeriod]) -> None:
        self._periods = sorted(periods, key=lambda period: period.valid_from)
        self._begins_on = min((period.valid_from for period in self._periods), default=date.max)

    def whose(self, number: str, year: int) -> int | None:
        """The municipality that had the number in the year; the last, if it changed hands."""
        first_day, next_year = date(year, 1, 1), date(year + 1, 1, 1)
        had_it = [
            period
            for period in self._periods
            if period.number == number
            and (period.valid_from < next_year or period.valid_from == self._begins_on)
            and (period.valid_to is None or period.valid_to > first_day)
        ]
        return had_it[-1].municipality_id if had_it else None

    def known(self, number: str, year: int) -> bool:
        return self.whose(number, year) is not None


def numbers(session: Session, *, actor: Actor) -> Numbers:
    """All numbers, read once for a whole file."""
    rows = session.execute(
        select(
            MunicipalityName.municipality_id,
            MunicipalityName.number,
            MunicipalityName.valid_from,
            MunicipalityName.valid_to,
        )
    )
    return Numbers(NumberPeriod(*row) for row in rows)
