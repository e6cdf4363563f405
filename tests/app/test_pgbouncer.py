"""Behind PgBouncer in transaction pooling nobody meets another's rows on a connection handed on.

Needs the program pgbouncer; as root on Debian it is installed, else the test fails with a sentence.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, make_url, select

from app.acting import NOBODY, acting_of
from app.db import make_engine, make_sessions, reading, transaction
from app.embedded_postgres.binaries import server_user
from tests.databases import Databases
from tests.factories import a_case, a_municipality, placed, writer
from workflow.cases.models import Case

NONE_TO_BE_HAD = (
    "This test needs PgBouncer and none was found or could be installed: "
    "install it (on Debian: apt-get install pgbouncer)."
)
CONFIGURATION = """
[databases]
* = host={socket} port=5432
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 2
logfile = {folder}/log
pidfile = {folder}/pid
"""


def _program() -> str:
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "pgbouncer"]):
            subprocess.run(["apt-get", *command], check=False, env=environment)
        found = shutil.which("pgbouncer", path="/usr/sbin")
    if found is None:
        pytest.fail(NONE_TO_BE_HAD)
    return found


@pytest.fixture
def pooled(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple]:
    """A database, and its address through a pool of two connections."""
    program = _program()
    with databases.fresh(connections=2) as database, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        url = make_url(database.url)
        folder = Path(f"/tmp/bosetting-pgbouncer-{port}")  # noqa: S108  its user must get in
        folder.mkdir()
        configuration = folder / "pgbouncer.ini"
        configuration.write_text(
            CONFIGURATION.format(socket=url.query["host"], port=port, folder=folder)
        )
        users = folder / "users"
        users.write_text(f'"{url.username}" ""\n')
        user = server_user()
        if user is not None:
            for path in (folder, configuration, users):
                os.chown(path, user.pw_uid, user.pw_gid)
        server = subprocess.Popen(
            [program, "-q", str(configuration)], user=user.pw_name if user else None
        )
        try:
            through = url.set(host="127.0.0.1", port=port, query={})
            _wait(through.set(drivername="postgresql").render_as_string(hide_password=False))
            yield database, through.render_as_string(hide_password=False)
        finally:
            server.terminate()
            server.wait(10)
            shutil.rmtree(folder)


def _wait(address: str) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.mark.soak
def test_a_connection_handed_on_is_nobodys_before_it_is_the_nexts(pooled):
    database, through = pooled
    with transaction(database.sessions) as session:
        own = {}
        for cases in (1, 2, 3):
            here = a_municipality(session, decided=50)
            for _ in range(cases):
                placed(session, a_case(session), here)
            own[here] = cases
    engine = make_engine(through, connections=12, prepares=False)
    sessions = make_sessions(engine)

    def counts(turn: int) -> bool:
        here, wanted = list(own.items())[turn % 3]
        with reading(sessions, acting_of(writer(here))) as session:
            return session.scalar(select(func.count()).select_from(Case)) == wanted

    try:
        with ThreadPoolExecutor(12) as pool:
            right = list(pool.map(counts, range(600)))
        with (
            pytest.raises(Exception, match="permission denied"),
            reading(sessions, NOBODY) as session,
        ):
            session.scalar(select(func.count()).select_from(Case))
    finally:
        engine.dispose()

    assert all(right)
