"""Views kept, renamed and thrown away, each by the person whose it is and nobody else.

The name is the person's own text and stands in no audit entry; the filters are words of ours. A
user who ends takes the views along (see app.users.commands.end).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.saved_views import errors
from app.saved_views.lists import BESIDE, KEPT, SEARCHES, SavedList
from app.saved_views.models import LONGEST_NAME, LONGEST_QUERY, SavedView
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, Stale

#: Of one list, of one person.
MOST: Final = 20
#: A DUF number has twelve, a national identity number eleven, a case number ten.
_NUMBER: Final = re.compile(r"(?:\d[ -]?){9,}")


@dataclass(frozen=True, slots=True)
class ViewSeen:
    id: int
    of_list: SavedList
    name: str
    query: str
    opens: bool

    @property
    def href(self) -> str:
        return f"{KEPT[self.of_list].path}?{self.query}"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The filters, by name."""
        return parse_qsl(self.query)


def views(
    session: Session, lists: Collection[SavedList] | None = None, *, actor: Actor
) -> list[ViewSeen]:
    """The actor's own, list by list, by name."""
    if actor.user_id is None:
        return []
    found = _seen().where(SavedView.user_id == actor.user_id)
    if lists is not None:
        found = found.where(SavedView.of_list.in_(lists))
    rows = session.execute(found.order_by(SavedView.of_list, func.lower(SavedView.name)))
    order = list(SavedList)
    return sorted((ViewSeen(*row) for row in rows), key=lambda view: order.index(view.of_list))


def view(session: Session, saved_view_id: int, *, actor: Actor) -> ViewSeen:
    """Raises: NotFound: no such view of the actor's own."""
    found = _seen().where(SavedView.id == saved_view_id, SavedView.user_id == actor.user_id)
    row = session.execute(found).one_or_none()
    if row is None:
        raise NotFound("saved_view")
    return ViewSeen(*row)


def kept_of(session: Session, which: SavedList, query: str) -> str:
    """The filters of an address as a view holds them: what is empty is none, each once.

    Raises:
        SearchNotKept; NotAFilter; NothingToKeep.
    """
    reads = KEPT[which].filters
    found: dict[tuple[str, str], None] = {}
    for name, written in parse_qsl(query, max_num_fields=100):
        text = written.strip()
        if not text or name in BESIDE:
            continue
        if name in SEARCHES:
            raise errors.SearchNotKept
        value = reads[name](session, text) if name in reads else None
        if value is None:
            raise errors.NotAFilter(name=name[:40])
        found[name, value] = None
    order = list(reads)
    pairs = sorted(found, key=lambda pair: order.index(pair[0]))
    kept = urlencode(pairs)
    if not kept:
        raise errors.NothingToKeep
    if len(kept) > LONGEST_QUERY:
        raise Invalid("too many filters", pointer="/query", expected=f"{LONGEST_QUERY} characters")
    return kept


def keep(
    session: Session,
    which: SavedList,
    *,
    name: str,
    query: str,
    opens: bool,
    actor: Actor,
    at: datetime,
) -> ViewSeen:
    """Keep a view; `opens`: the list opens with it from now on.

    Raises:
        NotAllowed: no person, or one who does not read the list.
        SearchNotKept; NotAFilter; NothingToKeep; NumberInName; NameTaken; TooManyViews.
        Stale: the person keeps another one in the same moment.
    """
    person = _person(actor)
    if actor.role not in KEPT[which].roles:
        raise NotAllowed("the list is for other roles", role=actor.role)
    kept = kept_of(session, which, query)
    known = _others(session, person, which)
    if len(known) >= MOST:
        raise errors.TooManyViews(most=MOST)
    _refuse_name(name, known)
    if opens:
        _opens_no_more(session, person, which)
    made = session.execute(
        insert(SavedView)
        .values(user_id=person, of_list=which, name=name, query=kept, opens=opens, at=at)
        .on_conflict_do_nothing()
        .returning(SavedView.id)
    ).scalar_one_or_none()
    if made is None:
        raise Stale("another view was kept in the same moment")
    after = {"saved_view": made, "list": which, "query": kept, "opens": opens}
    _record(session, person, "saved_view_kept", None, after, actor=actor, at=at)
    return ViewSeen(made, which, name, kept, opens)


def change(
    session: Session, saved_view_id: int, *, name: str, opens: bool, actor: Actor, at: datetime
) -> ViewSeen:
    """Another name, or whether the list opens with it; the same again changes nothing.

    Raises:
        NotFound; NumberInName; NameTaken.
    """
    person, seen = _person(actor), view(session, saved_view_id, actor=actor)
    if (seen.name, seen.opens) == (name, opens):
        return seen
    others = _others(session, person, seen.of_list, but=saved_view_id)
    _refuse_name(name, others)
    if opens and not seen.opens:
        _opens_no_more(session, person, seen.of_list)
    session.execute(
        update(SavedView)
        .where(SavedView.id == saved_view_id)
        .values(name=name, opens=opens)
        .execution_options(synchronize_session=False)
    )
    before = {"saved_view": saved_view_id, "opens": seen.opens}
    after = {"saved_view": saved_view_id, "opens": opens, "renamed": name != seen.name}
    _record(session, person, "saved_view_changed", before, after, actor=actor, at=at)
    return ViewSeen(seen.id, seen.of_list, name, seen.query, opens)


def remove(session: Session, saved_view_id: int, *, actor: Actor, at: datetime) -> ViewSeen:
    """Raises: NotFound: no such view of the actor's own."""
    person, seen = _person(actor), view(session, saved_view_id, actor=actor)
    gone = delete(SavedView).where(SavedView.id == saved_view_id)
    if not rows_changed(session, gone.execution_options(synchronize_session=False)):
        raise NotFound("saved_view")
    before = {"saved_view": seen.id, "list": seen.of_list, "query": seen.query, "opens": seen.opens}
    _record(session, person, "saved_view_removed", before, None, actor=actor, at=at)
    return seen


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotAllowed("views are kept by people", role=actor.role)
    return actor.user_id


def _others(
    session: Session, person: int, which: SavedList, but: int | None = None
) -> dict[int, str]:
    """Names by id, locked in the order of their ids: two of the same person take turns."""
    rows = session.execute(
        select(SavedView.id, SavedView.name)
        .where(SavedView.user_id == person, SavedView.of_list == which)
        .order_by(SavedView.id)
        .with_for_update()
    )
    return {its_id: name for its_id, name in rows if its_id != but}


def _refuse_name(name: str, others: dict[int, str]) -> None:
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("a view has a name", pointer="/name", expected=f"1-{LONGEST_NAME} characters")
    if _NUMBER.search(name):
        raise errors.NumberInName
    if name.lower() in {other.lower() for other in others.values()}:
        raise errors.NameTaken


def _opens_no_more(session: Session, person: int, which: SavedList) -> None:
    session.execute(
        update(SavedView)
        .where(SavedView.user_id == person, SavedView.of_list == which, SavedView.opens)
        .values(opens=False)
        .execution_options(synchronize_session=False)
    )


def _seen() -> Select[int, SavedList, str, str, bool]:
    return select(SavedView.id, SavedView.of_list, SavedView.name, SavedView.query, SavedView.opens)


def _record(
    session: Session,
    person: int,
    action: str,
    before: audit.Values | None,
    after: audit.Values | None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.ACTOR, "user", person), before, after)
    audit.record(session, changed, action, actor=actor, at=at)
