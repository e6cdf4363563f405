"""What is done to a year's numbers at the same moment: none is lost, none is given twice."""

from tests.databases import Database
from tests.swedish import HOLDS, NOW, TOLD, VARMLAND, YEAR, agency, board, decided, sweden, writer
from tests.workflow.at_once import at_once, done, refusals
from workflow.allocation import swaps, targets
from workflow.allocation.decisions import Decision
from workflow.allocation.states import VersionKind


def agreed(session, persons):
    ids = sweden(session)
    made = swaps.propose(
        session,
        year=YEAR,
        giver_id=ids["1780"],
        taker_id=ids["1784"],
        persons=persons,
        reason="x",
        actor=writer(ids["1784"]),
        at=NOW,
    )
    swaps.agree(session, made, actor=writer(ids["1780"]), at=NOW)
    return made


def standing(committed):
    numbers = done(committed.sessions, lambda session: targets.standing(session, YEAR))
    ids = done(committed.sessions, sweden)
    return {number: numbers[ids[number]] for number in VARMLAND}


def test_two_boards_confirm_one_swap_once(committed: Database):
    done(committed.sessions, decided)
    swap = done(committed.sessions, lambda session: agreed(session, 20))

    def confirm(session):
        return swaps.confirm(session, swap, actor=board(), at=NOW)

    outcomes = at_once(committed.sessions, confirm, confirm, confirm)

    assert refusals(outcomes) == ["swap.wrong_state"] * 2
    assert standing(committed) == VARMLAND | {"1780": 207, "1784": 153}


def test_two_swaps_of_the_same_persons_are_not_both_confirmed(committed: Database):
    """Karlstad has 227: of 120 and 120 one is too many."""
    done(committed.sessions, decided)
    pair = [done(committed.sessions, lambda session: agreed(session, 120)) for _ in range(2)]

    outcomes = at_once(
        committed.sessions,
        *(
            lambda session, swap=swap: swaps.confirm(session, swap, actor=board(), at=NOW)
            for swap in pair
        ),
    )

    assert refusals(outcomes) == ["swap.too_large"]
    assert standing(committed) == VARMLAND | {"1780": 107, "1784": 253}


def test_a_year_begins_once(committed: Database):
    ids = done(committed.sessions, sweden)
    first = Decision(VersionKind.FIRST, TOLD, HOLDS)

    def begin(session):
        return targets.decide(session, YEAR, {ids["1780"]: 5}, first, actor=agency(), at=NOW)

    outcomes = at_once(committed.sessions, begin, begin)

    assert refusals(outcomes) == ["targets.stand"]
