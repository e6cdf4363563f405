"""One case: who it is, where it is in its life, what can be done now, and all that has happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.letters import READS as LETTERS
from app.pages.tasks import STAFF
from app.pages.visit import Reader, Visit
from app.pages.why import Why, why
from workflow.approvals.states import Action as TakesTwo
from workflow.capacity.states import HouseholdKind
from workflow.cases import decided, distributions, history, lists, ties
from workflow.cases.details import CaseSeen
from workflow.cases.distributions import DistributionSeen
from workflow.cases.entry import REGISTERS
from workflow.cases.errors import WrongState
from workflow.cases.folders import STATE_IT
from workflow.cases.registration import ENDED
from workflow.cases.states import DECIDED, Group
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.errors import DomainError
from workflow.letters import queries as letters
from workflow.municipalities import queries as register
from workflow.redistribution import awaiting
from workflow.redistribution.awaiting import ApprovalSeen
from workflow.redistribution.kinds import kinds_on
from workflow.travel import queries as travel
from workflow.travel.contacts import Topic

router = APIRouter(route_class=InOneThread)

#: Where IMDi takes each step of a case, below the case's own address.
STEPS_OF_IMDI: Final[Mapping[str, str]] = {
    "distribute": "forslag",
    "redistribute": "forslag",
    "decide": "vedtak",
    "change_week": "uke",
    "settle": "bosatt",
    "withdraw": "trekk",
    "lapse": "bortfall",
}
#: The order of the buttons: what brings the case on stands first.
ORDER: Final = (
    "distribute",
    "redistribute",
    "accept",
    "decline",
    "decide",
    "book_travel",
    "reschedule",
    "cancel_travel",
    "arrive",
    "settle",
    "change_week",
    "retract",
    "withdraw",
    "lapse",
)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do with the case: where, or why not now."""

    trigger: str
    href: str
    refusal: DomainError | None


@router.get("/saker/{case_id}")
def case_page(reader: Reader, case_id: UUID) -> Response:
    """The case, as far as the reader may see it."""
    actor, seen = reader.actor, reader.opened(case_id)
    session = reader.session
    asked = distributions.distributions(session, case_id=case_id, limit=50, actor=actor).items
    current = next((one for one in asked if one.closed_at is None), None)
    travels = seen.group is Group.RESETTLEMENT
    return reader.page(
        "cases/page.html",
        case=seen,
        line=lists.line(session, case_id, actor=actor),
        actions=_actions(seen, current, actor),
        waits=_waits(reader, seen),
        may_edit=actor.role in DIRECTORATE,
        may_edit_entry=actor.role in DIRECTORATE | {Role.TRAVEL_OFFICER} and travels,
        staff=actor.role in STAFF,
        lists_cases=actor.role in {*STAFF, Role.TRAVEL_OFFICER},
        asked=asked,
        current=current,
        why=_why(reader, current),
        decisions=decided.decisions(session, case_id, actor=actor),
        bookings=travel.bookings(session, case_id, actor=actor) if travels else [],
        related=[
            (tie, lists.line(session, tie.case_id, actor=actor))
            for tie in ties.ties(session, case_id, actor=actor)
        ],
        may_tie=actor.role in REGISTERS,
        kinds=_kinds(reader, seen),
        steps=list(reversed(history.history(session, case_id, actor=actor))),
        entries=list(reversed(history.entry_history(session, case_id, actor=actor))),
        municipality_of={one.municipality_id: one.municipality_name for one in asked},
        says_purpose=not seen.names_shown and actor.role in STATE_IT,
        contacts=[(topic, travel.contact(session, case_id, topic, actor=actor)) for topic in Topic],
        travels=travels,
        letters=letters.letters(session, case_id=case_id, actor=actor).items
        if actor.role in LETTERS
        else None,
    )


def _kinds(reader: Visit, case: CaseSeen) -> tuple[HouseholdKind, ...]:
    """What the household is like, for those it is settled by, while that is still to come."""
    if case.state in ENDED or reader.actor.role is Role.TRAVEL_OFFICER:
        return ()
    born = [person.birth_year for person in case.persons]
    return kinds_on(reader.session, case.group, born, on=reader.today)


def _waits(reader: Visit, case: CaseSeen) -> ApprovalSeen | None:
    """The reversal of its decision that waits for a second person."""
    if case.state not in DECIDED:
        return None
    subject = audit.subject(audit.Kind.CASE, case.id)
    return awaiting.of_subject(reader.session, TakesTwo.REVERSAL, subject, actor=reader.actor)


def _actions(seen: CaseSeen, current: DistributionSeen | None, actor: Actor) -> list[Action]:
    """What can be done, what brings the case on first.

    Of two ways that exclude each other (a case is distributed, or redistributed) one is shown.
    """
    ordered = sorted(seen.choices, key=lambda choice: ORDER.index(choice.trigger))
    return [
        Action(choice.trigger, href, choice.refusal)
        for choice in ordered
        if not isinstance(choice.refusal, WrongState)
        and (href := _where(choice.trigger, seen, current, actor)) is not None
    ]


def _where(
    trigger: str, seen: CaseSeen, current: DistributionSeen | None, actor: Actor
) -> str | None:
    """The page where the actor takes the step."""
    if actor.role in DIRECTORATE:
        step = STEPS_OF_IMDI.get(trigger)
        return f"/saker/{seen.id}/{step}" if step else None
    if actor.role is Role.TRAVEL_OFFICER:
        return f"/saker/{seen.id}/bortfall" if trigger == "lapse" else f"/reiser/{seen.id}"
    if actor.is_municipality and current is not None:
        settling = trigger in {"arrive", "settle"}
        return "/kommune/bosettinger" if settling else f"/kommune/foresporsler/{current.id}"
    return None


def _why(reader: Visit, current: DistributionSeen | None) -> Why | None:
    if current is None or not current.reasons:
        return None
    numbers = {line["municipality_number"] for line in current.reasons}
    names = {
        number: register.by_number(
            reader.session, number, on=current.asked_on, actor=reader.actor
        ).official_name
        for number in numbers
    }
    return why(current.reasons, current.municipality_number, names)
