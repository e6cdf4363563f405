"""`bosetting report`: Sweden's reports, taken, frozen and written to files."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from app.command_line.database import DataDir, open_sessions
from app.errors import CannotStart
from workflow.reports.states import DUE_ON, CostKind, ReportKind

if TYPE_CHECKING:
    from app.reports.written import Written
    from workflow.reports.figures import Cost

_Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it tells of.")]
_Id = Annotated[UUID, typer.Argument(metavar="ID", help="As `bosetting report list` has it.")]
FORMATS: Final = (".html", ".pdf", ".xlsx")


def add_to(cli: typer.Typer) -> None:
    report = typer.Typer(help="Sweden's reports of its assignment.", no_args_is_help=True)
    report.command("take")(take)
    report.command("list")(list_)
    report.command("freeze")(freeze)
    report.command("export")(export)
    cli.add_typer(report, name="report")


def take(
    *,
    kind: Annotated[ReportKind, typer.Option(help="Running, interim or final.")],
    title: Annotated[str, typer.Option(help="Its title.")],
    year: Annotated[int, typer.Option(min=1990, max=2100, help="Of the targets it tells of.")],
    day: _Day,
    recipients: Annotated[str, typer.Option(help="Whom it is handed to.")],
    due: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day it is due; of the interim and the final one as the government set it.",
        ),
    ] = None,
    opening: Annotated[
        UUID | None, typer.Option(metavar="ID", help="A final one's frozen interim report.")
    ] = None,
    cost: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=KRONOR",
            help=f"Since the beginning: {', '.join(CostKind)}. May be said again.",
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Take the figures of a day into a draft, and print its id.

    The boards sign an interim report, and Stockholm's coordinates it, on their pages or by the API.
    """
    from app.clock import machine_time
    from app.db import transaction
    from workflow.kernel.actor import SYSTEM
    from workflow.reports import reports
    from workflow.reports.reports import NewReport

    new = NewReport(
        kind=kind,
        title=title,
        year=year,
        day=day.date(),
        recipients=recipients,
        due_on=due.date() if due else DUE_ON.get(kind),
        opening_id=opening,
        costs=[_cost(one) for one in cost or ()],
    )
    with open_sessions(data_dir) as sessions, transaction(sessions) as session:
        made = reports.draft(session, new, actor=SYSTEM, at=machine_time())
    print(made)


def _cost(told: str) -> "Cost":
    from workflow.reports.figures import Cost

    what, _, kronor = told.partition("=")
    if what not in set(CostKind) or not (kronor.isascii() and kronor.isdigit()):
        raise typer.BadParameter(f"{told}: expected KIND=KRONOR", param_hint="--cost")
    if len(kronor) > len("1000000000000"):
        raise typer.BadParameter(f"{told}: too many kronor", param_hint="--cost")
    return Cost(CostKind(what), int(kronor))


def list_(data_dir: DataDir = None) -> None:
    """Every report, the latest day first: id, day, kind, state, digest, title."""
    from app.db import reading
    from workflow.kernel.actor import SYSTEM
    from workflow.reports.reading import reports

    with open_sessions(data_dir) as sessions, reading(sessions) as session:
        for one in reports(session, actor=SYSTEM):
            print(f"{one.id}  {one.day}  {one.kind:8} {one.state:7} {one.sha256[:16]}  {one.title}")


def freeze(
    report_id: _Id,
    *,
    reason: Annotated[
        str | None, typer.Option(help="Why opening and changes are not the closing figures.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """From now on nothing in it changes; print its digest."""
    from app.clock import machine_time
    from app.db import transaction
    from workflow.kernel.actor import SYSTEM
    from workflow.reports import reading, reports

    with open_sessions(data_dir) as sessions, transaction(sessions) as session:
        version = reading.report(session, report_id, actor=SYSTEM, lock=True).version
        reports.freeze(
            *(session, report_id),
            difference_reason=reason,
            version=version,
            actor=SYSTEM,
            at=machine_time(),
        )
        print(reading.report(session, report_id, actor=SYSTEM).sha256)


def export(
    report_id: _Id,
    *,
    out: Annotated[
        Path, typer.Option(dir_okay=False, help="Ends in .html, .pdf or .xlsx; written whole.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Write a report to a file, of its stored parts alone, with small numbers hidden."""
    from app.db import reading as reading_from
    from app.reports.written import written
    from workflow.kernel.actor import SYSTEM
    from workflow.reports import reading

    if out.suffix not in FORMATS:
        raise typer.BadParameter(f"{out}: expected one of {', '.join(FORMATS)}", param_hint="--out")
    with open_sessions(data_dir) as sessions, reading_from(sessions) as session:
        told = written(*reading.whole(session, report_id, actor=SYSTEM))
    unfinished = out.with_name(f".{out.name}.part")
    try:
        unfinished.write_bytes(_as(out.suffix, told))
        unfinished.replace(out)
    except OSError as fault:
        raise CannotStart(f"{out} cannot be written: {fault.strerror}.") from fault
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"{told.report.title}, {told.report.day}, {told.report.state}, in {out}")


def _as(suffix: str, told: "Written") -> bytes:
    from app.reports import written

    if suffix == ".html":
        return written.html(told).encode()
    return written.pdf(told) if suffix == ".pdf" else written.workbook(told)
