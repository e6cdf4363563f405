"""Days and hours at which offices work, in Norway."""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta
from random import Random

from workflow.kernel.calendar import OSLO, is_working_day

OPENS = time(8, 5)
CLOSES = time(15, 40)


class Workdays:
    """The Norwegian working days from a day to another, both included."""

    def __init__(self, first: date, last: date) -> None:
        span = (first + timedelta(days=n) for n in range((last - first).days + 1))
        self._days = [day for day in span if is_working_day(day)]

    def between(self, first: date, last: date) -> list[date]:
        return [day for day in self._days if first <= day <= last]

    def back(self, day: date, count: int) -> date:
        """So many working days before a day; 0 is the day itself, or the last one before it.

        Raises:
            ValueError: that lies before the first day there is.
        """
        place = bisect_right(self._days, day) - 1 - count
        if place < 0:
            raise ValueError(f"{count} working days before {day} are not in the scenario")
        return self._days[place]


def moment(day: date, rng: Random, opens: time = OPENS, closes: time = CLOSES) -> datetime:
    """A whole minute of a day, Norwegian time."""
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    start = datetime.combine(day, opens, tzinfo=OSLO)
    return start + timedelta(minutes=rng.randrange(minutes))
