"""`bosetting migrate`: the schema of this version."""

import typer

from app.command_line.database import DataDir, open_server
from app.errors import CannotStart


def add_to(cli: typer.Typer) -> None:
    cli.command()(migrate)


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to the schema of this version; refuses one that is newer."""
    from app.migrate import head, upgrade

    with open_server(data_dir) as addresses:
        if addresses.owner_url is None:
            raise CannotStart(
                "Set BOSETTING_OWNER_DATABASE_URL to the login that owns the schema: "
                "the application's own login may not change it."
            )
        before = upgrade(addresses.owner_url)
    if before == head():
        print(f"The database is at {before} already.")
    else:
        print(f"The database went from {before or 'nothing'} to {head()}.")
