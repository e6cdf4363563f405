"""Cases and places of ended municipalities, held still and handed to their successors."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import open_account
from workflow.capacity.models import PlaceAccount
from workflow.cases.models import Case, Person
from workflow.cases.moves import CaseInHand, many_for_change
from workflow.kernel.actor import SYSTEM
from workflow.reforms.following import Moved
from workflow.reforms.places import Account, Books
from workflow.vacancies import reservations
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

#: By account: who is counted as settled there, cases and how many of their persons.
Settled = Mapping[int, Mapping[UUID, int]]

_KEPT = (VacancyState.OPEN, VacancyState.RESERVED)


class _StillMovingError(Exception):
    """Something came to an ended municipality before its places were locked: begin again."""


def hold_still(
    session: Session, ended: Sequence[int], successor_id: int, books: Books
) -> list[CaseInHand]:
    """Lock every case, home and account of the municipalities, in the order all commands keep.

    A case may come in between the reading and the locks: then the locks are let go and taken again,
    for a case is never locked after an account.
    """
    while True:
        try:
            with session.begin_nested():
                return _locked(session, ended, successor_id, books)
        except _StillMovingError:
            continue


def _locked(
    session: Session, ended: Sequence[int], successor_id: int, books: Books
) -> list[CaseInHand]:
    # A case with a protected address goes along, though the one who merges may not open it.
    cases = many_for_change(session, _concerned(session, ended), actor=SYSTEM)
    homes = select(Vacancy.id).where(Vacancy.municipality_id.in_(ended), Vacancy.state.in_(_KEPT))
    reservations.lock(session, session.scalars(homes).all())
    held_by = {case.account_id for case in cases if case.account_id is not None}
    open_targets(session, ended, successor_id, held_by, books.year)
    books.lock([*ended, successor_id], held_by)
    came_in = _concerned(session, ended) - {case.id for case in cases}
    sources = [account for one in ended for account in books.of(one)]
    if came_in or any(books.target(source, successor_id) is None for source in sources):
        raise _StillMovingError
    return cases


def _concerned(session: Session, ended: Sequence[int]) -> set[UUID]:
    """Cases that stand in the municipalities, or stood there when they were withdrawn."""
    here = or_(Case.municipality_id.in_(ended), Case.former_municipality_id.in_(ended))
    return set(session.scalars(select(Case.id).where(here)))


def open_targets(
    session: Session,
    ended: Sequence[int],
    successor_id: int,
    held_by: Collection[int],
    first_year: int,
) -> None:
    """The successor's accounts for all that comes, before any account is locked."""
    account = PlaceAccount
    wanted = session.execute(
        select(func.greatest(account.year, first_year), account.pool)
        .where(
            or_(
                account.municipality_id.in_(ended) & (account.year >= first_year),
                account.id.in_(held_by),
            )
        )
        .distinct()
    ).all()
    for year, pool in wanted:
        open_account(session, municipality_id=successor_id, year=year, pool=pool)


def pass_on_all(
    session: Session,
    books: Books,
    cases: Sequence[CaseInHand],
    ended: Sequence[int],
    successor_id: int,
) -> list[Moved]:
    """Everything of the ended municipalities goes to the one successor."""
    passing = [account for one in ended for account in books.of(one)]
    for source in passing:
        books.pass_on_year(source, _there(books.target(source, successor_id)))
    settled = _settled(session, Person.settled_account_id.in_([one.id for one in passing]))
    moved = [_pass_on(books, case, ended, successor_id, settled) for case in cases]
    for source in passing:  # those counted without a case, by an import
        rest = source.figures
        target = _there(books.target(source, successor_id))
        books.pass_on(source, target, held=rest.held, settled=rest.settled, case_id=None)
    for source in passing:
        _count_by(session, source, _there(books.target(source, successor_id)))
    return moved


def pass_on_one(
    session: Session, books: Books, case: CaseInHand, ended: int, successor_id: int
) -> Moved:
    """One case goes to the successor chosen for it, with what it holds and has settled."""
    held_by = [case.account_id] if case.account_id is not None else []
    settled = _settled(session, Person.case_id == case.id)
    open_targets(session, [], successor_id, {*held_by, *settled}, books.year)
    books.lock([successor_id], [*held_by, *settled])
    moved = _pass_on(books, case, [ended], successor_id, settled)
    for account_id in settled:
        source = books.accounts[account_id]
        if source.municipality_id == ended and source.year >= books.year:
            target = _there(books.target(source, successor_id))
            _count_by(session, source, target, Person.case_id == case.id)
    return moved


def _pass_on(
    books: Books,
    case: CaseInHand,
    ended: Sequence[int],
    successor_id: int,
    settled: Settled,
) -> Moved:
    """Where the case stands now, and the entries that say so."""
    was_there = case.former_municipality_id in ended
    former = successor_id if was_there else case.former_municipality_id
    if case.municipality_id not in ended:
        return Moved(case, case.municipality_id, former, case.account_id, case.places_year)
    account_id, places_year = case.account_id, case.places_year
    by_account = {
        one: persons[case.id]
        for one, persons in settled.items()
        if case.id in persons and books.accounts[one].year >= books.year
    }
    if account_id is not None:
        source = books.accounts[account_id]
        if case.held_persons or source.year >= books.year:
            by_account.setdefault(account_id, 0)
            target = _there(books.target(source, successor_id))
            account_id, places_year = target.id, target.year
    for one, persons in sorted(by_account.items()):
        source = books.accounts[one]
        held = case.held_persons if one == case.account_id else 0
        target = _there(books.target(source, successor_id))
        books.pass_on(source, target, held=held, settled=persons, case_id=case.id)
    return Moved(case, successor_id, former, account_id, places_year)


def _settled(session: Session, who: ColumnElement[bool]) -> Settled:
    found: dict[int, dict[UUID, int]] = defaultdict(dict)
    for account_id, case_id, persons in session.execute(
        select(Person.settled_account_id, Person.case_id, func.count())
        .where(who)
        .group_by(Person.settled_account_id, Person.case_id)
    ):
        if account_id is not None:
            found[account_id][case_id] = persons
    return found


def _count_by(
    session: Session, source: Account, target: Account, *who: ColumnElement[bool]
) -> None:
    """Persons settled by the one account are counted by the other, as its entries say."""
    session.execute(
        update(Person)
        .where(Person.settled_account_id == source.id, *who)
        .values(settled_account_id=target.id)
        .execution_options(synchronize_session=False)
    )


def _there(account: Account | None) -> Account:
    assert account is not None  # noqa: S101  opened and locked before
    return account
