"""Where a case could go, in the published order, and why: the officer chooses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.pages.why import ReasonTold, told
from app.wording import Explanation, explain
from notifications.recipients import unreached
from notifications.states import Topic
from workflow.cases import details
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotAllowed, NotFound
from workflow.municipalities import queries as register
from workflow.ranking.order import Ranked
from workflow.redistribution import commands
from workflow.redistribution.changes import Change, would_have_to_change
from workflow.redistribution.kinds import not_taken
from workflow.redistribution.proposals import Proposals, line_data, propose

router = APIRouter(route_class=InOneThread)

READERS: Final = (Role.CASE_OFFICER, Role.LEAD, Role.AUDITOR)
SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One municipality of the ranking, as the page shows it."""

    item: Ranked
    name: str
    reasons: tuple[ReasonTold, ...]

    @property
    def decisive(self) -> ReasonTold | None:
        return next((reason for reason in self.reasons if reason.decisive), None)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What is said of a municipality somebody asked about."""

    name: str
    number: str
    line: Line | None = None
    excluded: Explanation | None = None
    #: Needs of the case that it does not meet, with minutes.
    missing: tuple[Mapping[str, Any], ...] = ()
    #: What would have to change for it to come first.
    changes: tuple[Change, ...] = ()


@router.get("/saker/{case_id}/forslag")
def proposals(reader: Reader, case_id: UUID) -> Response:
    return _page(reader, case_id)


@router.post("/saker/{case_id}/forslag")
def choose(reader: Reader, case_id: UUID) -> Response:
    """Put the case to the chosen municipality; another than the first needs a reason."""
    actor = reader.only(Role.CASE_OFFICER, Role.LEAD)
    number = reader.form.text("municipality_number", required=True)
    if number is None:
        return _page(reader, case_id, status_code=422)
    case = details.case(reader.session, case_id, today=reader.today, actor=actor)
    chosen = _by_number(reader, number)
    give = commands.redistribute if case.was_withdrawn else commands.distribute
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            give(
                session,
                case_id,
                municipality_id=chosen,
                vacancy_id=reader.form.id(f"vacancy-{number}"),
                override_reason=reader.form.text("override_reason"),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, case_id, status_code=reader.again(refusal, vacancy__="main"))
    return reader.done(f"/saker/{case_id}", "redistribute" if case.was_withdrawn else "distribute")


def _by_number(reader: Visit, number: str) -> int:
    found = register.by_number(reader.session, number, on=reader.today, actor=reader.actor)
    return found.id


def _page(reader: Visit, case_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.only(*READERS)
    case = details.case(reader.session, case_id, today=reader.today, actor=actor)
    try:
        found = propose(reader.session, case_id, actor=_asking(reader), at=reader.at)
    except (NotFound, NotAllowed):
        raise
    except DomainError as refusal:
        return reader.page("cases/no_proposals.html", case=case, explanation=explain(refusal))
    lines = [_line(found, item) for item in found.ranking.items[:SHOWN]]
    numbers = [line.item.candidate.municipality_number for line in lines]
    asked = reader.request.query_params.get("hvorfor", "").strip()
    not_here = not_taken(reader.session, found.case, on=reader.today)
    context: dict[str, Any] = {
        "not_taken": {
            found.register.number_of[here]: kinds
            for here, kinds in not_here.items()
            if here in found.register.number_of
        },
        "case": case,
        "proposals": found,
        "lines": lines,
        "chosen": reader.form.typed("municipality_number") or found.first,
        "excluded": [
            (found.register.name_of[one.municipality_number], one, explain(one.code, one.facts))
            for one in found.ranking.excluded
        ],
        "asked": asked,
        "why_not": _why_not(reader, found, asked) if asked else None,
        "unreached": unreached(reader.session, Topic.REQUESTS, numbers, actor=actor),
        "may_choose": actor.role is not Role.AUDITOR,
    }
    return reader.page("cases/proposals.html", status_code=status_code, **context)


def _asking(reader: Visit) -> Any:
    """The auditor reads what the officer would be proposed."""
    actor = reader.actor
    if actor.role is not Role.AUDITOR:
        return actor
    return type(actor)(actor.name, Role.CASE_OFFICER)


def _line(found: Proposals, item: Ranked) -> Line:
    number = item.candidate.municipality_number
    return Line(item, found.register.name_of[number], told(line_data(item)["reasons"]))


def _why_not(reader: Visit, found: Proposals, asked: str) -> WhyNot | None:
    """Where a named municipality stands, or what keeps it out; None where nobody has the name."""
    named = register.search(reader.session, asked, on=reader.today, limit=1, actor=reader.actor)
    if not named:
        return None
    number, name = named[0].number, named[0].official_name
    if (item := found.of(number)) is not None:
        changes = would_have_to_change(found.ranking, number)
        return WhyNot(name, number, line=_line(found, item), changes=changes)
    barred = next(
        (one for one in found.ranking.excluded if one.municipality_number == number), None
    )
    if barred is None:
        return WhyNot(name, number)
    facts = {**barred.facts, "municipality": name, "year": found.year}
    return WhyNot(
        name,
        number,
        excluded=explain(barred.code, facts),
        missing=found.missing.get(number, ()),
        changes=would_have_to_change(found.ranking, number),
    )
