"""Nycklar: keys and statistics stored, computed, shown for anyone signed in to check."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.asked import PARTIES, file_of, year_of
from app.pages.visit import Reader, Visit
from app.wording import explain
from app.wording import table as words
from workflow.allocation import keys, runs, statistics, unused
from workflow.allocation.access import READS_ALL
from workflow.allocation.statistics import NewStatistics
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)


@router.get("/nycklar")
def list_(reader: Reader) -> Response:
    reader.only(*PARTIES)
    return _list(reader)


@router.post("/nycklar")
def store(reader: Reader) -> Response:
    """Another version of a key."""
    actor = reader.only(Role.MIGRATION_OFFICER)
    file = file_of(reader.form, "parameters")
    if file is None or reader.form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            text = file.decode("utf-8", errors="replace").replace("\r\n", "\n")
            made = keys.store(session, text, actor=actor, at=reader.at)
    except DomainError as refusal:
        reader.again(refusal, key__="parameters")
        reader.form.errors = {"parameters": str(explain(refusal))}
        return _list(reader, status_code=422)
    return reader.done(f"/nycklar/{made}", "key_stored")


@router.post("/nycklar/statistik")
def take_in(reader: Reader) -> Response:
    """Statistics with where they are from."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    title = form.text("statistics_title", required=True)
    source = form.text("source", required=True)
    day = form.day("day", required=True)
    file = file_of(form, "table")
    if title is None or source is None or day is None or file is None or form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            new = NewStatistics(title, source, day)
            statistics.take_in(session, new, file, actor=actor, at=reader.at)
    except DomainError as refusal:
        reader.again(refusal)
        reader.form.errors = {"table": str(explain(refusal))}
        return _list(reader, status_code=422)
    return reader.done("/nycklar", "statistics_taken_in")


@router.post("/nycklar/berakning")
def compute(reader: Reader) -> Response:
    """A key on statistics; without either, from the places left of the year before."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    year = year_of(reader, form.typed("year"))
    total = form.number("total", required=True)
    from_unused = form.typed("key") == "unused"
    key_id = None if from_unused else form.number("key", required=True)
    set_id = None if from_unused else form.number("statistics", required=True)
    if total is None or form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            if key_id is None or set_id is None:
                told = {
                    name: text.format(year=year - 1) for name, text in words("sv")["unused"].items()
                }
                made = unused.run(session, year, total, **told, actor=actor, at=reader.at)
            else:
                made = runs.run(
                    session,
                    key_id=key_id,
                    statistics_id=set_id,
                    year=year,
                    total=total,
                    actor=actor,
                    at=reader.at,
                )
    except DomainError as refusal:
        status = reader.again(refusal, key__not_computable="key", targets__missing="key")
        return _list(reader, status_code=status)
    return reader.done(f"/nycklar/berakning/{made}", "key_computed")


@router.get("/nycklar/berakning/{key_run_id}")
def run(reader: Reader, key_run_id: UUID) -> Response:
    """What a key gives each municipality, and what each criterion gives to that."""
    actor = reader.only(*PARTIES)
    seen = runs.one(reader.session, key_run_id, actor=actor)
    lines = runs.lines(reader.session, key_run_id, actor=actor)
    criteria = next((list(one.contributions) for one in lines if one.contributions), [])
    return reader.page(
        "se/keys/run.html",
        run=seen,
        lines=lines,
        criteria=criteria,
        criterion_words=words("sv")["key_criterion"],
        in_full=actor.role in READS_ALL,
    )


@router.get("/nycklar/statistik/{statistics_id}")
def table(reader: Reader, statistics_id: int) -> Response:
    """The file to compute from."""
    actor = reader.only(*PARTIES)
    return Response(
        statistics.as_file(reader.session, statistics_id, actor=actor),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="statistik-{statistics_id}.csv"'},
    )


@router.get("/nycklar/{key_id}")
def one(reader: Reader, key_id: int) -> Response:
    """A key as the file that says it."""
    actor = reader.only(*PARTIES)
    return reader.page(
        "se/keys/one.html",
        key=keys.key(reader.session, key_id, actor=actor),
        parameters=keys.parameters_of(reader.session, key_id, actor=actor),
        titles=words("sv")["key_title"],
    )


@router.get("/nycklar/{key_id}/fil")
def file(reader: Reader, key_id: int) -> Response:
    actor = reader.only(*PARTIES)
    seen = keys.key(reader.session, key_id, actor=actor)
    return Response(
        keys.parameters_of(reader.session, key_id, actor=actor),
        media_type="text/plain; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{seen.name}-{seen.version}.toml"'},
    )


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor = reader.actor
    return reader.page(
        "se/keys/list.html",
        status_code=status_code,
        keys=keys.keys(reader.session, actor=actor),
        sets=statistics.sets(reader.session, actor=actor),
        runs=runs.runs(reader.session, actor=actor),
        decides=actor.role is Role.MIGRATION_OFFICER,
        titles=words("sv")["key_title"],
        next_year=reader.today.year + 1,
    )
