"""Keys, statistics, and keys computed on statistics: for anyone signed in to check."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response
from fastapi.responses import PlainTextResponse

from app.api import API
from app.api.parameters import YearInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.sweden_keys import (
    KeyIn,
    KeyOut,
    KeyRunIn,
    KeyRunLineOut,
    KeyRunOut,
    StatisticsIn,
    StatisticsOut,
    UnusedIn,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.allocation import keys, runs, statistics, unused
from workflow.allocation.statistics import NewStatistics

router = APIRouter(tags=["keys"], route_class=OnceRoute)

KeyId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
_TEXT = {"content": {"text/plain": {"schema": {"type": "string"}, "example": "name = ours"}}}
_CSV = {"content": {"text/csv": {"schema": {"type": "string"}, "example": "code,population"}}}


@router.get("/keys", operation_id="listKeys", responses=refusals())
def list_keys(session: ReadSession, actor: CurrentActor) -> ListOf[KeyOut]:
    """Every version of every key that is stored, in one page."""
    return ListOf(items=[KeyOut.of(one) for one in keys.keys(session, actor=actor)])


@router.post(
    "/keys",
    status_code=201,
    operation_id="storeKey",
    dependencies=[Once],
    responses=changes(codes="key.version_taken", malformed="key.unusable"),
)
def store_key(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: KeyIn
) -> KeyOut:
    """Store a version of a key (Migrationsverket); it is never changed."""
    made = keys.store(session, body.parameters, actor=actor, at=at)
    response.headers["location"] = f"{API}/keys/{made}"
    return KeyOut.of(keys.key(session, made, actor=actor))


@router.get("/keys/{key_id}", operation_id="getKey", responses=refusals(404, 422))
def get_key(session: ReadSession, actor: CurrentActor, key_id: KeyId) -> KeyOut:
    """One version of a key."""
    return KeyOut.of(keys.key(session, key_id, actor=actor))


@router.get(
    "/keys/{key_id}/parameters",
    operation_id="getKeyParameters",
    response_class=PlainTextResponse,
    responses={**refusals(404, 422), 200: _TEXT},
)
def get_parameters(session: ReadSession, actor: CurrentActor, key_id: KeyId) -> PlainTextResponse:
    """Its file (TOML), as `bosetting key compute --parameters` takes it."""
    return PlainTextResponse(keys.parameters_of(session, key_id, actor=actor))


@router.get("/statistics", operation_id="listStatistics", responses=refusals())
def list_statistics(session: ReadSession, actor: CurrentActor) -> ListOf[StatisticsOut]:
    """What was taken in, the newest first, in one page."""
    return ListOf(items=[StatisticsOut.of(one) for one in statistics.sets(session, actor=actor)])


@router.post(
    "/statistics",
    status_code=201,
    operation_id="takeInStatistics",
    dependencies=[Once],
    responses=changes(malformed="statistics.unusable"),
)
def take_in(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: StatisticsIn
) -> StatisticsOut:
    """Take in statistics with where they are from (Migrationsverket)."""
    new = NewStatistics(body.title, body.source, body.day)
    made = statistics.take_in(session, new, body.table.encode(), actor=actor, at=at)
    response.headers["location"] = f"{API}/statistics/{made}"
    return StatisticsOut.of(statistics.one(session, made, actor=actor))


@router.get(
    "/statistics/{statistics_id}", operation_id="getStatistics", responses=refusals(404, 422)
)
def get_statistics(
    session: ReadSession, actor: CurrentActor, statistics_id: KeyId
) -> StatisticsOut:
    """Where they are from, and what is in them."""
    return StatisticsOut.of(statistics.one(session, statistics_id, actor=actor))


@router.get(
    "/statistics/{statistics_id}/table",
    operation_id="getStatisticsTable",
    response_class=Response,
    responses={**refusals(404, 422), 200: _CSV},
)
def get_table(session: ReadSession, actor: CurrentActor, statistics_id: KeyId) -> Response:
    """The numbers (CSV), as `bosetting key compute --statistics` takes them.

    In full for Migrationsverket, the coordinating board and auditors; for others small numbers of
    others, and those that would give them away, are empty.
    """
    text = statistics.as_file(session, statistics_id, actor=actor)
    return Response(text, media_type="text/csv")


@router.get("/key-runs", operation_id="listKeyRuns", responses=refusals(422))
def list_runs(
    session: ReadSession, actor: CurrentActor, year: YearInQuery = None
) -> ListOf[KeyRunOut]:
    """Computed keys, the newest first, in one page."""
    found = runs.runs(session, year=year, actor=actor)
    return ListOf(items=[KeyRunOut.of(one) for one in found])


@router.post(
    "/key-runs",
    status_code=201,
    operation_id="computeKey",
    dependencies=[Once],
    responses=changes(404, codes="key.not_computable"),
)
def compute(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: KeyRunIn
) -> KeyRunOut:
    """Compute a key on statistics (Migrationsverket): frozen, the same for whoever repeats it."""
    made = runs.run(
        session,
        key_id=body.key_id,
        statistics_id=body.statistics_id,
        year=body.year,
        total=body.total,
        actor=actor,
        at=at,
    )
    return _shown(session, made, response, actor)


@router.post(
    "/key-runs/from-unused-places",
    status_code=201,
    operation_id="computeFromUnusedPlaces",
    dependencies=[Once],
    responses=changes(codes="key.not_computable targets.missing"),
)
def compute_from_unused(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: UnusedIn
) -> KeyRunOut:
    """Next year's numbers from the places that are left (Migrationsverket)."""
    made = unused.run(session, body.year, body.total, actor=actor, at=at)
    return _shown(session, made, response, actor)


@router.get("/key-runs/{key_run_id}", operation_id="getKeyRun", responses=refusals(404, 422))
def get_run(session: ReadSession, actor: CurrentActor, key_run_id: UUID) -> KeyRunOut:
    """One computed key."""
    return KeyRunOut.of(runs.one(session, key_run_id, actor=actor))


@router.get(
    "/key-runs/{key_run_id}/lines", operation_id="getKeyRunLines", responses=refusals(404, 422)
)
def get_lines(session: ReadSession, actor: CurrentActor, key_run_id: UUID) -> ListOf[KeyRunLineOut]:
    """What it gives each municipality, and what each criterion gives to that; in one page."""
    runs.one(session, key_run_id, actor=actor)
    found = runs.lines(session, key_run_id, actor=actor)
    return ListOf(items=[KeyRunLineOut.of(one) for one in found])


def _shown(session: WriteSession, made: UUID, response: Response, actor: CurrentActor) -> KeyRunOut:
    response.headers["location"] = f"{API}/key-runs/{made}"
    return KeyRunOut.of(runs.one(session, made, actor=actor))
