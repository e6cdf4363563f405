"""The files of the database: where they lie, how they are made, what is in them from the start."""

import os
import shutil
import sys
from pathlib import Path
from uuid import uuid4

import psycopg

from app.embedded_postgres.binaries import SHARED, Binaries, run_as_server, server_user
from app.errors import CannotStart

DATABASE = "bosetting"
OWNER = "bosetting_owner"
APPLICATION = "bosetting_app"
SUPERUSER = "postgres"
#: What makes the roles; whoever runs a server of their own runs it there.
ROLES = Path(__file__).resolve().parents[2] / "migrations" / "roles.sql"


def home(data_dir: Path) -> Path:
    """Where the files lie: in the data folder, if the server's user can get in.

    Else, as root, apart from it, under a name that is kept in the data folder, so that a new folder
    of the same name is a new database.
    """
    inside = data_dir / "postgres"
    if server_user() is None:
        return inside
    data_dir.chmod(data_dir.stat().st_mode | 0o011)
    if inside.is_dir() or run_as_server("test", "-x", str(data_dir)).returncode == 0:
        return inside
    name = data_dir / "cluster"
    if not name.exists():
        name.write_text(uuid4().hex)
    shared = SHARED / "clusters"
    shared.mkdir(parents=True, exist_ok=True)
    for folder in (shared.parent, shared):
        folder.chmod(0o755)
    return shared / name.read_text()


def major(cluster: Path) -> int | None:
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def initdb(binaries: Binaries, cluster: Path) -> None:
    """Make the cluster beside its place and move it there whole, so that a kill leaves no half."""
    making = cluster.with_name(f"{cluster.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    if user := server_user():
        os.chown(making, user.pw_uid, user.pw_gid)
    answer = run_as_server(
        binaries.initdb,
        f"--pgdata={making}",
        f"--username={SUPERUSER}",
        "--auth=trust",  # who can reach the socket's folder, which is closed to other users
        "--encoding=UTF8",
        f"--locale={'en_US.UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}",
        "--no-instructions",
    )
    if answer.returncode:
        raise CannotStart(f"The database could not be made in {making}: {answer.stderr.strip()}")
    making.rename(cluster)


def create_roles_and_database(socket_dir: Path) -> None:
    with connect(socket_dir, SUPERUSER, "postgres") as connection:
        connection.execute(ROLES.read_bytes())
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def connect(socket_dir: Path, login: str, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(socket_dir), user=login, dbname=database, autocommit=True, connect_timeout=5
    )
