"""What may be done to cases, at random, with what a plain model expects of each."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_person,
    officer,
    places,
    writer,
)
from tests.workflow.books import faults
from tests.workflow.cases.the_table import TABLE
from tests.workflow.lives_model import HOLDING, WITHDRAWABLE, YEARS, Household, Model, S, Someone
from workflow.cases import commands, deciding, registration
from workflow.cases.commands import Question
from workflow.cases.entry import Entry, record_entry
from workflow.cases.models import CaseStep, Distribution, Person
from workflow.cases.states import CaseState, EntryStatus, Group, JoinReason
from workflow.kernel.errors import DomainError
from workflow.kernel.weeks import Week
from workflow.redistribution import commands as redistribution

EARLIER = NOW - timedelta(days=3)
CAME = datetime(2020, 6, 9, 12, tzinfo=UTC)
AFTERWARDS = CAME + timedelta(days=2)
WEEK_OF = {2020: WEEK, 2021: Week(2021, 2)}
POSSIBLE = Entry(EntryStatus.POSSIBLE, source="UDI", from_on=date(2020, 4, 15))
NOT_POSSIBLE = Entry(EntryStatus.NOT_POSSIBLE, source="UDI")
#: Places of each town in 2020 and 2021; few, so that they run out.
TOWNS = ((6, 4), (4, 0), (9, None))

some = st.integers(min_value=0, max_value=999)
years = st.sampled_from(YEARS)


class Answered(RuleBasedStateMachine):
    """Households are registered, put to towns, answered for, decided and taken back."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.connection = engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(
            self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        self.model = Model({})

    def teardown(self) -> None:
        try:
            assert faults(self.session) == {}
            assert illegal_steps(self.session) == []
        finally:
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    # What is there --------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for this_year, next_year in TOWNS:
            town = a_municipality(self.session, decided=this_year)
            if next_year is not None:
                places(self.session, town, decided=next_year, year=2021)
            self.model.ceilings |= {(town, 2020): this_year, (town, 2021): next_year}
        for group in (Group.RESETTLEMENT, Group.PRIVATE):
            self.register(group, 2)

    @rule(group=st.sampled_from([Group.RESETTLEMENT, Group.PRIVATE]), persons=st.integers(1, 4))
    def register(self, group: Group, persons: int) -> None:
        case = a_case(self.session, group=group, persons=persons, entry=POSSIBLE, at=EARLIER)
        found = select(Person.id).where(Person.case_id == case).order_by(Person.position)
        people = [Someone(person) for person in self.session.scalars(found)]
        self.model.households[case] = Household(case, group, people)

    def one(self, number: int, *states: CaseState) -> Household:
        """Some household; four times out of five one in these states, if there is any."""
        households = list(self.model.households.values())
        if number % 5:
            households = [one for one in households if one.state in states] or households
        return households[number % len(households)]

    def town(self, number: int) -> int:
        return self.model.towns[number % len(self.model.towns)]

    def attempt(self, stopped_by: set[str], work: Callable[[], Any]) -> bool:
        """Do it: one of the codes stops it, or nothing does; says whether it was done."""
        stopped = None
        try:
            with self.session.begin_nested():
                work()
        except DomainError as refusal:
            stopped = refusal.code
        assert stopped in (stopped_by or {None})
        return stopped is None

    # What is done ---------------------------------------------------------------------------------

    @rule(number=some, where=some)
    def put(self, number: int, where: int) -> None:
        one, town = self.one(number, S.REGISTERED, S.DECLINED, S.WITHDRAWN), self.town(where)
        trigger = "redistribute" if one.was_withdrawn else "distribute"
        question = Question(town, 2020)
        if self.attempt(
            self.model.stops_putting(one, town),
            lambda: commands.put_to_municipality(
                self.session, one.id, trigger, question, actor=officer(), at=EARLIER
            ),
        ):
            one.state, one.town, one.year = TABLE[trigger, one.state], town, 2020

    @rule(number=some, year=years)
    def accept(self, number: int, year: int) -> None:
        one = self.one(number, S.DISTRIBUTED, S.REDISTRIBUTED)
        if one.state not in (S.DISTRIBUTED, S.REDISTRIBUTED):
            stopped_by = {"state.wrong", "not_found"}
        else:
            stopped_by = self.model.stops_moving(one, year)
        if self.attempt(
            stopped_by,
            lambda: commands.accept(
                self.session,
                one.id,
                settlement_week=WEEK_OF[year],
                actor=writer(one.town or self.town(0)),
                at=NOW,
            ),
        ):
            one.state, one.year, one.week_year = S.ACCEPTED, year, year

    @rule(number=some, retract=st.booleans())
    def say_no(self, number: int, retract: bool) -> None:
        fits = (S.ACCEPTED,) if retract else (S.DISTRIBUTED, S.REDISTRIBUTED)
        one = self.one(number, *fits)
        say = commands.retract if retract else commands.decline
        actor = writer(one.town or self.town(0))
        if self.attempt(
            set() if one.state in fits else {"state.wrong", "not_found"},
            lambda: say(self.session, one.id, reason_code="other", text=None, actor=actor, at=NOW),
        ):
            assert one.town is not None
            one.declined.add(one.town)
            one.leaves(S.DECLINED)

    @precondition(lambda self: any(one.declined for one in self.model.households.values()))
    @rule(number=some)
    def take_back_a_no(self, number: int) -> None:
        unwanted = [one for one in self.model.households.values() if one.declined]
        one = unwanted[number % len(unwanted)]
        town = min(one.declined)
        no = select(Distribution.id).where(
            Distribution.case_id == one.id,
            Distribution.municipality_id == town,
            Distribution.state.in_(["declined", "retracted"]),
            Distribution.reopened_at.is_(None),
        )
        for question in self.session.scalars(no).all():
            commands.reopen(self.session, question, actor=writer(town), at=NOW)
        one.declined.remove(town)

    @rule(number=some, year=years)
    def change_week(self, number: int, year: int) -> None:
        one = self.one(number, S.ACCEPTED, S.PLACED, S.TRAVEL_BOOKED)
        if one.state not in (S.ACCEPTED, S.PLACED, S.TRAVEL_BOOKED):
            stopped_by = {"state.wrong"}
        else:
            moves = one.state is not S.TRAVEL_BOOKED
            stopped_by = self.model.stops_moving(one, year) if moves else set()
        if self.attempt(
            stopped_by,
            lambda: commands.change_week(
                self.session,
                one.id,
                settlement_week=WEEK_OF[year],
                reason="Avtalt",
                actor=officer(),
                at=NOW,
            ),
        ):
            one.week_year = year
            if one.state is not S.TRAVEL_BOOKED:
                one.year = year

    @rule(number=some)
    def decide(self, number: int) -> None:
        one = self.one(number, S.ACCEPTED)
        if self.attempt(
            set() if one.state is S.ACCEPTED else {"state.wrong"},
            lambda: deciding.decide(self.session, one.id, actor=officer(), at=NOW),
        ):
            one.state = S.PLACED

    @rule(number=some)
    def withdraw(self, number: int) -> None:
        one = self.one(number, *WITHDRAWABLE)
        stopped_by = {"settle.some_settled"} if one.some_settled else set()
        if one.state not in WITHDRAWABLE:
            stopped_by = {"state.wrong"}
        if self.attempt(
            stopped_by,
            lambda: redistribution.withdraw(
                self.session,
                one.id,
                reason="Stans",
                legal_ground="strong_interests",
                actor=officer(),
                at=NOW,
            ),
        ):
            one.leaves(S.WITHDRAWN)
            one.was_withdrawn = True

    @rule(number=some)
    def lapse(self, number: int) -> None:
        one = self.one(number)
        stopped_by = {"settle.some_settled"} if one.some_settled else set()
        if one.state in (S.SETTLED, S.LAPSED):
            stopped_by = {"state.wrong"}
        if number % 4 == 0 and self.attempt(  # else too few would live on
            stopped_by,
            lambda: redistribution.lapse(
                self.session, one.id, reason="Reiser ikke", actor=officer(), at=NOW
            ),
        ):
            one.leaves(S.LAPSED)

    @rule(number=some, can=st.booleans())
    def entry(self, number: int, can: bool) -> None:
        one = self.one(number)
        entry = POSSIBLE if can else NOT_POSSIBLE
        record_entry(self.session, one.id, entry, person_ids=None, actor=officer(), at=NOW)
        for person in one.people:
            person.can_enter = can

    @rule(number=some, reason=st.sampled_from(JoinReason))
    def join(self, number: int, reason: JoinReason) -> None:
        one = self.one(number)
        stopped_by = {"state.wrong"} if one.state in (S.SETTLED, S.LAPSED) else set()
        if one.state in HOLDING and reason is JoinReason.LATER_MEMBER:
            assert one.town is not None
            if self.model.ceilings[one.town, one.year] is None:
                stopped_by |= {"places.not_registered"}
            elif self.model.free(one.town, one.year) < 1:
                stopped_by |= {"places.none_free"}
        joined: list[Any] = []
        if self.attempt(
            stopped_by,
            lambda: joined.append(
                registration.join(
                    self.session, one.id, a_person(), reason=reason, actor=officer(), at=NOW
                )
            ),
        ):
            one.people.append(Someone(joined[0], can_enter=False))

    @rule(number=some, who=some)
    def leave(self, number: int, who: int) -> None:
        one = self.one(number)
        person = one.people[who % len(one.people)]
        stopped_by = {"settle.already"} if person.settled else set()
        if len(one.people) == 1:
            stopped_by |= {"person.last"}
        if one.state is S.LAPSED:
            stopped_by |= {"state.wrong"}
        if self.attempt(
            stopped_by,
            lambda: registration.leave(
                self.session, person.id, reason="Egen sak", actor=officer(), at=NOW
            ),
        ):
            one.people.remove(person)
            one.settle_if_all_are()


def illegal_steps(session: Session) -> list[tuple[str, str, str]]:
    """Steps of history that the design's table does not allow."""
    rows = session.execute(select(CaseStep.trigger, CaseStep.source, CaseStep.dest).distinct())
    stay = {"register", "join", "leave", "entry", "reopen", "correct_settlement"}
    return [
        (trigger, source, dest)
        for trigger, source, dest in rows
        if not (
            dest == TABLE.get((trigger, S(source)))
            or (trigger in stay and source == dest)
            or (trigger == "settle" and dest == source)
            or (trigger == "restore" and S(dest) in WITHDRAWABLE)
        )
    ]
