"""Whatever is done to cases in whatever order: the application and a plain model never differ."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select

from tests.factories import (
    NOW,
    lead,
    places,
    udi,
    writer,
)
from tests.workflow.books import figures
from tests.workflow.lives import AFTERWARDS, CAME, EARLIER, Answered, some, years
from tests.workflow.lives_model import WITHDRAWABLE, Household, S
from tests.workflow.redistribution.withdrawn import WINDOW, lines
from workflow.cases import settling
from workflow.cases.models import Case
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.redistribution.states import ItemOutcome
from workflow.travel import commands as travel
from workflow.travel.models import Booking
from workflow.travel.states import BookingState


class Travelling(Answered):
    """They travel with UDI, arrive, and are settled."""

    @rule(number=some)
    def book(self, number: int) -> None:
        one = self.one(number, S.PLACED)
        if one.state is not S.PLACED:
            stopped_by = {"state.wrong", "not_found"}
        elif not one.resettled:
            stopped_by = {"not_found"}
        else:
            stopped_by = self.model.stops_moving(one, 2020)
        if self.attempt(
            stopped_by,
            lambda: travel.book(
                self.session,
                one.id,
                arrival_airport="TRD",
                arrives_at=CAME,
                actor=udi(),
                at=NOW,
            ),
        ):
            one.state, one.year = S.TRAVEL_BOOKED, 2020

    @precondition(lambda self: self.travelling())
    @rule(number=some)
    def cancel(self, number: int) -> None:
        on_the_way = self.travelling()
        one = on_the_way[number % len(on_the_way)]
        booking = self.session.scalars(
            select(Booking.id).where(
                Booking.case_id == one.id, Booking.state == BookingState.BOOKED
            )
        ).one()
        travel.cancel(self.session, booking, reason="Innstilt", actor=udi(), at=NOW)
        if not self.model.stops_moving(one, one.week_year):
            one.year = one.week_year
        one.state = S.PLACED

    def travelling(self) -> list[Household]:
        return [one for one in self.model.households.values() if one.state is S.TRAVEL_BOOKED]

    @rule(number=some, who=some)
    def arrive(self, number: int, who: int) -> None:
        one = self.one(number, S.TRAVEL_BOOKED, S.ARRIVED)
        some_come = one.people[: 1 + who % len(one.people)]
        stopped_by = {"arrival.already"} if any(person.arrived for person in some_come) else set()
        if one.state not in (S.TRAVEL_BOOKED, S.ARRIVED):
            stopped_by = {"state.wrong", "not_found"}
        if self.attempt(
            stopped_by,
            lambda: travel.arrive(
                self.session,
                one.id,
                arrived_at=CAME,
                person_ids=[person.id for person in some_come],
                actor=udi(),
                at=AFTERWARDS,
            ),
        ):
            one.state = S.ARRIVED
            for person in some_come:
                person.arrived = True

    @rule(number=some, who=some)
    def settle(self, number: int, who: int) -> None:
        one = self.one(number, S.ARRIVED, S.PLACED)
        meant = one.people[: 1 + who % len(one.people)]
        stopped_by: set[str] = set()
        if any(person.settled for person in meant):
            stopped_by |= {"settle.already"}
        if one.resettled and not all(person.arrived for person in meant):
            stopped_by |= {"settle.not_arrived"}
        if one.state not in (S.PLACED, S.ARRIVED):
            stopped_by |= {"state.wrong", "settle.already", "settle.not_arrived", "not_found"}
        if self.attempt(
            stopped_by,
            lambda: settling.settle(
                self.session,
                one.id,
                persons={person.id: CAME.date() for person in meant},
                actor=writer(one.town or self.town(0)),
                at=AFTERWARDS,
            ),
        ):
            for person in meant:
                person.settled = True
            one.settle_if_all_are()


class Lives(Travelling):
    """Decisions change, runs go over all of them, and the model is held against the database."""

    @rule(where=some, year=years, decided=st.integers(0, 12))
    def decide_places(self, where: int, year: int, decided: int) -> None:
        town = self.town(where)
        places(self.session, town, decided=decided, year=year)
        self.model.ceilings[town, year] = decided

    @rule(undone=st.booleans())
    def withdraw_all(self, undone: bool) -> None:
        run = withdrawal_runs.preview(
            self.session,
            before=NOW.date(),
            reason="Stans",
            legal_ground="strong_interests",
            actor=lead(),
            at=NOW,
        )
        given = {"actor": lead(), "at": NOW}
        withdrawal_runs.confirm(self.session, run.id, run.token, **given, undo_window=WINDOW)
        over = {key for key in self.model.ceilings if self.overrun(*key)}
        selected = {
            one.id
            for one in self.model.households.values()
            if one.resettled and one.state in WITHDRAWABLE
        }
        assert set(lines(self.session, run)) >= selected
        assert run.counts["cases"] == len(selected)
        if undone and not over:
            withdrawal_runs.undo(self.session, run.id, **given)
            outcomes = {line.outcome for line in lines(self.session, run).values()}
            assert outcomes <= {ItemOutcome.RESTORED, ItemOutcome.EXCLUDED}
            return
        for case_id in selected:
            one = self.model.households[case_id]
            one.leaves(S.WITHDRAWN)
            one.was_withdrawn = True

    def overrun(self, town: int, year: int) -> bool:
        used = self.model.held(town, year) + self.model.settled(town, year)
        return used > (self.model.ceilings[town, year] or 0)

    @rule()
    def redistribute_all(self) -> None:
        run = redistribution_runs.preview(self.session, case_ids=None, actor=lead(), at=EARLIER)
        redistribution_runs.confirm(
            self.session, run.id, run.token, actor=lead(), at=EARLIER, undo_window=WINDOW
        )
        report = lines(self.session, run)
        ready = {
            one.id
            for one in self.model.households.values()
            if one.resettled and one.can_enter and one.was_withdrawn
            and one.state in (S.WITHDRAWN, S.DECLINED)
        }  # fmt: skip
        assert set(report) == ready
        for case_id, line in report.items():
            one = self.model.households[case_id]
            if line.outcome is ItemOutcome.PLACED:
                assert line.municipality_id is not None
                assert self.model.stops_putting(one, line.municipality_id) == set()
                one.state, one.town, one.year = S.REDISTRIBUTED, line.municipality_id, 2020
        for case_id, line in report.items():
            if line.outcome is ItemOutcome.UNPLACED:
                one = self.model.households[case_id]
                for town in self.model.towns:
                    assert self.model.stops_putting(one, town), "there was room after all"

    # What must be so ------------------------------------------------------------------------------

    @invariant()
    def the_places_are_as_the_model_says(self) -> None:
        for (town, year), ceiling in self.model.ceilings.items():
            if ceiling is None:
                continue
            now = figures(self.session, town, year=year)
            assert (now.held, now.settled, now.free) == (
                self.model.held(town, year),
                self.model.settled(town, year),
                self.model.free(town, year),
            )

    @invariant()
    def the_cases_are_as_the_model_says(self) -> None:
        rows = self.session.execute(
            select(
                Case.id, Case.state, Case.municipality_id, Case.persons_count, Case.settled_count
            )
        )
        assert {tuple(row) for row in rows} == {
            (one.id, one.state, one.town, len(one.people), len(one.people) - len(one.waiting))
            for one in self.model.households.values()
        }


BOUNDED = settings(
    max_examples=4,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_a_random_life_is_a_legal_one(engine: Engine) -> None:
    run_state_machine_as_test(lambda: Lives(engine), settings=BOUNDED)


@pytest.mark.soak
def test_many_long_random_lives_are_legal_ones(engine: Engine) -> None:
    of_the_run = settings.default.derandomize
    run_state_machine_as_test(
        lambda: Lives(engine),
        settings=settings(
            BOUNDED, max_examples=300, stateful_step_count=60, derandomize=of_the_run
        ),
    )
