"""A year's targets, what changed them, and how far each is filled."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy.orm import Session

from app.api import API
from app.api.parameters import YearInPath
from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.outlook import CountySumOut, ExpectedOut, OutlookOut, ReckonedOut
from app.api.schemas.sweden import (
    CarryIn,
    CarryOut,
    ChangeOut,
    CountIn,
    CountOut,
    CountyFillOut,
    ExcessIn,
    FillOut,
    MunicipalityFillOut,
    PlaceOut,
    TargetsIn,
    TargetsOut,
    VersionOut,
    VersionWithChangesOut,
)
from app.approving import WAITS, Waiting
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.allocation import counts, excess, outlook, targets, versions
from workflow.allocation.decisions import Decision
from workflow.allocation.fulfilment import fulfilment
from workflow.allocation.outlook import Expected
from workflow.allocation.states import VersionKind
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import Place, place, places

router = APIRouter(tags=["targets"], route_class=OnceRoute)

VersionId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/targets/{year}", operation_id="getTargets", responses=refusals(422))
def get_targets(session: ReadSession, actor: CurrentActor, year: YearInPath) -> TargetsOut:
    """Every municipality's number and what is filled of it; others' small numbers are hidden."""
    found = fulfilment(session, year, actor=actor)
    return TargetsOut(
        year=year,
        counted_on=found.count.day if found.count else None,
        country=FillOut.of(found.country),
        counties=[
            CountyFillOut.of(one.fill, code=one.code, name=one.name) for one in found.counties
        ],
        municipalities=[
            MunicipalityFillOut.of(
                one.fill,
                municipality=PlaceOut.of(one.municipality),
                excess_reason=one.excess.reason if one.excess else None,
            )
            for one in found.municipalities
        ],
        evenness=dict(found.count.evenness) if found.count and found.count.evenness else None,
    )


@router.get("/targets/{year}/versions", operation_id="listTargetVersions", responses=refusals(422))
def list_versions(
    session: ReadSession, actor: CurrentActor, year: YearInPath
) -> ListOf[VersionOut]:
    """What the year's numbers have been, the latest first, in one page."""
    return ListOf(
        items=[VersionOut.of(one) for one in versions.versions(session, year, actor=actor)]
    )


@router.post(
    "/targets/{year}/versions",
    status_code=201,
    operation_id="decideTargets",
    dependencies=[Once],
    response_model=VersionWithChangesOut,
    responses=changes(
        404,
        codes="targets.stand targets.missing targets.unchanged targets.raised"
        " targets.inside_notice reason.missing approvals.waits_already",
    )
    | WAITS,
)
def decide(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    year: YearInPath,
    body: TargetsIn,
) -> VersionWithChangesOut | Response:
    """Decide numbers, or the numbers of a run (Migrationsverket).

    In a revision they stay or are lowered, unless `may_raise`; a raised number that holds inside
    the municipality's notice period needs `notice_reason`.
    """
    numbers, decision = _asked(session, body, actor)
    waiting = Waiting(session, actor, at)
    made = None
    with waiting.or_waits():
        made = targets.decide(session, year, numbers, decision, actor=actor, at=at)
    if made is None:
        return waiting.answer()
    response.headers["location"] = f"{API}/target-versions/{made}"
    return _version(session, made, actor)


@router.post(
    "/targets/{year}/outlook",
    operation_id="previewTargets",
    dependencies=[Once],
    responses=changes(404),
)
def preview(
    session: ReadSession, actor: CurrentActor, year: YearInPath, body: TargetsIn
) -> OutlookOut:
    """What a decision would change since the last version, for whom and why; nothing is decided.

    With the sums of the counties before and after, and who would be raised inside its notice
    period (Migrationsverket, the auditor).
    """
    numbers, decision = _asked(session, body, actor)
    seen = outlook.outlook(session, year, numbers, decision, actor=actor)
    return OutlookOut(
        year=year,
        kind=body.kind,
        reason=body.reason,
        before=seen.before,
        after=seen.after,
        counties=[CountySumOut.of(one) for one in seen.counties],
        changes=[_expected(one) for one in seen.changes],
        raised=len(seen.raised),
        inside_notice=len(seen.inside_notice),
        earliest_on=seen.earliest_on,
    )


def _expected(one: Expected) -> ExpectedOut:
    return ExpectedOut.of(
        one.change,
        municipality=PlaceOut.of(one.change.municipality),
        now=None if one.now is None else ReckonedOut.of(one.now),
        then=None if one.then is None else ReckonedOut.of(one.then),
    )


def _asked(session: Session, body: TargetsIn, actor: Actor) -> tuple[dict[int, int], Decision]:
    """The numbers a body means, and what is decided beside them. Raises Invalid; NotFound."""
    if (body.numbers is None) == (body.run_id is None):
        raise Invalid("numbers, or a run", pointer="/numbers")
    if body.kind is VersionKind.SWAP:
        raise Invalid("swaps have their own way", pointer="/kind")
    decision = Decision(
        body.kind,
        told_on=body.told_on,
        effective_on=body.effective_on,
        reason=body.reason,
        may_raise=body.may_raise,
        notice_reason=body.notice_reason,
        run_id=body.run_id,
    )
    if body.run_id is not None:
        return targets.of_run(session, body.run_id, actor=actor), decision
    return _numbers(session, body), decision


def _numbers(session: Session, body: TargetsIn) -> dict[int, int]:
    known = {one.number: one.id for one in places(session)}
    numbers: dict[int, int] = {}
    for index, one in enumerate(body.numbers or ()):
        its_id = known.get(one.municipality_number)
        if its_id is None or its_id in numbers:
            raise Invalid(
                "a municipality of Sweden, once",
                pointer=f"/numbers/{index}/municipality_number",
            )
        numbers[its_id] = one.persons
    return numbers


@router.get(
    "/target-versions/{target_version_id}",
    operation_id="getTargetVersion",
    responses=refusals(404, 422),
)
def get_version(
    session: ReadSession, actor: CurrentActor, target_version_id: VersionId
) -> VersionWithChangesOut:
    """One version: what it changed for whom, and why."""
    return _version(session, target_version_id, actor)


def _version(session: Session, version_id: int, actor: Actor) -> VersionWithChangesOut:
    seen = versions.version(session, version_id, actor=actor)
    changed = versions.changes(session, version_id, actor=actor)
    return VersionWithChangesOut.of(seen, changed=[ChangeOut.of(one) for one in changed])


@router.get("/targets/{year}/carry-overs", operation_id="listCarryOvers", responses=refusals(422))
def list_carries(session: ReadSession, actor: CurrentActor, year: YearInPath) -> ListOf[CarryOut]:
    """Corrections that wait for the year's first numbers, or were added to them."""
    return ListOf(items=[CarryOut.of(one) for one in versions.carries(session, year, actor=actor)])


@router.post(
    "/targets/{year}/carry-overs",
    status_code=201,
    operation_id="carryOver",
    dependencies=[Once],
    responses=changes(codes="targets.stand reason.missing"),
)
def carry_over(
    session: WriteSession, actor: CurrentActor, at: Now, year: YearInPath, body: CarryIn
) -> CarryOut:
    """Add so many to a municipality's first number of the year, or so many fewer."""
    here = _named(session, body.municipality_number)
    made = targets.carry_over(
        session, year, here.id, body.persons, reason=body.reason, actor=actor, at=at
    )
    return CarryOut.of(versions.carry(session, made, actor=actor))


@router.post(
    "/targets/{year}/excess",
    status_code=204,
    operation_id="explainExcess",
    dependencies=[Once],
    responses=changes(codes="excess.none reason.missing"),
)
def explain(
    session: WriteSession, actor: CurrentActor, at: Now, year: YearInPath, body: ExcessIn
) -> None:
    """Why more live in a municipality than its number (Migrationsverket)."""
    here = _named(session, body.municipality_number)
    excess.explain_count(session, year, here.id, reason=body.reason, actor=actor, at=at)


def _named(session: Session, number: str) -> Place:
    try:
        return place(session, number)
    except NotFound:
        raise Invalid("no municipality", pointer="/municipality_number") from None


@router.get("/people-counts", operation_id="listPeopleCounts", responses=refusals())
def list_counts(session: ReadSession, actor: CurrentActor) -> ListOf[CountOut]:
    """Counts, the latest day first, in one page."""
    return ListOf(items=[CountOut.of(one) for one in counts.counts(session, actor=actor)])


@router.post(
    "/people-counts",
    status_code=201,
    operation_id="countPeople",
    dependencies=[Once],
    responses=changes(codes="count.in_future", malformed="statistics.unusable"),
)
def count(session: WriteSession, actor: CurrentActor, at: Now, body: CountIn) -> CountOut:
    """Take in how many live where on a day, without anybody's name (Migrationsverket)."""
    made = counts.take_in(session, body.day, body.source, body.table.encode(), actor=actor, at=at)
    return CountOut.of(counts.one(session, made, actor=actor))
