"""`bosetting token`: bearer tokens for the API, made, listed and revoked."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import DataDir, open_sessions
from app.scopes import TokenScope
from workflow.kernel.actor import Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def add_to(cli: typer.Typer) -> None:
    tokens = typer.Typer(help="Bearer tokens for the API.")
    tokens.callback(invoke_without_command=True)(token)
    tokens.command("list")(list_)
    tokens.command("revoke")(revoke)
    cli.add_typer(tokens, name="token")


def token(
    context: typer.Context,
    *,
    role: Annotated[
        Role | None, typer.Option(help="What it may do.", show_default="needed")
    ] = None,
    scope: Annotated[
        TokenScope, typer.Option(help="For reading only, or for writing as well.")
    ] = TokenScope.WRITE,
    municipality: Annotated[
        str | None, typer.Option(metavar="0301", help="Whose, for the roles of a municipality.")
    ] = None,
    reception_centre: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which, for the role of a reception centre.")
    ] = None,
    county: Annotated[
        str | None, typer.Option(metavar="17", help="Whose, for the roles of a Swedish county.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What history calls it; by default the role.")
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=24 * 366, help="How long it holds.")] = 8,
    data_dir: DataDir = None,
) -> None:
    """Print a bearer token, alone on its line; it is shown this once."""
    if context.invoked_subcommand is not None:
        return
    if role is None:
        raise typer.BadParameter("what may it do?", param_hint="--role")
    from app import db
    from app.signin import issue_token

    try:
        with open_sessions(data_dir) as sessions, db.transaction(sessions) as session:
            secret = issue_token(
                session,
                name=name or role,
                role=role,
                scope=scope,
                municipality_id=_municipality(session, municipality),
                reception_centre=reception_centre,
                county=county,
                lasts=timedelta(hours=hours),
            )
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--role") from None
    print(secret)


def list_(
    every: Annotated[
        bool, typer.Option("--all", help="Those that hold no longer too.", show_default=False)
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """The tokens that hold, a line each: number, name, role, scope, whose, until, last used."""
    from app.db import reading
    from app.signin.issuing import tokens_seen
    from workflow.kernel.actor import SYSTEM

    with open_sessions(data_dir) as sessions, reading(sessions) as session:
        for seen in tokens_seen(session, actor=SYSTEM):
            if every or seen.holds:
                used = f"{seen.last_used_at:%Y-%m-%d %H:%M}" if seen.last_used_at else "-"
                until = f"{seen.expires_at:%Y-%m-%d %H:%M}"
                state = "" if seen.holds else "\trevoked" if seen.revoked_at else "\texpired"
                whose = seen.organisation or "-"
                line = (str(seen.id), seen.name, seen.role, seen.scope, whose, until, used)
                print("\t".join(line) + state)


def revoke(
    number: Annotated[int, typer.Argument(help="Its number in `bosetting token list`.")],
    data_dir: DataDir = None,
) -> None:
    """Let a token hold no longer."""
    from app import clock, db
    from app.signin import revoke_token
    from workflow.kernel.actor import SYSTEM

    with open_sessions(data_dir) as sessions, db.transaction(sessions) as session:
        revoke_token(session, number, actor=SYSTEM, at=clock.now(session, demo=True))


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
