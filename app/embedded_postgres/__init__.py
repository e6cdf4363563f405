"""A PostgreSQL of our own, for who has none: started with the first process, gone with the last.

A folder of data has one server at a time, whoever holds `server.lock` keeps it. The keeper's thread
starts `postgres` as its direct child, which the kernel stops when the keeper dies, even by kill -9.
Other processes join by `server.json`; when the keeper leaves, one of them takes the lock and keeps
the server on, at the same address. A server that dies under its keeper is started again.
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg
from sqlalchemy import URL

from app.embedded_postgres import binaries, cluster, process
from app.embedded_postgres.binaries import Binaries, server_user
from app.embedded_postgres.cluster import APPLICATION, DATABASE, OWNER, SUPERUSER, connect
from app.embedded_postgres.process import GLANCE, PATIENCE
from app.errors import CannotStart

log = logging.getLogger(__name__)

#: The server's log is begun anew at a start when it is larger, in bytes.
LOG_LIMIT = 5_000_000
SOCKET_PREFIX = "bosetting-"


class EmbeddedPostgres:
    """The server of one folder, for as long as the `with` block lasts.

    Args:
        data_dir: made if it is not there; may be long, the socket lies elsewhere.
        binaries: which PostgreSQL; by default the one found, of the version the data was made with.
        options: settings of the server's, for those who start it.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        binaries: Binaries | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._binaries = binaries
        self._options = dict(options or {})
        self._socket_dir: Path | None = None
        self._lock: IO[str] | None = None
        self._leaving = threading.Event()
        self._ready = threading.Event()
        self._failure: CannotStart | None = None
        self._keeper = threading.Thread(target=self._keep, name="embedded-postgres", daemon=True)

    @property
    def url(self) -> str:
        """The application's login."""
        return self._address(APPLICATION)

    @property
    def owner_url(self) -> str:
        """The login that owns the schema, for migrations."""
        return self._address(OWNER)

    @property
    def superuser_url(self) -> str:
        """The server's own superuser, for making and dropping whole databases."""
        return self._address(SUPERUSER)

    @property
    def keeps_the_server(self) -> bool:
        """Whether the server is this process's child; otherwise it has joined another's."""
        return self._lock is not None

    def __enter__(self) -> Self:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
        except OSError as fault:
            raise CannotStart(
                f"The folder {self.data_dir} cannot be made ({fault.strerror}): "
                "choose another with --data-dir."
            ) from fault
        self._keeper.start()
        while not self._ready.wait(GLANCE):
            if not self._keeper.is_alive():
                raise self._failure or CannotStart("The embedded database was left before it came.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._leaving.set()
        self._keeper.join()

    def _address(self, login: str) -> str:
        if self._socket_dir is None:
            raise RuntimeError("the embedded database is used outside its `with` block")
        return URL.create(
            "postgresql+psycopg",
            username=login,
            database=DATABASE,
            query={"host": str(self._socket_dir)},
        ).render_as_string(hide_password=False)

    # The keeper's thread. The kernel's promise to stop the server holds for the thread that started
    # it, so this one lasts as long as we do.

    def _keep(self) -> None:
        try:
            self._keep_or_join()
        except CannotStart as failure:
            self._failure = failure
        except (OSError, psycopg.Error) as fault:
            self._failure = CannotStart(
                f"The embedded database in {self.data_dir} cannot be used: {fault}."
            )
        finally:
            if self._failure and self._ready.is_set():
                log.error("embedded database lost: %s", self._failure)
            self._clear_away()

    def _keep_or_join(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._leaving.is_set():
            if self._try_lock():
                self._run_server()
                deadline = time.monotonic() + PATIENCE
                continue
            if self._ready.is_set():
                self._leaving.wait(GLANCE)
            elif socket_dir := self._running():
                self._socket_dir = socket_dir
                self._ready.set()
            elif time.monotonic() > deadline:
                raise CannotStart(
                    f"Another process keeps the database in {self.data_dir}, but does not answer: "
                    "end that process, or choose another --data-dir."
                )
            else:
                time.sleep(GLANCE)

    def _try_lock(self) -> bool:
        if self._lock:
            return True
        lock = (self.data_dir / "server.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _clear_away(self) -> None:
        """Leave nothing of a server that was ours; only then may another process have the lock."""
        if self._lock is None:
            return
        self._state.unlink(missing_ok=True)
        if self._socket_dir:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self._lock.close()
        self._lock = None

    def _running(self) -> Path | None:
        """Where the server of another process answers, if it does."""
        try:
            socket_dir = Path(json.loads(self._state.read_text())["socket_dir"])
            connect(socket_dir, APPLICATION, DATABASE).close()
        except (OSError, ValueError, KeyError, psycopg.OperationalError):
            return None
        return socket_dir

    @property
    def _state(self) -> Path:
        return self.data_dir / "server.json"

    def _run_server(self) -> None:
        """Start the server and stay with it until we leave or it dies. The lock is ours."""
        files = cluster.home(self.data_dir)
        name = SOCKET_PREFIX + hashlib.sha256(str(files).encode()).hexdigest()[:12]
        process.wait_until_gone(name)
        programs = self._binaries or binaries.find(cluster.major(files))
        if not files.is_dir():
            cluster.initdb(programs, files)
        socket_dir = self._make_socket_dir()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_dir),
            "cluster_name": name,
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._options,
        }
        with self._open_log() as log_file:
            server = process.spawn(programs, files, options, log_file)
        try:
            self._await_start(server, socket_dir)
            cluster.create_roles_and_database(socket_dir)
            self._announce()
            while not self._leaving.wait(GLANCE):
                if server.poll() is not None:
                    log.error("the embedded database died (%s), starting again", server.returncode)
                    return
        finally:
            process.stop(server)

    def _make_socket_dir(self) -> Path:
        """A short folder for the socket (a path has at most 107 bytes), the same at a take-over."""
        if self._socket_dir is None:
            with contextlib.suppress(OSError, ValueError, KeyError):  # left behind by a kill
                stale = Path(json.loads(self._state.read_text())["socket_dir"])
                if stale.name.startswith(SOCKET_PREFIX):
                    shutil.rmtree(stale)
            short = tempfile.gettempdir() if server_user() is None else "/tmp"  # noqa: S108
            self._socket_dir = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=short))
        self._socket_dir.mkdir(mode=0o700, exist_ok=True)
        user = server_user()
        if self._socket_dir.stat().st_uid not in (os.geteuid(), user.pw_uid if user else None):
            raise CannotStart(f"{self._socket_dir} was taken by another user of this machine.")
        if user:
            os.chown(self._socket_dir, user.pw_uid, user.pw_gid)
        return self._socket_dir

    def _open_log(self) -> IO[bytes]:
        path = self.data_dir / "postgres.log"
        anew = path.exists() and path.stat().st_size > LOG_LIMIT
        return path.open("wb" if anew else "ab")

    def _await_start(self, server: subprocess.Popen[bytes], socket_dir: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while server.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                connect(socket_dir, SUPERUSER, "postgres").close()
                return
            time.sleep(0.01)
        raise CannotStart(
            f"The embedded database in {self.data_dir} did not start; "
            f"{self.data_dir / 'postgres.log'} ends: {self._end_of_log()}"
        )

    def _end_of_log(self) -> str:
        lines = (self.data_dir / "postgres.log").read_text(errors="replace").splitlines()
        return " / ".join(lines[-3:])

    def _announce(self) -> None:
        complete = self._state.with_suffix(".new")
        complete.write_text(
            json.dumps({"socket_dir": str(self._socket_dir), "keeper": os.getpid()})
        )
        complete.replace(self._state)
        self._ready.set()
