"""Why a step in a case's life is refused."""

from datetime import date
from typing import Any
from uuid import UUID

from workflow.kernel.errors import Invalid, Refused


class WrongState(Refused):
    """The case's state does not allow the step."""

    code = "state.wrong"

    def __init__(self, *, trigger: str, state: str) -> None:
        super().__init__(f"cannot {trigger} a case that is {state}", trigger=trigger, state=state)


class Paused(Refused):
    """A government measure pauses the group (R31)."""

    code = "measure.paused"

    def __init__(self, *, group: str, measure: str) -> None:
        super().__init__(
            f"settlement of {group} is paused: {measure}", group=group, measure=measure
        )


class WhenUnknown(Refused):
    """A new case is distributed when it is known when its people can arrive (R12)."""

    code = "entry.when_unknown"

    def __init__(self, *, entry_status: str) -> None:
        super().__init__("it is not known when all persons can arrive", entry_status=entry_status)


class EntryNotPossible(Refused):
    """Entry is not known to be possible for every person (R07, R10, R15)."""

    code = "entry.not_possible"

    def __init__(self, *, entry_status: str) -> None:
        super().__init__(
            "entry is not known to be possible for every person", entry_status=entry_status
        )


class PermitExpired(Refused):
    """No week is left inside the entry permit, so no municipality could say yes (R19)."""

    code = "entry.permit_expired"

    def __init__(self, *, permit_expires_on: date) -> None:
        super().__init__(
            f"no week is left before the entry permit expires on {permit_expires_on}",
            permit_expires_on=permit_expires_on.isoformat(),
        )


class MunicipalityDeclined(Refused):
    """The municipality has declined this case, and has not taken back its no."""

    code = "municipality.declined"

    def __init__(self) -> None:
        super().__init__("the municipality has declined this case")


class WeekMissing(Invalid):
    """A yes without a new settlement week is no yes (R19)."""

    code = "week.required"

    def __init__(self) -> None:
        super().__init__(
            "a new settlement week is required, like 2020-W24", pointer="/settlement_week"
        )


class WeekPast(Refused):
    """The settlement week must lie in the future (R19)."""

    code = "week.past"

    def __init__(self, *, week: str, today: date) -> None:
        super().__init__(
            f"{week} does not lie in the future", settlement_week=week, today=today.isoformat()
        )


class WeekAfterPermit(Refused):
    """The settlement week lies past the entry permit (R19)."""

    code = "week.after_permit"

    def __init__(self, *, week: str, permit_expires_on: date) -> None:
        super().__init__(
            f"{week} begins after the entry permit expires on {permit_expires_on}",
            settlement_week=week,
            permit_expires_on=permit_expires_on.isoformat(),
        )


class WeekBeforeEntry(Refused):
    """The settlement week ends before the persons can enter."""

    code = "week.before_entry"

    def __init__(self, *, week: str, entry_from_on: date) -> None:
        super().__init__(
            f"{week} ends before entry is possible on {entry_from_on}",
            settlement_week=week,
            entry_from_on=entry_from_on.isoformat(),
        )


class WeekNeedsConsent(Refused):
    """Once placed, the week changes with IMDi's consent: IMDi writes it, with the reason."""

    code = "week.needs_consent"

    def __init__(self) -> None:
        super().__init__("the case is placed: IMDi changes the week, with a reason")


class LegalGroundMissing(Refused):
    """Reversing a settlement decision needs its legal ground (R35)."""

    code = "legal_ground.missing"

    def __init__(self) -> None:
        super().__init__(
            "a placed case is withdrawn by reversing its decision: name the legal ground"
        )


class NotTravelling(Refused):
    """Only resettlement cases are booked by UDI (R32)."""

    code = "travel.not_resettlement"

    def __init__(self, *, group: str) -> None:
        super().__init__("UDI books travel for resettlement cases only", group=group)


class NotArrived(Refused):
    """A resettlement case is settled once it has arrived."""

    code = "settle.not_arrived"

    def __init__(self) -> None:
        super().__init__("the household has not arrived")


class SettledTooEarly(Refused):
    """A settlement date never lies before the placed date."""

    code = "settle.before_placed"

    def __init__(self, *, settled_on: date, placed_on: date) -> None:
        super().__init__(
            f"settled {settled_on}, but placed {placed_on}",
            settled_on=settled_on.isoformat(),
            placed_on=placed_on.isoformat(),
        )


class SettledBeforeArrival(Refused):
    """Nobody is settled before the day of arrival."""

    code = "settle.before_arrival"

    def __init__(self, *, settled_on: date, arrived_on: date) -> None:
        super().__init__(
            f"settled {settled_on}, but arrived {arrived_on}",
            settled_on=settled_on.isoformat(),
            arrived_on=arrived_on.isoformat(),
        )


class SettledInFuture(Refused):
    """A settlement date is a fact, not a plan."""

    code = "settle.in_future"

    def __init__(self, *, settled_on: date, today: date) -> None:
        super().__init__(
            f"{settled_on} has not come yet",
            settled_on=settled_on.isoformat(),
            today=today.isoformat(),
        )


class SomeSettled(Refused):
    """Some of the household have a settlement date: it is neither withdrawn nor lapses."""

    code = "settle.some_settled"

    def __init__(self, *, persons: int) -> None:
        super().__init__(
            f"{persons} persons are settled: those who do not come leave the case", persons=persons
        )


class PersonAlready(Refused):
    """The person has a settlement date; a wrong one is corrected, not overwritten."""

    code = "settle.already"

    def __init__(self, **facts: Any) -> None:
        super().__init__("the person has a settlement date already: correct it", **facts)


class PersonErased(Refused):
    """What was known of the person has been erased: there is nothing left to correct or erase."""

    code = "person.erased"

    def __init__(self, **facts: Any) -> None:
        super().__init__("what was known of the person has been erased", **facts)


class PersonNotHere(Refused):
    """The person is not in the case, has left it, or has not arrived."""

    code = "person.not_in_case"

    def __init__(self, **facts: Any) -> None:
        super().__init__("no such person present in the case", **facts)


class LastPerson(Refused):
    """A case without persons is a case that lapses."""

    code = "person.last"

    def __init__(self) -> None:
        super().__init__("the last person cannot leave: let the case lapse")


class OnlyWithdrawalRuns(Refused):
    """Reception-centre cases go on as usual (R31)."""

    code = "group.not_resettlement"

    def __init__(self, *, group: str) -> None:
        super().__init__("withdrawal runs concern resettlement cases only", group=group)


class HomeNotProtected(Refused):
    """A reported home would show the whole municipality where protected people live."""

    code = "protection.home"

    def __init__(self) -> None:
        super().__init__("a case with a protected address takes no reported home")


class GrantStands(Refused):
    """The person is named for the case already."""

    code = "protection.named_already"

    def __init__(self) -> None:
        super().__init__("the person may open the case already")


class OwnGrant(Refused):
    """Nobody gives itself access to a case with a protected address."""

    code = "protection.own_grant"

    def __init__(self) -> None:
        super().__init__("another lead has to give you access")


class NotProtected(Refused):
    """The case's address is not protected, so nobody has to be named for it."""

    code = "protection.none"

    def __init__(self) -> None:
        super().__init__("the address of the case is not protected")


class PurposeMissing(Refused):
    """The folder is opened only by who says what for."""

    code = "opening.purpose_missing"

    def __init__(self, *, case_id: UUID) -> None:
        super().__init__("say for what purpose the folder is opened", case_id=str(case_id))
