"""`bosetting token`: a bearer token for the API."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import DataDir, open_database
from workflow.kernel.actor import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def add_to(cli: typer.Typer) -> None:
    cli.command()(token)


def token(
    *,
    role: Annotated[Role, typer.Option(help="What it may do.")],
    municipality: Annotated[
        str | None, typer.Option(metavar="0301", help="Whose, for the roles of a municipality.")
    ] = None,
    reception_centre: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which, for the role of a reception centre.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What history calls it; by default the role.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="How long it holds.")] = 8,
    data_dir: DataDir = None,
) -> None:
    """Print a bearer token, alone on its line; it is shown this once."""
    from app import db
    from app.signin import issue_token

    with open_database(data_dir) as addresses:
        engine = db.make_engine(addresses.url, connections=1)
        try:
            with db.transaction(db.make_sessions(engine)) as session:
                secret = issue_token(
                    session,
                    name=name or role,
                    role=role,
                    municipality_id=_municipality(session, municipality),
                    reception_centre=reception_centre,
                    lasts=timedelta(hours=hours),
                )
        except ValueError as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--role") from None
        finally:
            engine.dispose()
    print(secret)


def _municipality(session: "Session", number: str | None) -> int | None:
    """Whose number it is now, or was."""
    from app.clock import machine_time
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.calendar import local_day
    from workflow.kernel.errors import NotFound
    from workflow.municipalities import queries

    if number is None:
        return None
    try:
        return queries.by_number(session, number, on=local_day(machine_time()), actor=SYSTEM).id
    except NotFound:
        raise typer.BadParameter(
            f"no municipality has number {number}", param_hint="--municipality"
        ) from None
