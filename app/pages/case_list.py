"""Cases found, filtered and chosen: every filter is in the address."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.typed import typed_year
from workflow.capacity.states import Pool
from workflow.cases import lists
from workflow.cases.accounts import Figure, FigureOfYear
from workflow.cases.entry import REGISTERS
from workflow.cases.lists import COUNTED, CaseFilter, CaseListed
from workflow.cases.ordering import CaseOrder
from workflow.cases.selecting import MOST
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import Page
from workflow.municipalities import queries as register
from workflow.municipalities.queries import MunicipalitySeen

router = APIRouter(route_class=InOneThread)

READERS: Final = (Role.CASE_OFFICER, Role.LEAD, Role.AUDITOR, Role.TRAVEL_OFFICER)
PAGE: Final = 50
#: The columns of the list that sort it.
SORTS: Final = tuple(order for order in CaseOrder if order not in {"settled", "week"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the address, each as it stands there."""

    state: list[CaseState] = field(default_factory=list)
    group: list[Group] = field(default_factory=list)
    entry: list[EntryStatus] = field(default_factory=list)
    municipality: str | None = None
    former: str | None = None
    overdue: bool = False
    figure: Figure | None = None
    year: int | None = None
    pool: Pool = Pool.ORDINARY
    q: str | None = None
    #: A column, with `-` for the other way.
    sort: str = ""

    @property
    def order_by(self) -> CaseOrder | None:
        return CaseOrder(self.sort.removeprefix("-")) if self.sort else None

    @property
    def other_way(self) -> bool:
        return self.sort.startswith("-")

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Name and value of each filter in force; a figure is one with its year and pool."""
        for name in ("state", "group", "entry"):
            yield from ((name, str(value)) for value in getattr(self, name))
        for name in ("municipality", "former", "q"):
            if value := getattr(self, name):
                yield name, value
        if self.overdue:
            yield "overdue", "true"
        if self.figure and self.year:
            yield from (("figure", self.figure), ("year", str(self.year)), ("pool", self.pool))

    def without(self, name: str, value: str) -> str:
        """The address with one filter taken away."""
        gone = {"figure", "year", "pool"} if name == "figure" else {name}
        left = [
            pair
            for pair in self.pairs()
            if pair[0] not in gone or (name in {"state", "group", "entry"} and pair[1] != value)
        ]
        if self.sort:
            left.append(("sort", self.sort))
        return f"/saker?{urlencode(left)}" if left else "/saker"


@router.get("/saker")
def cases(reader: Reader) -> Response:
    """The cases the reader may see, by case number."""
    actor = reader.only(*READERS)
    if onward := opens_with(reader, SavedList.CASES):
        return reader.go(onward)
    wanted = _wanted(reader)
    here = _named(reader, wanted.municipality, actor)
    before = _named(reader, wanted.former, actor)
    given = _filter(wanted, here, before)
    found: Page[CaseListed] = Page(())
    total = 0
    if given is not None:
        cursor = reader.request.query_params.get("cursor")
        found = lists.cases(
            reader.session,
            given,
            today=reader.today,
            newest_first=wanted.other_way,
            order_by=wanted.order_by,
            limit=PAGE,
            after=cursor,
            actor=actor,
        )
        total = lists.counted(reader.session, given, today=reader.today, actor=actor)
    return reader.page(
        "cases/list.html",
        cases=found.items,
        next=found.next,
        total=total,
        counted=COUNTED,
        shelf=shelf(reader, SavedList.CASES, known_as=_numbers(here, before)),
        wanted=wanted,
        here=here,
        before=before,
        chips=list(wanted.pairs()),
        states=tuple(CaseState),
        groups=tuple(Group),
        entries=tuple(EntryStatus),
        may_register=actor.role in REGISTERS,
        may_decide=actor.is_directorate and CaseState.ACCEPTED in {c.state for c in found.items},
        may_choose=actor.is_directorate,
        all_ticked=reader.asked("velg", {"side": True}.get) or False,
        most=MOST,
    )


def asked_for(reader: Visit) -> tuple[Wanted, CaseFilter | None]:
    """What the address asks for; None where it names a municipality that is not there."""
    actor, wanted = reader.only(*READERS), _wanted(reader)
    here = _named(reader, wanted.municipality, actor)
    return wanted, _filter(wanted, here, _named(reader, wanted.former, actor))


def _filter(
    wanted: Wanted, here: MunicipalitySeen | None, before: MunicipalitySeen | None
) -> CaseFilter | None:
    if (wanted.municipality and not here) or (wanted.former and not before):
        return None
    figure = None
    if wanted.figure and wanted.year and here:
        figure = FigureOfYear(here.id, wanted.year, wanted.pool, wanted.figure)
    return CaseFilter(
        states=frozenset(wanted.state),
        groups=frozenset(wanted.group),
        entry=frozenset(wanted.entry),
        municipality_id=here.id if here and figure is None else None,
        former_municipality_id=before.id if before else None,
        overdue=True if wanted.overdue else None,
        counted_by=figure,
        q=wanted.q,
    )


def _wanted(reader: Visit) -> Wanted:
    """The filters of an address; what is empty or no longer a word of ours is no filter."""
    parameters = reader.request.query_params
    figures = reader.filtered("figure", Figure)
    return Wanted(
        state=reader.filtered("state", CaseState),
        group=reader.filtered("group", Group),
        entry=reader.filtered("entry", EntryStatus),
        municipality=_written(parameters.get("municipality")),
        former=_written(parameters.get("former")),
        overdue=reader.is_asked("overdue"),
        figure=figures[0] if figures else None,
        year=reader.asked("year", typed_year),
        pool=next(iter(reader.filtered("pool", Pool)), Pool.ORDINARY),
        q=_written(parameters.get("q")),
        sort=sort_of(reader, SORTS),
    )


def _named(reader: Visit, text: str | None, actor: Actor) -> MunicipalitySeen | None:
    """The municipality that is meant: by number, or by a name it has or had."""
    if text is None:
        return None
    if text.isdigit():
        try:
            return register.by_number(reader.session, text, on=reader.today, actor=actor)
        except NotFound:
            return None
    found = register.search(reader.session, text, on=reader.today, limit=1, actor=actor)
    return found[0] if found else None


def _numbers(here: MunicipalitySeen | None, before: MunicipalitySeen | None) -> dict[str, str]:
    """The municipalities that are meant, as a saved view names them."""
    named = {"municipality": here, "former": before}
    return {name: found.number for name, found in named.items() if found is not None}


def _written(text: str | None) -> str | None:
    return (text or "").strip() or None
