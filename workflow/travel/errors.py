"""Why travel cannot be booked, changed or recorded."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from workflow.kernel.errors import Invalid, Refused


class AirportUnknown(Invalid):
    """No airport in the register has this code."""

    code = "airport.unknown"

    def __init__(self, *, arrival_airport: str) -> None:
        super().__init__(
            "no such airport",
            pointer="/arrival_airport",
            expected="the IATA code of an airport in the register, like TRD",
            arrival_airport=arrival_airport,
        )


class AirportReasonMissing(Refused):
    """Another airport than the municipality's own needs a reason (R20)."""

    code = "airport.reason_missing"

    def __init__(self, *, arrival_airport: str, proposed: str) -> None:
        super().__init__(
            f"{arrival_airport} is not {proposed}, the municipality's airport: say why",
            arrival_airport=arrival_airport,
            proposed=proposed,
        )


class ArrivesInPast(Refused):
    """Travel is booked ahead."""

    code = "travel.in_past"

    def __init__(self, *, arrives_at: datetime, at: datetime) -> None:
        super().__init__(
            f"{arrives_at} does not lie ahead of {at}",
            arrives_at=arrives_at.isoformat(),
            at=at.isoformat(),
        )


class ArrivesAfterPermit(Refused):
    """The arrival lies past the last day one of the persons may enter."""

    code = "travel.after_permit"

    def __init__(self, *, arrives_on: date, permit_expires_on: date) -> None:
        super().__init__(
            f"arrives {arrives_on}, but the entry permit expires {permit_expires_on}",
            arrives_on=arrives_on.isoformat(),
            permit_expires_on=permit_expires_on.isoformat(),
        )


class ArrivesBeforeEntry(Refused):
    """The arrival lies before the first day all persons can enter."""

    code = "travel.before_entry"

    def __init__(self, *, arrives_on: date, entry_from_on: date) -> None:
        super().__init__(
            f"arrives {arrives_on}, but entry is possible from {entry_from_on}",
            arrives_on=arrives_on.isoformat(),
            entry_from_on=entry_from_on.isoformat(),
        )


class ArrivesAfterPapers(Refused):
    """The arrival lies past the last day of the papers the household travels with."""

    code = "travel.after_papers"

    def __init__(self, *, arrives_on: date, papers_expire_on: date) -> None:
        super().__init__(
            f"arrives {arrives_on}, but the papers run out {papers_expire_on}",
            arrives_on=arrives_on.isoformat(),
            papers_expire_on=papers_expire_on.isoformat(),
        )


class OutsideWindow(Refused):
    """The arrival lies outside the window the carrier was asked for: say why."""

    code = "travel.outside_window"

    def __init__(self, *, arrives_on: date, window_from: date, window_to: date) -> None:
        super().__init__(
            f"arrives {arrives_on}, asked for {window_from} to {window_to}: say why",
            arrives_on=arrives_on.isoformat(),
            window_from=window_from.isoformat(),
            window_to=window_to.isoformat(),
        )


class NothingToTravelFor(Refused):
    """Papers and wishes of travel are for who is resettled from abroad and has not come."""

    code = "travel.nothing_to_travel_for"

    def __init__(self, *, group: str, state: str) -> None:
        super().__init__(f"{group}, {state}: no travel to plan", group=group, state=state)


class WindowImpossible(Refused):
    """Nobody could arrive within the window."""

    code = "wish.window_impossible"

    def __init__(self, *, window_from: date, window_to: date, first: date, last: date) -> None:
        super().__init__(
            f"{window_from} to {window_to} has no day between {first} and {last}",
            window_from=window_from.isoformat(),
            window_to=window_to.isoformat(),
            first=first.isoformat(),
            last=last.isoformat(),
        )


class WishClosed(Refused):
    """The wish was taken back; the carrier is to answer the one that stands."""

    code = "wish.closed"

    def __init__(self, *, state: str) -> None:
        super().__init__(f"the wish is {state}", state=state)


class NothingToTell(Refused):
    """The carrier has all that was asked of it."""

    code = "wish.told"

    def __init__(self) -> None:
        super().__init__("the carrier has it already")


class BookingClosed(Refused):
    """The booking was cancelled or its travel is done; the case's travel is another booking."""

    code = "booking.not_active"

    def __init__(self, *, state: str) -> None:
        super().__init__(f"the booking is {state}", state=state)


class ArrivedInFuture(Refused):
    """An arrival is a fact, not a plan."""

    code = "arrival.in_future"

    def __init__(self, *, arrived_at: datetime, at: datetime) -> None:
        super().__init__(
            f"{arrived_at} has not come yet", arrived_at=arrived_at.isoformat(), at=at.isoformat()
        )


class ArrivedBeforeBooking(Refused):
    """Nobody arrives by a travel that was not booked yet."""

    code = "arrival.before_booking"

    def __init__(self, *, arrived_at: datetime, booked_at: datetime) -> None:
        super().__init__(
            f"arrived {arrived_at}, but booked {booked_at}",
            arrived_at=arrived_at.isoformat(),
            booked_at=booked_at.isoformat(),
        )


class AlreadyArrived(Refused):
    """The arrival of these persons is recorded already."""

    code = "arrival.already"

    def __init__(self, *, person_ids: Iterable[UUID]) -> None:
        super().__init__(
            "recorded as arrived already", person_ids=sorted(str(person) for person in person_ids)
        )


class NotFromCentre(Refused):
    """A reception centre owns the transport of its own cases; UDI books for resettlement (R32)."""

    code = "transport.not_from_centre"

    def __init__(self, *, group: str) -> None:
        super().__init__(f"{group}: its travel is booked by UDI", group=group)


class NoTransport(Refused):
    """Nobody answers a plan that is not there."""

    code = "transport.none"

    def __init__(self) -> None:
        super().__init__("no transport is planned")
