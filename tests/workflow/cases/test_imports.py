"""Files of households: read whole, or rejected whole with the line that is wrong."""

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW, a_case, lead
from workflow.cases import duf
from workflow.cases.entry import Entry
from workflow.cases.imports import COLUMNS, OPTIONAL, read_cases, without_known
from workflow.cases.registration import NewCase, NewPerson
from workflow.cases.states import EntryStatus, Group, Need, Protection, Sex
from workflow.kernel.actor import SYSTEM
from workflow.redistribution import commands as redistribution

TODAY = date(2020, 3, 12)
FIRST = duf.make(2020, 990_001)
SECOND = duf.make(2020, 990_002)
PLAIN = {"household": "h1", "group": "resettlement", "birth_year": "1985", "sex": "female"}
PLAIN |= {"nationality": "SY"}


def file(*rows: dict[str, str], columns=(*COLUMNS, *OPTIONAL)) -> BytesIO:
    lines = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    return BytesIO("\n".join(";".join(line) for line in lines).encode())


def read(*rows: dict[str, str]):
    return read_cases(file(*rows), today=TODAY)


def problems(*rows: dict[str, str]) -> list[str]:
    accepted, rejected = read(*rows)
    assert accepted == []
    return [str(problem) for problem in rejected]


def test_a_household_is_all_its_rows_wherever_they_stand():
    households, rejected = read(
        PLAIN
        | {
            "departure_country": "LB",
            "needs": "accessibility, school",
            "entry_status": "possible_from",
            "entry_from_on": "2020-04-15",
            "permit_expires_on": "2020-09-30",
            "entry_source": "UDI",
            "name": "Test-Haddad, Rima",
            "duf_number": FIRST,
            "relation": "mother",
            "languages": "ar, ku",
            "occupation": "nurse",
            "education": "upper secondary",
        },
        PLAIN | {"household": "h2", "group": "private", "sex": "male"},
        PLAIN | {"group": "", "birth_year": "2014", "duf_number": SECOND},
    )

    assert rejected == []
    assert [one.lines for one in households] == [(2, 4), (3,)]
    assert households[0].new == NewCase(
        group=Group.RESETTLEMENT,
        persons=[
            NewPerson(
                1985,
                Sex.FEMALE,
                "SY",
                name="Test-Haddad, Rima",
                duf_number=FIRST,
                relation="mother",
                languages=("ar", "ku"),
                occupation="nurse",
                education="upper secondary",
            ),
            NewPerson(2014, Sex.FEMALE, "SY", duf_number=SECOND),
        ],
        departure_country="LB",
        entry=Entry(
            EntryStatus.POSSIBLE_FROM,
            source="UDI",
            from_on=date(2020, 4, 15),
            permit_expires_on=date(2020, 9, 30),
        ),
        needs=[Need.ACCESSIBILITY, Need.SCHOOL],
    )
    assert households[1].new.entry is None
    assert households[1].new.address_protection is Protection.NONE


def test_the_columns_of_a_plain_household_are_enough():
    households, rejected = read_cases(file(PLAIN, columns=COLUMNS), today=TODAY)

    assert (len(households), rejected) == (1, [])


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("household", "", "empty, expected a key that its household's rows share"),
        ("group", "", "empty, expected one of resettlement, reception_centre"),
        ("group", "refugees", "'refugees', expected one of private, reception_centre"),
        ("birth_year", "85", "'85', expected a year from 1900 on, like 1985"),
        ("birth_year", "2021", "2021, expected 2020 or before"),
        ("sex", "", "empty, expected one of female, male, other"),
        ("nationality", "Syria", "'Syria', expected a country in two capital letters, like SY"),
        ("departure_country", "lb", "'lb', expected a country in two capital letters"),
        ("address_protection", "secret", "'secret', expected one of confidential, none"),
        ("needs", "school,garden", "'school,garden', expected of specialist_health, school"),
        ("entry_status", "perhaps", "'perhaps', expected one of not_possible, possible"),
        ("entry_from_on", "15.04.2020", "'15.04.2020', expected a day like 2020-03-12"),
        ("permit_expires_on", "2020-02-30", "'2020-02-30', expected a day like 2020-03-12"),
        ("duf_number", "202099000199", "'202099000199', expected twelve digits with right"),
        ("name", "x" * 201, "201 signs, expected at most 200"),
    ],
)
def test_what_is_wrong_in_a_row_is_named(column, value, problem):
    (found,) = problems(PLAIN | {column: value})

    assert found.startswith(f"2: {column}: {problem}")


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ({"entry_status": "possible"}, "entry_source"),
        ({"entry_source": "UDI"}, "entry_status"),
        ({"entry_status": "possible_from", "entry_source": "UDI"}, "entry_from_on"),
        (
            {"entry_status": "unknown", "entry_source": "UDI", "entry_from_on": "2020-04-15"},
            "entry_from_on",
        ),
        ({"permit_expires_on": "2020-09-30"}, "entry_from_on"),
    ],
)
def test_entry_information_fits_together(said, column):
    (found,) = problems(PLAIN | said)

    assert found.startswith(f"2: {column}: ")


def test_one_wrong_row_takes_its_household_with_it_and_no_other():
    households, rejected = read(
        PLAIN, PLAIN | {"sex": "?"}, PLAIN | {"household": "h2"}, PLAIN | {"name": "Rima"}
    )

    assert [one.key for one in households] == ["h2"]
    assert [str(problem) for problem in rejected] == [
        "2: household: 'h1' is not usable by line 3, expected all its rows usable",
        "3: sex: '?', expected one of female, male, other",
        "5: household: 'h1' is not usable by line 3, expected all its rows usable",
    ]


def test_rows_of_a_household_that_disagree_are_named():
    found = problems(PLAIN, PLAIN | {"group": "private"})

    assert found == [
        "2: household: 'h1' is not usable by line 3, expected all its rows usable",
        "3: group: 'private', but 'resettlement' on line 2, expected the same for all of 'h1'",
    ]


def test_a_person_stands_in_a_file_once():
    households, rejected = read(
        PLAIN | {"duf_number": FIRST}, PLAIN | {"household": "h2", "duf_number": FIRST}
    )

    assert [one.key for one in households] == ["h1"]
    assert str(rejected[0]) == (
        f"3: duf_number: {FIRST} stands on line 2 already, expected each person once"
    )


def test_a_household_larger_than_any_is_a_mistake():
    found = problems(*[PLAIN] * 51)

    assert found[0] == "2: household: 51 rows of 'h1', expected at most 50"
    assert len(found) == 51


def test_who_is_in_a_case_already_is_not_registered_again(session):
    a_case(session, duf_number=FIRST)
    households, _ = read(
        PLAIN,
        PLAIN | {"duf_number": FIRST},
        PLAIN | {"household": "h2", "duf_number": SECOND},
    )

    new, rejected = without_known(session, households, actor=SYSTEM)

    assert [one.key for one in new] == ["h2"]
    assert [problem.line for problem in rejected] == [2, 3]
    assert f"{FIRST} is in case 2020-" in str(rejected[1])


def test_who_was_in_a_case_that_lapsed_may_be_registered_again(session):
    case_id = a_case(session, duf_number=FIRST)
    redistribution.lapse(session, case_id, reason="gave up", actor=lead(), at=NOW)
    households, _ = read(PLAIN | {"duf_number": FIRST})

    new, rejected = without_known(session, households, actor=SYSTEM)

    assert (len(new), rejected) == (1, [])


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(st.lists(st.dictionaries(st.sampled_from([*COLUMNS, *OPTIONAL]), texts), max_size=4))
def test_no_file_breaks_the_reading(rows):
    households, rejected = read(*rows)

    lines = [problem.line for problem in rejected]
    assert len(lines) == len(set(lines))
    assert not set(lines) & {line for one in households for line in one.lines}
