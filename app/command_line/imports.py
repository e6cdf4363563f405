"""`bosetting import KIND FILE`: registers, statistics and households from files.

Each rejected row is one line, `file:line: column: what is wrong, expected what`; the rest is
imported, or with --strict nothing.
"""

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line import import_planning, inventory_imports
from app.command_line.database import DataDir
from app.command_line.outcome import Outcome, carry_out
from app.command_line.progress import shown
from app.errors import CannotStart

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflow.capacity.imports import StatisticsReport
    from workflow.capacity.statistics import Statistics
    from workflow.municipalities.commands import RegisterReport

ImportFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]
Strict = Annotated[bool, typer.Option("--strict", help="Import nothing if any row is rejected.")]

#: What the register that comes with the program is called where a file's name stands.
SHIPPED = Path("shipped")


def add_to(cli: typer.Typer) -> None:
    imports = typer.Typer(help="Take in files of others.", no_args_is_help=True)
    imports.command("municipalities")(municipalities)
    imports.command("imdi-statistics")(imdi_statistics)
    imports.command("cases")(cases)
    imports.command("boundaries")(boundaries)
    imports.command("scores")(scores)
    import_planning.add_to(imports)
    inventory_imports.add_to(imports)
    cli.add_typer(imports, name="import")


def municipalities(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="[FILE]",
            show_default=False,
            help="Without one: the register and the airports that come with the program.",
        ),
    ] = None,
    *,
    year: Annotated[
        int | None,
        typer.Option(min=1990, max=2100, help="It holds from 1 January of this year."),
    ] = None,
    airports: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="A file of airports."),
    ] = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    data_dir: DataDir = None,
) -> None:
    """The register of a year's municipalities; see docs/import.md for the columns."""
    if file is None and (year is not None or airports is not None):
        raise typer.BadParameter("--year and --airports belong to a FILE.")
    if file is not None and year is None and (year := _year_of_name(file)) is None:
        raise typer.BadParameter(
            "Say --year: the file holds from 1 January of that year on, and its name tells no year."
        )

    def store(session: "Session", at: datetime) -> Outcome:
        if (told := _of_sweden(session, file, at)) is not None:
            return told
        if file is None or year is None:
            return _store_shipped(session, at)
        return _store_municipalities(session, at, file, airports, date(year, 1, 1))

    carry_out(store, dry_run=dry_run, strict=strict, data_dir=data_dir)


def imdi_statistics(
    file: ImportFile,
    *,
    year: Annotated[int | None, typer.Option(help="Only this year's lines.")] = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    data_dir: DataDir = None,
) -> None:
    """IMDi's published statistics of requests, decisions and settlement, as they are downloaded."""
    carry_out(
        lambda session, at: _store_statistics(session, at, file, year),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def cases(
    file: ImportFile,
    *,
    dry_run: DryRun = False,
    strict: Strict = False,
    data_dir: DataDir = None,
) -> None:
    """Households to register as cases, one row a person; see docs/import.md for the columns."""
    carry_out(
        lambda session, at: _store_cases(session, at, file),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def boundaries(
    file: ImportFile,
    *,
    number: Annotated[
        str | None,
        typer.Option(help="The property that holds the number; default: one of the usual ones."),
    ] = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    data_dir: DataDir = None,
) -> None:
    """Municipalities' boundaries for the map, GeoJSON or TopoJSON in degrees; all there were go."""
    carry_out(
        lambda session, at: _store_boundaries(session, at, file, number),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def _of_sweden(session: "Session", file: Path | None, at: datetime) -> Outcome | None:
    """The register of a Swedish deployment; None where it is Norway's."""
    from app import deployment
    from app.settings import settings
    from workflow.kernel.country import Country
    from workflow.municipalities.sweden import ensure_register

    country = deployment.country_of(session) or settings().country
    if country is not Country.SWEDEN:
        return None
    if file is not None:
        raise CannotStart("Sweden's register comes with the program: leave the file out.")
    deployment.say(session, country, at=at)
    outcome = Outcome()
    stored = ensure_register(session, at=at)
    outcome.say(f"Municipalities stored: {stored}." if stored else "They are there already.")
    return outcome


def scores(
    file: ImportFile,
    *,
    source: Annotated[str, typer.Option(help="Who made them, and how; shown where they are used.")],
    dry_run: DryRun = False,
    strict: Strict = False,
    data_dir: DataDir = None,
) -> None:
    """Outcome scores ([person,]case,municipality,score); a run uses them only where asked to."""
    carry_out(
        lambda session, at: _store_scores(session, at, file, source),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def _store_shipped(session: "Session", at: datetime) -> Outcome:
    from workflow.kernel.actor import SYSTEM
    from workflow.municipalities.commands import store_shipped_register

    outcome = Outcome()
    _tell_register(outcome, SHIPPED, store_shipped_register(session, actor=SYSTEM, at=at))
    return outcome


def _year_of_name(file: Path) -> int | None:
    """The one year that a file's name tells (municipalities_no_2020.csv), if it does."""
    found = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", file.stem))
    return int(found.pop()) if len(found) == 1 else None


def _store_municipalities(
    session: "Session", at: datetime, file: Path, airports_file: Path | None, valid_from: date
) -> Outcome:
    from workflow.kernel.actor import SYSTEM
    from workflow.municipalities import commands, queries
    from workflow.municipalities.register import read_airports, read_register, shipped_airports

    outcome = Outcome()
    airports = list(shipped_airports())
    if airports_file is not None:
        with airports_file.open("rb") as opened:
            airports, rejected = read_airports(opened)
        outcome.reject(airports_file, rejected)
    known = {airport.iata for airport in queries.airports(session, actor=SYSTEM)}
    with file.open("rb") as opened:
        rows, rejected = read_register(
            opened, airports=known | {airport.iata for airport in airports}
        )
    outcome.reject(file, rejected)
    if not rows:
        return outcome
    report = commands.store_register(
        session,
        rows,
        airports,
        year=valid_from.year,
        valid_from=valid_from,
        actor=SYSTEM,
        at=at,
    )
    _tell_register(outcome, file, report)
    return outcome


def _tell_register(outcome: Outcome, file: Path, report: "RegisterReport") -> None:
    from workflow.kernel.tables import RejectedRow

    found = report.changes
    outcome.reject(
        file,
        [
            RejectedRow(
                row.line,
                "number",
                f"{row.number} is {holder.latest.called.official_name}'s, which is not in the file",
                expected="a number nobody else has",
            )
            for row, holder in found.taken
        ],
    )
    outcome.reject(
        file,
        [
            RejectedRow(
                row.line,
                "number",
                f"{row.number} {row.official_name} has changed since {report.year}",
                expected="the register of a later year",
            )
            for row in found.older
        ],
    )
    outcome.say(
        f"Municipalities of {report.year}: {len(found.added):,} new,"
        f" {len(found.changed):,} changed, {found.unchanged:,} as they were;"
        f" {report.airports_stored:,} airports new or changed."
    )
    for change in report.renamed:
        outcome.say(
            f"{change.before.number} {change.before.official_name} is now"
            f" {change.after.number} {change.after.official_name}."
        )
    for missing in found.missing:
        name = missing.latest.called
        outcome.say(
            f"{name.number} {name.official_name} is not in the file and stays:"
            " if it is no more, record the merger or the split."
        )


def _store_statistics(session: "Session", at: datetime, file: Path, year: int | None) -> Outcome:
    from workflow.capacity.imports import store_statistics
    from workflow.capacity.statistics import by_municipality_year, read_statistics
    from workflow.kernel.actor import SYSTEM
    from workflow.municipalities.numbers import numbers

    outcome = Outcome()
    with file.open("rb") as opened:
        read = read_statistics(opened, numbers(session, actor=SYSTEM).known, year=year)
    outcome.reject(file, read.rejected)
    report = store_statistics(session, by_municipality_year(read.rows), actor=SYSTEM, at=at)
    _tell_statistics(outcome, file, read, report)
    return outcome


def _tell_statistics(
    outcome: Outcome, file: Path, read: "Statistics", report: "StatisticsReport"
) -> None:
    from workflow.capacity.statistics import COUNT, Figure
    from workflow.kernel.tables import RejectedRow

    line_of = {row.key: row.line for row in read.rows}
    for refused in report.not_stored:
        key = refused.year, refused.municipality_number
        # In a year without an adjustment its one request is the original.
        line = line_of.get((*key, refused.figure)) or line_of[*key, Figure.REQUEST]
        problem = f"{refused.said} for {refused.municipality_number} in {refused.year}"
        expected = f"{refused.stands}, which is registered and stands"
        outcome.reject(file, [RejectedRow(line, COUNT, problem, expected)])
    for year, sums in sorted(report.sums.items()):
        outcome.say(
            f"{year}: municipalities with a number: {sums.municipalities:,}; persons: original"
            f" request {sums.original_request:,}, adjusted {sums.adjusted_request:,}, decided"
            f" {sums.decided_places:,}, settled {sums.settled:,}; hidden numbers: {sums.hidden:,}."
        )
    for behind in report.behind:
        outcome.say(
            f"{behind.municipality_number} has settled {behind.stands:,} in {behind.year} by its"
            f" cases here, the file says {behind.said:,}: {behind.stands:,} stands."
        )
    outcome.say(
        f"Municipalities' years: {report.changed:,} changed, {report.unchanged:,} as they were."
    )


def _store_cases(session: "Session", at: datetime, file: Path) -> Outcome:
    from workflow.cases.imports import read_cases, without_known
    from workflow.cases.registration import register
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.calendar import local_day

    outcome = Outcome()
    with file.open("rb") as opened:
        households, rejected = read_cases(opened, today=local_day(at))
    new, known = without_known(session, households, actor=SYSTEM)
    outcome.reject(file, sorted([*rejected, *known], key=lambda row: row.line))
    persons = 0
    for household in shown("Households", new, total=len(new)):
        register(session, household.new, actor=SYSTEM, at=at)
        persons += len(household.new.persons)
    outcome.say(f"Registered households: {len(new):,}; persons: {persons:,}.")
    return outcome


def _store_boundaries(session: "Session", at: datetime, file: Path, number: str | None) -> Outcome:
    from app.deployment import country_of
    from app.maps.boundary_files import NotBoundaries, read_boundaries
    from app.maps.simplified import simplified
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.country import Country
    from workflow.municipalities.boundaries import store_boundaries

    outcome = Outcome()
    try:
        areas, rejected = read_boundaries(file.read_bytes(), number_name=number)
    except NotBoundaries as fault:
        raise typer.BadParameter(f"{file}: {fault}.") from fault
    outcome.reject(file, rejected)
    paths = simplified(areas, country_of(session) or Country.NORWAY)
    report = store_boundaries(session, paths, actor=SYSTEM, at=at)
    for one in sorted(report.unknown):
        outcome.say(f"{one} is no municipality's number today.")
    outcome.say(
        f"Boundaries stored: {report.stored:,}; municipalities without: {len(report.without):,}."
    )
    return outcome


def _store_scores(session: "Session", at: datetime, file: Path, source: str) -> Outcome:
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.errors import Invalid
    from workflow.redistribution.scores import import_scores

    outcome = Outcome()
    try:
        with file.open("rb") as opened:
            done = import_scores(
                session, opened, source=source, file_name=file.name, actor=SYSTEM, at=at
            )
    except Invalid as fault:
        raise typer.BadParameter(f"{file}: {fault}.") from fault
    outcome.reject(file, done.rejected)
    outcome.say(f"Scores brought in: {done.pairs:,}, of cases: {done.cases:,}.")
    return outcome
