"""The plan of March 2020: what it holds, and that every step of it is one the rules allow."""

import tomllib
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.scenario import users
from app.scenario.cases import (
    AS_USUAL,
    BESIDE,
    CALLED_BACK,
    HOLDING,
    RECEPTION_CENTRES,
    SETTLED,
    SETTLED_PERSONS,
    STARTS_AT,
    WITHDRAWN_PERSONS,
    march_2020,
)
from app.scenario.figures import DEFAULT_SEED, generate
from app.scenario.lives import DAY, PLACES_YEAR
from app.scenario.plan import RECORD_ENTRY, REGISTER, withdrawn_before
from app.scenario.users import Place
from tests.app.scenario.rehearsal import Rehearsal
from workflow.capacity.states import Pool
from workflow.cases import machine
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.calendar import OSLO, answer_due, is_working_day, local_day
from workflow.municipalities.register import shipped_airports, shipped_register

TEXTS = Path(__file__).parents[3] / "templates" / "scenario" / "nb.toml"
SEEDS = [DEFAULT_SEED, 0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 8))]
S = CaseState


@pytest.fixture(scope="module", params=SEEDS, ids=str)
def drawn(request):
    register = shipped_register()
    return march_2020(request.param, register, generate(register, request.param))


@pytest.fixture(scope="module")
def withdrawn(plan):
    return withdrawn_before(plan.cases, DAY)


def test_a_withdrawal_before_12_march_takes_750_persons_in_215_cases(drawn):
    taken = withdrawn_before(drawn.cases, DAY)

    assert sum(case.household.size for case in taken) == WITHDRAWN_PERSONS == 750
    assert len(taken) == sum(sort.count for sort in HOLDING) == 215


def test_every_state_that_can_be_withdrawn_is_among_them(withdrawn):
    assert Counter(case.state for case in withdrawn) == {
        S.DISTRIBUTED: 66,
        S.ACCEPTED: 30,
        S.PLACED: 86,
        S.TRAVEL_BOOKED: 33,
    }


def test_cases_distributed_on_the_border_day_are_not_taken(plan, withdrawn):
    border = [case for case in plan.cases if case.distributed_on == DAY]

    assert [case.state for case in border] == [S.DISTRIBUTED] * 6
    assert not {case.key for case in border} & {case.key for case in withdrawn}
    assert len(withdrawn_before(plan.cases, DAY + timedelta(days=1))) == len(withdrawn) + 6


def test_nine_were_withdrawn_before_and_can_come_now_with_no_municipality_first(plan):
    called_back = [case for case in plan.cases if case.state is S.WITHDRAWN]

    assert len(called_back) == sum(sort.count for sort in CALLED_BACK) == 9
    for case in called_back:
        *_, unknown, withdrawal, possible = case.steps
        assert (unknown.trigger, possible.trigger) == (RECORD_ENTRY, RECORD_ENTRY)
        assert withdrawal.trigger == "withdraw"
        assert unknown.entry.status is EntryStatus.UNKNOWN
        assert possible.entry.status is EntryStatus.POSSIBLE
        assert local_day(possible.at) == DAY


def test_only_resettlement_cases_are_taken(plan, withdrawn):
    others = [
        case
        for case in plan.cases
        if case.group is not Group.RESETTLEMENT and case.municipality_number is not None
    ]

    assert {case.group for case in withdrawn} == {Group.RESETTLEMENT}
    assert len(others) > 100


def test_every_step_passes_the_guards_and_no_municipality_gets_more_than_it_decided(drawn):
    played = Rehearsal(drawn)

    assert {case.key: played.cases[case.key].state for case in drawn.cases} == {
        case.key: case.state for case in drawn.cases
    }


def test_542_persons_are_settled_besides_the_minors(drawn):
    settled = Rehearsal(drawn).settled
    ordinary = sum(count for (_, pool), count in settled.items() if pool is Pool.ORDINARY)
    minors = sum(count for (_, pool), count in settled.items() if pool is Pool.MINORS)

    assert (ordinary, minors) == (SETTLED_PERSONS, 5)
    assert SETTLED_PERSONS == 2_819 * 10 // 52


def test_some_municipalities_are_nearly_full_and_many_untouched(drawn):
    played = Rehearsal(drawn)
    free = {
        number: ceiling - played.used[number, pool]
        for (number, pool), ceiling in played.ceiling.items()
        if pool is Pool.ORDINARY and ceiling
    }
    untouched = [
        number for number, places in free.items() if places == played.ceiling[number, Pool.ORDINARY]
    ]

    assert len(free) == 199
    assert sum(places <= 2 for places in free.values()) >= 8
    assert 50 <= len(untouched) <= 110


def test_the_plan_holds_every_sort_of_case_that_was_ordered(plan):
    ordered = Counter()
    for sort in (*HOLDING, *BESIDE, *CALLED_BACK):
        ordered[Group.RESETTLEMENT] += sort.count
    for group, sort in SETTLED.items():
        ordered[group] += sort.count
    for group, sorts in AS_USUAL.items():
        ordered[group] += sum(sort.count for sort in sorts)

    assert Counter(case.group for case in plan.cases) == ordered
    assert len({case.key for case in plan.cases}) == len(plan.cases)


def test_reception_centre_cases_are_in_every_state_they_can_be_in(plan):
    states = {case.state for case in plan.cases if case.group is Group.RECEPTION_CENTRE}

    assert states == {
        S.REGISTERED,
        S.DISTRIBUTED,
        S.ACCEPTED,
        S.PLACED,
        S.SETTLED,
        S.DECLINED,
    }


def test_who_lives_in_a_centre_says_which(plan):
    for case in plan.cases:
        in_centre = case.group in {Group.RECEPTION_CENTRE, Group.UNACCOMPANIED_MINOR}
        assert (case.reception_centre in RECEPTION_CENTRES) is in_centre
        assert in_centre or case.reception_centre is None


def test_some_answers_are_overdue_and_some_are_not(withdrawn):
    open_ones = [case for case in withdrawn if case.state is S.DISTRIBUTED]

    overdue = [case for case in open_ones if answer_due(case.distributed_on) < DAY]

    assert len(overdue) >= 20
    assert len(open_ones) - len(overdue) >= 30


def test_new_resettlement_cases_come_with_and_without_a_known_arrival(plan):
    new = [
        case.steps[0].entry
        for case in plan.cases
        if case.group is Group.RESETTLEMENT and case.state is S.REGISTERED
    ]

    assert Counter(entry.status for entry in new) == {"possible_from": 8, "unknown": 12}


def test_what_is_known_that_morning_is_of_every_kind_and_mostly_unknown(plan, withdrawn):
    last = Rehearsal(plan).cases
    known = Counter(last[case.key].entry_status for case in withdrawn)

    assert known == {"possible": 32, "possible_from": 40, "not_possible": 12, "unknown": 131}


def test_some_households_can_come_but_for_one_person(plan, withdrawn):
    mixed = [case for case in withdrawn if case.steps[-1].persons is not None]
    played = Rehearsal(plan).cases

    assert len(mixed) == 6
    for case in mixed:
        entries = Counter(entry.status for entry in played[case.key].entries.values())
        assert entries == {"possible": case.household.size - 1, "unknown": 1}


def test_those_who_can_come_are_mostly_in_the_middle_east(withdrawn):
    def share(statuses):
        some = [case for case in withdrawn if case.steps[-1].entry.status in statuses]
        near = [case for case in some if case.household.departure_country in {"LB", "JO"}]
        return len(near) / len(some)

    assert share({"possible", "possible_from"}) > 2 * share({"unknown"})


def test_everything_lies_before_the_clock_starts_and_in_working_hours(drawn):
    moments = [step.at for _, step in drawn.steps()]
    moments += [home.at for home in drawn.vacancies]
    moments += [place.decided_at for place in drawn.places if place.decided_at]

    assert drawn.starts_at == STARTS_AT
    assert max(moments) < STARTS_AT
    assert STARTS_AT.date() == DAY
    for at in moments:
        assert at.tzinfo is OSLO
        assert is_working_day(local_day(at))
        assert 7 <= at.hour < 16


def test_a_cases_steps_follow_each_other_in_time(drawn):
    for case in drawn.cases:
        moments = [step.at for step in case.steps]
        assert moments == sorted(set(moments))
        assert case.steps[0].trigger == REGISTER
        assert REGISTER not in {step.trigger for step in case.steps[1:]}


def test_nobody_is_born_or_numbered_after_the_case_is_registered(drawn):
    for case in drawn.cases:
        registered = local_day(case.steps[0].at).year
        for person in case.household.persons:
            assert person.birth_year <= registered
            assert int(person.duf_number[:4]) <= registered


def test_steps_come_in_the_order_of_time_whole(drawn):
    steps = list(drawn.steps())

    assert [step.at for _, step in steps] == sorted(step.at for _, step in steps)
    assert len(steps) == sum(len(case.steps) for case in drawn.cases)


def test_a_resettlement_case_is_placed_within_its_entry_permit_of_six_months(drawn):
    for case in drawn.cases:
        if case.group is not Group.RESETTLEMENT:
            assert all(step.entry is None for step in case.steps)
            continue
        entry = case.steps[0].entry
        registered = local_day(case.steps[0].at)
        assert registered < entry.permit_expires_on <= registered + timedelta(days=182)
        for step in case.steps:
            if step.week is not None:
                assert step.week.sunday <= entry.permit_expires_on
                assert step.week.sunday >= entry.from_on


def test_travel_goes_to_the_nearest_airport_inside_permit_and_plan(drawn):
    nearest = {row.number: row.nearest_airport for row in shipped_register()}
    airports = {airport.iata for airport in shipped_airports()}
    booked = 0
    for case in drawn.cases:
        for step in case.steps:
            if step.trigger not in {"book_travel", "reschedule"}:
                continue
            booked += 1
            assert step.arrival_airport == nearest[step.municipality_number]
            assert step.arrival_airport in airports
            assert step.arrives_at > step.at
            entry = case.steps[0].entry
            assert entry.from_on <= local_day(step.arrives_at) <= entry.permit_expires_on
            if step.trigger == "book_travel":
                week = [other.week for other in case.steps if other.week][-1]
                assert week.monday <= local_day(step.arrives_at) <= week.sunday
    assert booked > 100


def test_who_has_not_come_is_expected_after_the_day_and_who_has_came_before(drawn):
    for case in drawn.cases:
        bookings = [step.arrives_at for step in case.steps if step.arrives_at]
        came = [step for step in case.steps if step.trigger == "arrive"]
        if came:
            assert came[0].arrived_at == bookings[-1] < came[0].at
        elif bookings:
            assert local_day(bookings[-1]) > DAY


def test_a_settlement_date_lies_after_the_decision_and_not_in_the_future(drawn):
    for case in drawn.cases:
        if case.state is not S.SETTLED:
            continue
        by_trigger = {step.trigger: step for step in case.steps}
        settle, week = by_trigger["settle"], by_trigger["accept"].week
        assert local_day(by_trigger["decide"].at) < settle.settled_on <= local_day(settle.at)
        assert settle.settled_on.year == PLACES_YEAR
        assert week.monday <= settle.settled_on <= week.sunday


def test_a_municipality_that_said_no_is_not_asked_again(drawn):
    for case in drawn.cases:
        asked = [step.municipality_number for step in case.steps if step.trigger == "distribute"]
        assert len(set(asked)) == len(asked)


def test_distributions_name_the_year_of_the_places(drawn):
    years = {step.year for _, step in drawn.steps() if step.trigger == "distribute"}

    assert years == {2020}
    assert min(step.at for _, step in drawn.steps()).year == 2019


def test_each_step_brings_what_its_command_needs(drawn):
    for _, step in drawn.steps():
        assert (step.week is not None) is (step.trigger in {"accept", "change_week"})
        assert (step.reason_code is not None) is (step.trigger in {"decline", "retract"})
        assert (step.reason is not None) is (
            step.trigger in {"reschedule", "cancel_travel", "withdraw", "lapse"}
        )
        assert (step.settled_on is not None) is (step.trigger == "settle")
        assert (step.arrived_at is not None) is (step.trigger == "arrive")
        assert (step.arrives_at is not None) is (step.trigger in {"book_travel", "reschedule"})
        if step.trigger == RECORD_ENTRY:
            assert step.entry is not None


def test_every_step_a_case_can_take_before_a_withdrawal_is_taken_by_some(plan):
    of_a_run = {"redistribute", "restore", "recall"}
    taken = {step.trigger for _, step in plan.steps()} - {REGISTER, RECORD_ENTRY}

    assert taken == set(machine.CHOICES) - of_a_run


def test_every_reason_has_its_sentence(plan):
    sentences = tomllib.loads(TEXTS.read_text(encoding="utf-8"))["reason"]

    assert {step.reason for _, step in plan.steps() if step.reason} == set(sentences)


def test_a_home_is_reported_before_the_yes_that_names_it_and_fits(drawn):
    homes = {home.key: home for home in drawn.vacancies}
    named = [
        (case, step) for case in drawn.cases for step in case.steps if step.vacancy is not None
    ]

    assert len({step.vacancy for _, step in named}) == len(named) == 18
    for case, step in named:
        home = homes[step.vacancy]
        assert step.trigger == "accept"
        assert home.municipality_number == step.municipality_number == case.municipality_number
        assert home.at < step.at
        assert home.places >= case.household.size
        assert home.group in {None, case.group}


def test_most_reported_homes_are_open_and_their_municipality_has_room(drawn):
    named = {step.vacancy for case in drawn.cases for step in case.steps}
    played = Rehearsal(drawn)

    still_open = [home for home in drawn.vacancies if home.key not in named]

    assert len(still_open) == 24
    assert {home.kind for home in still_open} == {"home", "capacity"}
    for home in still_open:
        account = home.municipality_number, Pool.ORDINARY
        assert home.places <= played.ceiling[account] - played.used[account]
        assert home.available_from_week.monday > DAY


def test_decided_places_are_registered_before_the_deadline_or_not_at_all(plan):
    for place in plan.places:
        assert place.requested_at.date() == date(2019, 10, 28)
        assert place.requested_at < place.adjusted_at < STARTS_AT
        if place.figures.decided_places is None:
            assert place.decided_at is None
        else:
            assert place.requested_at < place.decided_at
            assert place.decided_at.date() <= date(2019, 12, 20)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another(register, figures, plan):
    assert march_2020(DEFAULT_SEED, register, figures) == plan
    assert march_2020(DEFAULT_SEED + 1, register, figures) != plan


def test_the_six_municipalities_show_something_different(plan, register):
    kinds = users.places(plan, register)
    holding = Counter(case.municipality_number for case in withdrawn_before(plan.cases, DAY))
    sami = {row.number for row in register if row.sami_area}

    assert kinds[Place.LARGEST] == "0301"
    assert kinds[Place.SAMI] in sami
    assert holding[kinds[Place.UNTOUCHED]] == 0
    assert all(holding[number] for place, number in kinds.items() if place is not Place.UNTOUCHED)
    assert holding[kinds[Place.MOST_HELD]] == max(holding.values())
