"""A reported home: kept, released, kept again, moved into; and the offer after a withdrawal."""

from tests.journeys.conftest import World

ENTRY = {
    "status": "possible_from",
    "from_on": "2020-04-15",
    "permit_expires_on": "2020-09-30",
    "source": "UDI",
}
GROUND = {"legal_ground": "conditions_failed"}
R28 = (
    "Ledig bopel i kommunen som følger av at IMDi har trukket sak om bosetting av "
    "overføringsflyktninger"
)


def test_a_home_outlives_the_case_it_was_kept_for(world: World):
    imdi = world.imdi
    alta = world.municipality("Alta", number="5403", decided=20)
    bodo = world.municipality("Bodø", number="1804", decided=20)
    home = alta.reports_home(4, week="2020-W10", comment="Fire rom i Bossekop")["id"]
    assert bodo.does_not_see(f"/vacancies/{home}")
    assert bodo.lists("/vacancies") == []
    assert world.udi.lists("/vacancies") == []
    assert imdi.lists("/vacancies")[0]["comment"] == "Fire rom i Bossekop"

    # Within ten points of the best share, the municipality with a fitting home goes first (R29).
    first = imdi.registers("Amal", "Bilal", "Dina", entry=ENTRY)
    proposals = imdi.proposals(first)
    assert [line["municipality_number"] for line in proposals["items"]] == ["5403", "1804"]
    assert proposals["items"][0]["vacancy_id"] == home
    assert [reason["criterion"] for reason in proposals["items"][0]["reasons"]
            if reason["decisive"]] == ["vacancy"]  # fmt: skip
    # Looking at a home keeps it for nobody.
    assert alta.fate(home) == ["registered"]

    imdi.does(first, "distribute", municipality_number="5403", vacancy_id=home)
    assert (alta.home(home)["state"], alta.home(home)["case_id"]) == ("reserved", first)
    second = imdi.registers("Fadi", "Hana", entry=ENTRY)
    assert (
        imdi.cannot(
            second, "distribute", municipality_number="5403", vacancy_id=home, override_reason="x"
        )
        == "vacancy.not_open"
    )
    assert imdi.cannot(second, "distribute", municipality_number="1804", vacancy_id=home) == (
        "not_found"
    )
    assert alta.is_told(f"/vacancies/{home}/close", read=f"/vacancies/{home}") == (
        "vacancy.not_open"
    )

    alta.does(first, "accept", settlement_week="2020-W24")
    imdi.does(first, "decide")
    world.clock.to("2020-03-12")
    imdi.does(first, "withdraw", reason="Innreisestopp", **GROUND)
    assert (alta.home(home)["state"], alta.home(home)["case_id"]) == ("open", None)
    assert alta.fate(home) == ["registered", "reserved", "released"]

    too_many = imdi.registers(*("x" * 5), entry=ENTRY)
    assert (
        imdi.cannot(
            too_many, "distribute", municipality_number="5403", vacancy_id=home, override_reason="x"
        )
        == "vacancy.does_not_fit"
    )
    # The municipality itself may name the home when it says yes.
    imdi.does(second, "distribute", municipality_number="5403")
    alta.does(second, "accept", settlement_week="2020-W26", vacancy_id=home)
    assert alta.home(home)["case_id"] == second
    assert alta.fate(home) == ["registered", "reserved", "released", "matched", "reserved"]

    imdi.does(second, "decide")
    world.udi.does(
        second, "book-travel", arrival_airport="TRD", arrives_at="2020-06-22T13:05:00+02:00"
    )
    world.clock.to("2020-06-23")
    alta.does(second, "arrive", arrived_at="2020-06-22T13:30:00+02:00")
    alta.does(second, "settle", settled_on="2020-06-22")

    moved_into = alta.home(home)
    assert moved_into["state"] == "used"
    assert [(line["what"], line["case_id"]) for line in moved_into["fate"]] == [
        ("registered", None),
        ("reserved", first),
        ("released", first),
        ("matched", second),
        ("reserved", second),
        ("used", second),
    ]
    assert moved_into["fate"][2]["why"] == "withdrawn"


def test_a_home_is_named_for_a_week_in_which_somebody_can_move_in(world: World):
    imdi, case = world.imdi, world.imdi.registers("Amal", "Bilal", entry=ENTRY)
    alta = world.municipality("Alta", number="5403", decided=20)
    home = alta.reports_home(4, week="2020-W20", available_until_week="2020-W26")["id"]
    imdi.does(case, "distribute", municipality_number="5403")

    refused = {
        week: alta.cannot(case, "accept", settlement_week=week, vacancy_id=home)
        for week in ("2020-W19", "2020-W27", "2021-W01")
    }

    assert refused == {
        "2020-W19": "vacancy.not_yet",
        "2020-W27": "vacancy.no_longer",
        "2021-W01": "week.after_permit",
    }
    assert alta.fate(home) == ["registered", "matched"]
    alta.does(case, "accept", settlement_week="2020-W26", vacancy_id=home)
    assert alta.home(home)["case_id"] == case


def test_of_the_home_that_is_kept_the_municipality_need_not_say_it_is_the_one(world: World):
    imdi, case = world.imdi, world.imdi.registers("Amal", "Bilal", entry=ENTRY)
    alta = world.municipality("Alta", number="5403", decided=20)
    home = alta.reports_home(4, week="2020-W20", available_until_week="2020-W26")["id"]
    imdi.does(case, "distribute", municipality_number="5403", vacancy_id=home)

    assert alta.cannot(case, "accept", settlement_week="2020-W27", vacancy_id=home) == (
        "vacancy.no_longer"
    )
    alta.does(case, "accept", settlement_week="2020-W27")

    # The week is the municipality's to set; a home that is free no longer is its own to replace.
    assert alta.home(home)["case_id"] == case


def test_a_home_that_is_passed_over_hears_why_but_not_for_whom(world: World):
    imdi = world.imdi
    alta = world.municipality("Alta", number="5403", decided=10)
    world.municipality("Bodø", number="1804", decided=10)
    for _ in range(2):  # Alta's share falls below the window
        taken = imdi.registers("x", group="private")
        imdi.does(taken, "distribute", municipality_number="5403", override_reason="x")
    home = alta.reports_home(4, week="2020-W10")["id"]
    case = imdi.registers("Amal", entry=ENTRY)

    imdi.does(case, "distribute", municipality_number="1804")

    (_, passed_over) = alta.home(home)["fate"]
    assert (passed_over["what"], passed_over["why"]) == ("passed_over", "unused_share")
    assert passed_over["case_id"] is None
    assert imdi.sees(f"/vacancies/{home}")["fate"][1]["case_id"] == case


def test_who_lost_a_case_may_report_its_home_until_asked_again(world: World):
    imdi = world.imdi
    alta = world.municipality("Alta", number="5403", decided=4)
    bodo = world.municipality("Bodø", number="1804", decided=4)
    case = imdi.registers("Amal", "Bilal", "Dina", "Fadi", entry=ENTRY)
    imdi.does(case, "distribute", municipality_number="5403", override_reason="x")
    report = {
        "kind": "home",
        "places": 4,
        "available_from_week": "2020-W12",
        "comment": R28,
        "reason_code": "withdrawn_case",
        "withdrawn_case_id": case,
    }

    # Nothing is withdrawn yet.
    assert alta.is_told("/vacancies", **report) == "vacancy.not_after_withdrawal"
    alta.does(case, "accept", settlement_week="2020-W24")
    imdi.does(case, "decide")
    world.clock.to("2020-03-12")
    world.udi.writes_entry(case, "not_possible")
    imdi.does(case, "withdraw", reason="Innreisestopp", **GROUND)

    # It is Alta's to report, not Bodø's, nor anybody's in Alta's place.
    assert bodo.is_told("/vacancies", **report) == "vacancy.not_after_withdrawal"
    assert imdi.is_told("/vacancies", **report) == "actor.not_allowed"
    assert alta.reader.is_told("/vacancies", **report) == "actor.not_allowed"
    reported = alta.posts("/vacancies", **report)
    assert (reported["reason_code"], reported["comment"]) == ("withdrawn_case", R28)
    assert reported["withdrawn_case_id"] == case
    assert alta.home(reported["id"])["fate"][0]["case_id"] == case
    assert alta.has_no_case(case)

    # Its home is now looked at for others, and asked again it has nothing to report.
    world.clock.to("2020-03-13")
    ready = imdi.registers("Hana", "Ida", entry=ENTRY)
    assert imdi.proposals(ready)["items"][0]["vacancy_id"] == reported["id"]
    imdi.does(ready, "distribute", municipality_number="5403", vacancy_id=reported["id"])
    assert alta.fate(reported["id"]) == ["registered", "reserved"]
    assert alta.is_told("/vacancies", **report) == "vacancy.not_after_withdrawal"
