"""A plan put right where a week, a home or a kind leaves no room: who does not fit goes elsewhere.

Those that do not fit are taken out and put, in the order of their turns, where used shares are
least and there is room in every respect; where there is none, one other case makes room. Of a kind
of which so many are taken and no more, larger households go before smaller: most persons. Then
single cases move while that makes used shares more even, or the score higher. Where there is a band
they stay, since no move may leave it; who did not fit may have.
"""

from heapq import heapify, heappop, heappush

import numpy as np

from workflow.planning.instance import Real
from workflow.planning.progress import Progress
from workflow.planning.reasons import KINDS_FULL
from workflow.planning.roster import Roster

_TRIED = 12
#: Where the one that makes room may go.
_NEAREST = 8
_PASSES = 3


def put_right(roster: Roster, progress: Progress, worth: Real | None = None) -> dict[int, str]:
    """Move the misfits; those that stay without are told why, by unit.

    Args:
        worth: unit × account, for who goes by score; else by even shares.
    """
    why: dict[int, str] = {}
    for number, ground in roster.grounds.items():
        if ground.binds:
            _take_out(roster, number, why)
    homeless = sorted({*why, *np.flatnonzero(roster.at < 0).tolist()})
    failed: set[tuple[object, ...]] = set()
    for done, unit in enumerate(homeless):
        progress("putting right", done / len(homeless))
        alike = _alike(roster, unit)
        if alike in failed:
            continue
        if _put(roster, unit, worth) or _put_with_room_made(roster, unit):
            why.pop(unit, None)
            failed.clear()
        else:
            failed.add(alike)
    _larger_before_smaller(roster, why)
    if homeless and worth is None:
        _even_out(roster, progress)
    elif homeless and worth is not None and roster.prepared.hard.rules.band is None:
        _raise_score(roster, worth, progress)
    return why


def _alike(roster: Roster, unit: int) -> tuple[object, ...]:
    """Units with the same find room in the same places, or none of them does."""
    hard = roster.prepared.hard
    return (
        int(roster.problem.needs[unit]),
        *(
            (
                case.persons,
                hard.profile(case),
                hard.calendar.window(case.earliest_on, case.expires_on),
            )
            for case in roster.prepared.cases_of(unit)
        ),
    )


def _take_out(roster: Roster, number: str, why: dict[int, str]) -> None:
    misfits = roster.settled(number).misfits
    if not misfits:
        return
    for account in roster.accounts_of[number]:
        for unit in sorted(roster.here[account]):
            codes = [
                misfits[case.case_number]
                for case in roster.prepared.cases_of(unit)
                if case.case_number in misfits
            ]
            if codes:
                why[unit] = codes[0]
                roster.held[unit] = False
                roster.move(unit, -1)


def _put(roster: Roster, unit: int, worth: Real | None = None, most: int | None = None) -> bool:
    accounts = roster.open_to(unit)[:most]
    if worth is not None:
        accounts = accounts[np.argsort(-worth[unit, accounts], kind="stable")]
    for account in accounts.tolist():
        if roster.takes(account, unit):
            roster.move(unit, account)
            return True
    return False


def _put_with_room_made(roster: Roster, unit: int) -> bool:
    """One other case goes elsewhere, and this one comes instead."""
    problem = roster.problem
    allowed = np.flatnonzero(problem.allowed[problem.needs[unit]])
    persons = int(problem.persons[unit])
    order = allowed[np.argsort(roster.key(allowed, persons), kind="stable")]
    for account in order[:_TRIED].tolist():
        lacking = persons - int(roster.free()[account])
        full = roster.kinds_full(account, unit)
        for other in sorted(roster.here[account]):
            if roster.held[other] or problem.persons[other] < lacking:
                continue
            if not full <= roster.kinds(other):
                continue
            if not roster.takes(account, unit, minus=other):
                continue
            roster.move(other, -1)
            roster.move(unit, account)
            if _put(roster, other, most=_NEAREST):
                return True
            roster.move(unit, -1)
            roster.move(other, account)
    return False


def _larger_before_smaller(roster: Roster, why: dict[int, str]) -> None:
    """Until no household without a place is larger than one that could give it its own."""
    persons = roster.problem.persons
    waiting = [(-int(persons[unit]), unit) for unit in np.flatnonzero(roster.at < 0).tolist()]
    heapify(waiting)
    failed: set[tuple[object, ...]] = set()
    while waiting:
        unit = heappop(waiting)[1]
        alike = _alike(roster, unit)
        if alike in failed:
            continue
        smaller = _instead_of_a_smaller(roster, unit)
        if smaller is None:
            failed.add(alike)
            continue
        why.pop(unit, None)
        failed.clear()
        if not _put(roster, smaller):
            why[smaller] = KINDS_FULL
            heappush(waiting, (-int(persons[smaller]), smaller))


def _instead_of_a_smaller(roster: Roster, unit: int) -> int | None:
    """Who left its place to it: the smallest of its kind that can, of alike the latest turn."""
    problem, free = roster.problem, roster.free()
    persons = int(problem.persons[unit])
    found = []
    for account in np.flatnonzero(problem.allowed[problem.needs[unit]]).tolist():
        full = roster.kinds_full(account, unit)
        if full:
            found += [
                (int(problem.persons[other]), -other, account)
                for other in roster.here[account]
                if problem.persons[other] < persons <= free[account] + problem.persons[other]
                and not roster.held[other]
                and full <= roster.kinds(other)
            ]
    for _, other, account in sorted(found)[:_TRIED]:
        if roster.takes(account, unit, minus=-other):
            roster.move(-other, -1)
            roster.move(unit, account)
            return -other
    return None


def _even_out(roster: Roster, progress: Progress) -> None:
    problem = roster.problem
    places = np.maximum(1, problem.places)
    for turn in range(_PASSES):
        moved = False
        placed = np.flatnonzero((roster.at >= 0) & ~roster.held)
        shares = roster.used[roster.at[placed]] / places[roster.at[placed]]
        for done, unit in enumerate(placed[np.argsort(-shares, kind="stable")].tolist()):
            if done % 256 == 0:
                progress("evening out", (turn + done / len(placed)) / _PASSES)
            here, persons = int(roster.at[unit]), int(problem.persons[unit])
            to = roster.open_to(unit)[:3]
            gain = persons * (
                (2 * roster.used[here] - persons) / places[here]
                - (2 * roster.used[to] + persons) / places[to]
            )
            for account in to[gain > 1e-9].tolist():
                if account != here and roster.takes(account, unit):
                    roster.move(unit, account)
                    moved = True
                    break
        if not moved:
            break


def _raise_score(roster: Roster, worth: Real, progress: Progress) -> None:
    """Single cases go where they score more and there is room, those with most to gain first."""
    problem = roster.problem
    for turn in range(_PASSES):
        moved = False
        placed = np.flatnonzero((roster.at >= 0) & ~roster.held)
        now = worth[placed, roster.at[placed]]
        gain = np.where(problem.allowed[problem.needs[placed]], worth[placed], -np.inf).max(axis=1)
        for done, unit in enumerate(placed[np.argsort(now - gain, kind="stable")].tolist()):
            if done % 256 == 0:
                progress("improving", (turn + done / len(placed)) / _PASSES)
            accounts = roster.open_to(unit)
            better = accounts[worth[unit, accounts] > worth[unit, roster.at[unit]] + 1e-6]
            order = better[np.argsort(-worth[unit, better], kind="stable")]
            for account in order[:_NEAREST].tolist():
                if roster.takes(account, unit):
                    roster.move(unit, account)
                    moved = True
                    break
        if not moved:
            break
