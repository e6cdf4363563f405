"""kill -9 of the server, and its database with it, in the middle of a run.

The run is then there as a whole or not at all, the books agree, and the same token again has one
effect.
"""

import json
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import URL, func, select, text
from sqlalchemy.orm import Session

from app import keys, migrate
from app.acting import SYSTEM
from app.db import as_whom, make_engine, make_sessions, transaction
from app.embedded_postgres import EmbeddedPostgres, binaries, cluster
from app.settings import Settings
from app.signin import issue_token, issuing
from tests.databases import OPTIONS
from tests.factories import NOW, WEEK, a_case, a_municipality, asked, officer, writer
from tests.workflow.books import faults
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.cases import commands, deciding
from workflow.cases.models import Case, CaseStep, Decision
from workflow.cases.states import CaseState
from workflow.kernel.outbox import OutboxMessage

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
SECRET = "the key of a deployment that only tests know"
TOWNS, CASES, PLACED = 10, 90, 30
RUN = {
    "before": "2020-04-02",
    "reason": "Innreisestopp",
    "legal_ground": "conditions_failed",
}


@dataclass
class Disk:
    """A folder of the embedded database, and who may ask."""

    folder: Path
    token: str

    @contextmanager
    def session(self) -> Iterator[Session]:
        """In the database of whatever process keeps it now."""
        url = self._url().render_as_string(hide_password=False)
        engine = as_whom(make_engine(url, connections=1), SYSTEM)
        try:
            with Session(engine) as session:
                yield session
        finally:
            engine.dispose()

    def serves(self, port: int) -> subprocess.Popen[bytes]:
        """`bosetting serve` on this folder, in a session of its own."""
        settings = {name: told for name, told in os.environ.items() if "BOSETTING" not in name}
        command = [sys.executable, "-m", "app", "serve", "--port", str(port)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*command, "--data-dir", str(self.folder)],
                cwd=ROOT,
                env=settings | {"BOSETTING_SECRET": SECRET},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        return self.folder / "serve.log"

    def _url(self) -> URL:
        kept = json.loads((self.folder / "server.json").read_text())
        return URL.create(
            "postgresql+psycopg",
            username=cluster.APPLICATION,
            database=cluster.DATABASE,
            query={"host": kept["socket_dir"]},
        )


@pytest.fixture(scope="module")
def disk(postgres_binaries: binaries.Binaries) -> Iterator[Disk]:
    """Households in some municipalities, a third of them placed."""
    # Not pytest's own folder: as root it is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="bosetting-kill-"))
    folder.chmod(0o711)
    with EmbeddedPostgres(folder, binaries=postgres_binaries, options=OPTIONS) as server:
        migrate.upgrade(server.owner_url)
        engine = make_engine(server.url, connections=1)
        with transaction(make_sessions(engine, SYSTEM)) as session:
            _households(session)
            token = issue_token(
                session,
                name=officer().name,
                role=officer().role,
                keys=keys.of(Settings(secret=SECRET), issuing.PURPOSE),
            )
        engine.dispose()
    yield Disk(folder, token)
    shutil.rmtree(folder)


def _households(session: Session) -> None:
    towns = [a_municipality(session, decided=1000) for _ in range(TOWNS)]
    for number in range(CASES):
        case, here = a_case(session), towns[number % TOWNS]
        asked(session, case, here)
        if number < PLACED:
            yes: dict[str, Any] = {"settlement_week": WEEK, "actor": writer(here)}
            commands.accept(session, case, **yes, at=NOW)
            deciding.decide(session, case, actor=officer(), at=NOW)


@dataclass
class Server:
    """`bosetting serve`: started, killed, started again."""

    disk: Disk
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    def start(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = self.disk.serves(self.port)
        until(lambda: self.process and (self.process.poll() is not None or self._is_ready()))
        assert self.process.poll() is None, self.disk.log.read_text()[-2000:]

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(PATIENCE_SECONDS)

    def post(
        self, path: str, body: dict[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response:
        headers = {"idempotency-key": key} if key else {}
        with self._client() as client:
            return client.post(f"/api/v1{path}", json=body, headers=headers)

    def get(self, path: str) -> Any:
        with self._client() as client:
            return client.get(f"/api/v1{path}").raise_for_status().json()

    def _is_ready(self) -> bool:
        try:
            with self._client() as client:
                return client.get("/health/ready").is_success
        except httpx.TransportError:
            return False

    def _client(self) -> httpx.Client:
        """Anew each time: the server is another one after each kill."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"authorization": f"Bearer {self.disk.token}"},
            timeout=PATIENCE_SECONDS,
            verify=_NO_TLS,
        )


#: Made once: each costs more than a request.
_NO_TLS = ssl.create_default_context()


@pytest.fixture
def server(disk: Disk) -> Iterator[Server]:
    made = Server(disk)
    made.start()
    yield made
    made.kill(by=signal.SIGTERM)


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


# The moments -------------------------------------------------------------------------------------


@dataclass
class AtRandom:
    """Some time after the request is sent, in the time that it takes or just after."""

    chance: random.Random
    takes_seconds: float = 0.2

    @contextmanager
    def __call__(self, server: Server) -> Iterator[Callable[[], None]]:
        yield lambda: time.sleep(self.chance.uniform(0, self.takes_seconds))


@contextmanager
def half_way(server: Server) -> Iterator[Callable[[], None]]:
    """When it has written most of it and waits for the last account, which we hold."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

    def it_waits() -> bool:
        with server.disk.session() as session:
            return bool(session.scalar(waiting))

    with server.disk.session() as ours:
        ours.execute(
            select(PlaceAccount.id)
            .where(PlaceAccount.id == select(func.max(PlaceAccount.id)).scalar_subquery())
            .with_for_update()
        )
        yield lambda: until(it_waits)
        ours.invalidate()  # its server is gone


Moment = Callable[[Server], Any]


def killed_while(server: Server, moment: Moment, request: Callable[[], httpx.Response]) -> bool:
    """Send the request and kill the server in the middle; whether the client had its answer.

    The server is there again when this returns.
    """
    with ThreadPoolExecutor(1) as pool, moment(server) as the_moment_comes:
        answer: Future[httpx.Response] = pool.submit(request)
        the_moment_comes()
        server.kill()
        try:
            acknowledged = answer.result(PATIENCE_SECONDS).status_code == 200
        except httpx.TransportError:
            acknowledged = False
    server.start()
    return acknowledged


# The run -----------------------------------------------------------------------------------------


@dataclass
class Life:
    """One run from its preview to its undo, killed on the way."""

    server: Server
    id: str = ""
    token: str = ""
    key: str = field(default_factory=lambda: str(uuid4()))

    def preview(self) -> None:
        shown = self.server.post("/withdrawal-runs", RUN).json()
        assert shown["counts"]["cases"] == CASES
        self.id, self.token = shown["id"], shown["token"]

    def confirm(self) -> httpx.Response:
        path = f"/withdrawal-runs/{self.id}/confirm"
        return self.server.post(path, {"token": self.token}, self.key)

    def undo(self) -> httpx.Response:
        return self.server.post(f"/withdrawal-runs/{self.id}/undo", key=f"undo-{self.key}")

    @property
    def state(self) -> str:
        return str(self.server.get(f"/withdrawal-runs/{self.id}")["state"])

    def withdrawn(self) -> int:
        """Cases that stand withdrawn; and the books agree with every case."""
        with self.server.disk.session() as session:
            assert faults(session) == {}
            of_state = select(func.count()).where(Case.state == CaseState.WITHDRAWN)
            return session.scalar(of_state) or 0

    def left_behind(self) -> dict[str, int]:
        """How often the run has done what it does once for each case."""
        with self.server.disk.session() as session:

            def rows(model: Any, *of: Any) -> int:
                counted = select(func.count()).where(model.run_id == self.id, *of)
                return session.scalar(counted.select_from(model)) or 0

            return {
                "withdraw": rows(CaseStep, CaseStep.trigger == "withdraw"),
                "released": rows(PlaceEntry, PlaceEntry.held_change < 0),
                "reversed": rows(Decision),
                "told": rows(OutboxMessage, OutboxMessage.type == "case.withdrawn"),
                "restore": rows(CaseStep, CaseStep.trigger == "restore"),
                "held again": rows(PlaceEntry, PlaceEntry.held_change > 0),
                "recalled": rows(OutboxMessage, OutboxMessage.recalled_at.is_not(None)),
            }


DONE = {"withdraw": CASES, "released": CASES, "reversed": PLACED, "told": CASES}
NOT_UNDONE = {"restore": 0, "held again": 0, "recalled": 0}
UNDONE = {"restore": CASES, "held again": CASES, "recalled": CASES}


def confirm_and_undo_with_kills(server: Server, confirming: Moment, undoing: Moment) -> None:
    run = Life(server)
    run.preview()

    acknowledged = killed_while(server, confirming, run.confirm)

    state = run.state
    assert state == "confirmed" or not acknowledged
    assert (state, run.withdrawn()) in {("confirmed", CASES), ("preview", 0)}
    for _ in range(2):
        again = run.confirm()
        assert (again.status_code, again.json()["state"]) == (200, "confirmed")
    assert run.withdrawn() == CASES
    assert run.left_behind() == DONE | NOT_UNDONE

    acknowledged = killed_while(server, undoing, run.undo)

    state = run.state
    assert state == "undone" or not acknowledged
    assert (state, run.withdrawn()) in {("confirmed", CASES), ("undone", 0)}
    for _ in range(2):
        again = run.undo()
        assert (again.status_code, again.json()["state"]) == (200, "undone")
    assert run.withdrawn() == 0
    assert run.left_behind() == DONE | UNDONE


@pytest.mark.trial
def test_a_run_killed_on_its_way_is_there_as_a_whole_or_not_at_all(server: Server):
    confirm_and_undo_with_kills(server, half_way, AtRandom(random.Random(1)))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_a_run_killed_at_many_moments_is_there_as_a_whole_or_not_at_all(server: Server, seed: int):
    chance = random.Random(seed)
    for _ in range(2):
        confirm_and_undo_with_kills(server, AtRandom(chance), AtRandom(chance))
    confirm_and_undo_with_kills(server, AtRandom(chance), half_way)
