"""A list's saved views as its page shows them, and the one it opens with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from app.pages.visit import Visit
from app.saved_views import keeping
from app.saved_views.keeping import ViewSeen
from app.saved_views.lists import BESIDE, KEPT, SEARCHES, SavedList, lists_of
from workflow.kernel.errors import DomainError

#: In the address of a list that is to show everything, whatever it opens with.
EVERYTHING: Final = "visning=alle"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One person's views of the list that is shown."""

    of_list: SavedList
    views: tuple[ViewSeen, ...]
    #: The filters and the order in force, as a view would keep them.
    query: str
    #: Something was searched for, which no view keeps.
    searched: bool
    #: All that the address filters by, the search too.
    asked: str

    @property
    def path(self) -> str:
        return KEPT[self.of_list].path

    @property
    def everything(self) -> str:
        """The list without a filter: where it opens with a view, the address says so."""
        opens = any(view.opens for view in self.views)
        return f"{self.path}?{EVERYTHING}" if opens else self.path

    @property
    def here(self) -> int | None:
        """The view that is shown."""
        shown = sorted(parse_qsl(self.query))
        return next((view.id for view in self.views if sorted(view.pairs) == shown), None)

    @property
    def can_keep(self) -> bool:
        return bool(self.query) and self.here is None


def opens_with(reader: Visit, which: SavedList) -> str | None:
    """Where to go on to: the view the list opens with, where its address says nothing else."""
    if reader.request.url.query or reader.request.method != "GET":
        return None
    views = keeping.views(reader.session, [which], actor=reader.actor)
    return next((view.href for view in views if view.opens), None)


def shelf(reader: Visit, which: SavedList, *, known_as: Mapping[str, str] | None = None) -> Shelf:
    """The views of a list, and what would be kept of the address it is shown at.

    Args:
        known_as: values of filters as they are kept, where people type them otherwise.
    """
    written = [
        (name, (known_as or {}).get(name, text.strip()))
        for name, text in parse_qsl(reader.request.url.query, max_num_fields=100)
        if name not in BESIDE and text.strip()
    ]
    return Shelf(
        which,
        tuple(keeping.views(reader.session, [which], actor=reader.actor)),
        _kept(reader, which, [pair for pair in written if pair[0] not in SEARCHES]),
        any(name in SEARCHES for name, _ in written),
        urlencode(written),
    )


def _kept(reader: Visit, which: SavedList, pairs: list[tuple[str, str]]) -> str:
    """Of what the address says, that which a view can keep; the page does not use the rest."""
    found = []
    for pair in pairs:
        try:
            keeping.kept_of(reader.session, which, urlencode([pair]))
        except DomainError:
            continue
        found.append(pair)
    try:
        return keeping.kept_of(reader.session, which, urlencode(found))
    except DomainError:
        return ""


def of_start(reader: Visit) -> list[ViewSeen]:
    """All views of lists the reader's role reads, for the first page."""
    lists = lists_of(reader.actor.role, reader.country)
    return keeping.views(reader.session, lists, actor=reader.actor)
