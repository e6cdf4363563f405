"""The embedded server: one a folder, shared, gone with its last process, never with the data."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from app.embedded_postgres import EmbeddedPostgres, binaries, cluster
from app.errors import CannotStart

#: Another process with the embedded database; says when it is there, ends when its input does.
OTHER = """
import sys
from pathlib import Path
from app.embedded_postgres import EmbeddedPostgres, binaries
with EmbeddedPostgres(Path(sys.argv[1]), binaries=binaries.at(Path(sys.argv[2]))) as postgres:
    print(postgres.url, postgres.keeps_the_server, flush=True)
    sys.stdin.read()
"""
PATIENCE_SECONDS = 30


@pytest.fixture
def folder():
    # Not tmp_path: its parents are closed to the user the server runs as when we are root.
    made = Path(tempfile.mkdtemp(prefix="bosetting-embedded-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def other(folder, postgres_binaries):
    """Starts other processes on the same folder, each with what it said about itself."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", OTHER, folder, postgres_binaries.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        url, keeps = process.stdout.readline().split()
        return process, url, keeps == "True"

    yield start
    for process in started:
        process.communicate()


def query(url, statement, *, expect=True):
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        answer = connection.execute(statement)
        return answer.fetchall() if expect else None


def until(condition):
    """Wait for what another process does; fails when it does not come."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return value


def server_pid(folder):
    return int((cluster.home(folder) / "postmaster.pid").read_text().split()[0])


def is_gone(pid):
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.trial
def test_the_logins_are_what_they_are_for(folder, postgres_binaries):
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        roles = query(
            postgres.url,
            "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
            " FROM pg_roles WHERE rolname LIKE 'bosetting%' AND rolcanlogin ORDER BY 1",
        )
        owner = query(
            postgres.url,
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'bosetting'",
        )
        lower = query(postgres.url, "SELECT lower('ÆØÅ'), current_setting('timezone')")

    assert roles == [("bosetting_app", True, False), ("bosetting_owner", True, False)]
    assert owner == [("bosetting_owner",)]
    assert lower == [("æøå", "UTC")]


@pytest.mark.trial
def test_leaving_stops_the_server_and_the_data_is_there_again(folder, postgres_binaries):
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        query(postgres.owner_url, "CREATE TABLE kept AS SELECT 7 AS n", expect=False)
        pid = server_pid(folder)
    stopped = is_gone(pid)
    sockets = postgres.url.rpartition("%2F")[2]

    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        kept = query(postgres.owner_url, "SELECT n FROM kept")

    assert stopped
    assert not (Path(tempfile.gettempdir()) / sockets).exists()
    assert kept == [(7,)]


@pytest.mark.trial
def test_a_second_process_joins_the_running_server(folder, postgres_binaries, other):
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        _, url, keeps = other()

        assert postgres.keeps_the_server
        assert (url, keeps) == (postgres.url, False)


@pytest.mark.trial
def test_who_joined_keeps_the_server_on_at_the_same_address(folder, postgres_binaries, other):
    process, url, _ = other()
    query(url.replace("_app@", "_owner@"), "CREATE TABLE kept AS SELECT 7 AS n", expect=False)
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        joined = not postgres.keeps_the_server
        process.communicate()

        until(lambda: postgres.keeps_the_server and _answers(url))
        kept = query(postgres.owner_url, "SELECT n FROM kept")

    assert joined
    assert postgres.url == url
    assert kept == [(7,)]


@pytest.mark.trial
def test_kill_9_ends_the_server_and_loses_nothing(folder, postgres_binaries, other):
    process, url, keeps = other()
    query(url.replace("_app@", "_owner@"), "CREATE TABLE kept AS SELECT 7 AS n", expect=False)
    pid = server_pid(folder)
    sockets = Path(url.partition("host=")[2].replace("%2F", "/"))

    process.send_signal(signal.SIGKILL)
    until(lambda: is_gone(pid))
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        kept = query(postgres.owner_url, "SELECT n FROM kept")

    assert keeps
    assert kept == [(7,)]
    assert not sockets.exists()


@pytest.mark.trial
def test_the_next_one_need_not_wait_for_a_killed_server_to_be_gone(
    folder, postgres_binaries, other
):
    process, url, _ = other()
    query(url.replace("_app@", "_owner@"), "CREATE TABLE kept AS SELECT 7 AS n", expect=False)

    process.send_signal(signal.SIGKILL)
    process.wait()  # the kernel has now told the server, which may still be at its checkpoint
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        kept = query(postgres.owner_url, "SELECT n FROM kept")

    assert kept == [(7,)]


@pytest.mark.trial
def test_a_server_that_is_killed_is_started_again(folder, postgres_binaries):
    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        query(postgres.owner_url, "CREATE TABLE kept AS SELECT 7 AS n", expect=False)
        killed = server_pid(folder)

        os.kill(killed, signal.SIGKILL)
        until(lambda: is_gone(killed) and _answers(postgres.url))
        kept = query(postgres.owner_url, "SELECT n FROM kept")

    assert kept == [(7,)]


@pytest.mark.trial
def test_a_start_that_was_killed_half_way_is_done_again(folder, postgres_binaries):
    half = cluster.home(folder).with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18")

    with EmbeddedPostgres(folder, binaries=postgres_binaries) as postgres:
        answer = query(postgres.url, "SELECT 1")

    assert answer == [(1,)]


@pytest.mark.trial
def test_a_long_path_is_no_hindrance(folder, postgres_binaries):
    long = folder / ("x" * 120) / ("y" * 120)

    with EmbeddedPostgres(long, binaries=postgres_binaries) as postgres:
        answer = query(postgres.url, "SELECT 1")

    assert answer == [(1,)]


@pytest.mark.trial
def test_a_folder_the_server_cannot_enter_still_has_its_own_database(
    folder, postgres_binaries, monkeypatch
):
    """As root the tables then lie elsewhere; a new folder of the same name starts empty."""
    monkeypatch.setattr(cluster, "SHARED", folder / "shared")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    data_dir = closed / "data"
    with EmbeddedPostgres(data_dir, binaries=postgres_binaries) as postgres:
        query(postgres.owner_url, "CREATE TABLE kept AS SELECT 7 AS n", expect=False)
    with EmbeddedPostgres(data_dir, binaries=postgres_binaries) as postgres:
        kept = query(postgres.owner_url, "SELECT n FROM kept")
    inside = cluster.home(data_dir).is_relative_to(data_dir)

    shutil.rmtree(data_dir)
    with EmbeddedPostgres(data_dir, binaries=postgres_binaries) as postgres:
        tables = query(postgres.owner_url, "SELECT to_regclass('kept')")

    assert inside == (os.geteuid() != 0)
    assert kept == [(7,)]
    assert tables == [(None,)]


def test_a_folder_that_cannot_be_made_is_said_so(folder, postgres_binaries):
    (folder / "file").write_text("")

    with (
        pytest.raises(CannotStart, match="choose another with --data-dir"),
        EmbeddedPostgres(folder / "file" / "data", binaries=postgres_binaries),
    ):
        pass


@pytest.mark.trial
def test_data_that_is_spoilt_is_said_so_with_the_end_of_the_log(folder, postgres_binaries):
    with EmbeddedPostgres(folder, binaries=postgres_binaries):
        files = cluster.home(folder)
    (files / "postgresql.conf").write_text("no_such_setting = 1\n")

    with (
        pytest.raises(CannotStart, match=r"did not start.*no_such_setting"),
        EmbeddedPostgres(folder, binaries=postgres_binaries),
    ):
        pass


def test_programs_out_of_reach_are_copied_to_where_they_are_not(folder, monkeypatch):
    """What root does when its virtualenv lies in its home."""
    monkeypatch.setattr(binaries, "SHARED", folder / "shared")
    closed = folder / "closed"
    package = closed / "embedded_postgres"
    (package / "pginstall" / "bin").mkdir(parents=True)
    (closed / "embedded_postgres.libs").mkdir()
    closed.chmod(0o700)

    reached = binaries.within_reach(package)

    if os.geteuid() == 0:
        assert reached == binaries.within_reach(package)
        assert (reached / "pginstall" / "bin").is_dir()
        assert reached.with_name("embedded_postgres.libs").is_dir()
        assert reached.is_relative_to(folder / "shared")
    else:
        assert reached == package


def test_no_postgres_in_the_named_folder_is_said_so(folder):
    with pytest.raises(CannotStart, match="no working PostgreSQL 15 or newer"):
        binaries.at(folder)


def test_data_of_another_version_is_not_given_to_this_one():
    with pytest.raises(CannotStart, match="No PostgreSQL 99 was found"):
        binaries.find(99)


def _answers(url):
    try:
        return query(url, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False
