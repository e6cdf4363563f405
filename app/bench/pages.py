"""Pages on a small and on a very large register, beside a page of the same application about none.

Both applications run at once and are asked by turns; each figure is the middle of its times.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import httpx
import typer
from sqlalchemy import insert

from app.bench import many_cases, seeding
from app.bench.database import OwnDatabase, connect
from app.bench.over_http import HOST, application
from app.bench.seeding import FIRST_CASE, FIRST_MUNICIPALITY, Scene, case_id
from app.clock import machine_time
from app.db import transaction
from app.errors import CannotStart
from app.models import User
from app.signin import COOKIE, sign_in
from workflow.kernel.actor import Role

#: Cases of the two registers.
SIZES = (1_000, 1_000_000)
#: The larger register's time as a multiple of the smaller's.
REACH = 1.5
ROUNDS = 15

Opened = Callable[[], AbstractContextManager[OwnDatabase]]


@dataclass(frozen=True, slots=True)
class Page:
    """What is looked at, by whom; `promised` where the reach holds."""

    name: str
    address: str
    role: Role = Role.CASE_OFFICER
    promised: bool = True


EMPTY = Page("an empty page", "/hjelp", promised=False)
PAGES = (
    Page("cases", "/saker"),
    Page("cases of two states", "/saker?state=accepted&state=placed"),
    Page("cases of a group and state", "/saker?group=reception_centre&state=registered"),
    Page("cases of a municipality", "/saker?municipality=1000"),
    Page("cases withdrawn from a municipality", "/saker?former=1000"),
    Page("cases overdue", "/saker?overdue=true"),
    Page("cases by name", f"/saker?q={many_cases.RARE_NAME}"),
    Page("cases by number", "/saker?q=2"),
    Page("a case", f"/saker/{case_id(FIRST_CASE)}"),
    Page("tasks of IMDi", "/oppgaver", promised=False),
    Page("municipalities", "/kommuner", promised=False),
    Page("inbox of a municipality", "/kommune", Role.MUNICIPALITY_WRITER, promised=False),
    Page("travel to book", "/reiser", Role.TRAVEL_OFFICER, promised=False),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds at each size, and what the empty page takes at the larger."""

    page: Page
    small: float
    large: float
    empty: float

    @property
    def ratio(self) -> float:
        return self.large / self.small


def bench_pages(
    open_database: Opened,
    *,
    sizes: tuple[int, int] = SIZES,
    rounds: int = ROUNDS,
    pages: Sequence[Page] = PAGES,
) -> None:
    """Print milliseconds of each page at both sizes."""
    small, large = sizes
    typer.echo(f"pages: with {small:,} and {large:,} cases, beside an empty page")
    for found in measure(open_database, sizes=sizes, rounds=rounds, pages=pages):
        reach = f" (reach {REACH})" if found.page.promised else ""
        typer.echo(
            f"  {found.page.name}: {1000 * found.small:.1f} and {1000 * found.large:.1f} ms, "
            f"ratio {found.ratio:.2f}{reach}; {found.large / found.empty:.1f} × the empty page"
        )


def measure(
    open_database: Opened, *, sizes: Sequence[int], rounds: int, pages: Sequence[Page] = PAGES
) -> list[Measured]:
    """Every page by turns on each register, after a first round that is not counted."""
    times: dict[tuple[int, Page], list[float]] = defaultdict(list)
    with ExitStack() as stack:
        clients = {size: _clients(stack, open_database, size) for size in sizes}
        for turn in range(rounds + 1):
            for page in (EMPTY, *pages):
                for size in sizes:
                    seconds = _seconds(clients[size][page.role], page)
                    if turn:
                        times[size, page].append(seconds)
    small, large = sizes
    empty = median(times[large, EMPTY])
    return [
        Measured(page, median(times[small, page]), median(times[large, page]), empty)
        for page in pages
    ]


def _clients(stack: ExitStack, open_database: Opened, cases: int) -> Mapping[Role, httpx.Client]:
    """The application on a register of its own, with somebody signed in for each role."""
    database = stack.enter_context(open_database())
    scene = Scene(machine_time())
    with connect(database.owner) as connection:
        seeding.municipalities(connection, scene, places=1_000_000)
        many_cases.fill(connection, scene, cases=cases)
    _, port = stack.enter_context(application(database.url))
    with database.sessions(1) as sessions, transaction(sessions) as session:
        secrets = {}
        for role in {page.role for page in PAGES}:
            municipality = FIRST_MUNICIPALITY if role is Role.MUNICIPALITY_WRITER else None
            who = insert(User).values(
                name="Kari Nordmann", role=role, municipality_id=municipality, demo=False
            )
            user_id = session.execute(who.returning(User.id)).scalar_one()
            secrets[role] = sign_in(session, user_id)
    return {
        role: stack.enter_context(
            httpx.Client(
                base_url=f"http://{HOST}:{port}",
                cookies={COOKIE: secret},
                headers={"accept": "text/html"},
                timeout=120,
            )
        )
        for role, secret in secrets.items()
    }


def _seconds(client: httpx.Client, page: Page) -> float:
    started = perf_counter()
    answer = client.get(page.address)
    seconds = perf_counter() - started
    if answer.status_code != httpx.codes.OK:
        raise CannotStart(f"{page.address} answered {answer.status_code}, not 200.")
    return seconds
