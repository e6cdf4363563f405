"""The register of municipalities and airports, and files of other years."""

import csv
import dataclasses
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.kernel.errors import NotFound
from workflow.municipalities.register import (
    AIRPORT_COLUMNS,
    BETWEEN_NAMES,
    MUNICIPALITY_COLUMNS,
    AirportRow,
    great_circle_km,
    is_organisation_number,
    nearest_airports,
    read_airports,
    read_register,
    shipped_airports,
    shipped_register,
    with_nearest_airports,
)
from workflow.municipalities.states import LetterLanguage

SHARED = Path(__file__).parents[4] / "shared" / "data"
SAUDA = (
    "1135,Sauda,Sauda,,Rogaland,964979367,59.7046,6.4621,0,HAU,81,BGO,95"  # a plain municipality
)
KAUTOKEINO = (
    "5430,Guovdageaidnu - Kautokeino,Kautokeino,Guovdageaidnu,"
    "Troms og Finnmark,945475056,69.1336,23.5776,1,ALF,94,LKL,117"
)
GARDERMOEN = "OSL,ENGM,Oslo Gardermoen Airport,60.1939,11.1004,1"


def municipalities(*lines: str):
    return read_register(BytesIO("\n".join([",".join(MUNICIPALITY_COLUMNS), *lines]).encode()))


def airports(*lines: str):
    return read_airports(BytesIO("\n".join([",".join(AIRPORT_COLUMNS), *lines]).encode()))


def changed(line: str, column: str, value: str) -> str:
    fields = line.split(",")
    fields[MUNICIPALITY_COLUMNS.index(column)] = value
    return ",".join(fields)


def shared(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_shipped_register_has_the_356_municipalities_of_2020():
    register = shipped_register()

    assert len(register) == len({row.number for row in register}) == 356
    assert len({row.county for row in register}) == 11
    assert sum(row.sami_area for row in register) == 13


def test_every_shipped_municipality_has_two_airports_with_scheduled_traffic():
    scheduled = {airport.iata for airport in shipped_airports() if airport.scheduled}

    for row in shipped_register():
        assert {row.nearest_airport, row.second_airport} <= scheduled
        assert row.nearest_airport != row.second_airport


def test_the_shipped_airports_are_the_nearest_by_our_own_measure():
    for row in shipped_register():
        near = nearest_airports(row.latitude, row.longitude, shipped_airports())

        assert [airport.iata for airport, _ in near] == [row.nearest_airport, row.second_airport]
        # The columns were computed from points with more decimals.
        assert abs(near[0][1] - row.nearest_airport_km) <= 1
        assert abs(near[1][1] - row.second_airport_km) <= 1


def test_the_shipped_register_says_what_its_source_says():
    source = {row["nr"]: row for row in shared("municipalities_no_2020_register.csv")}

    for row in shipped_register():
        theirs = source[row.number]
        assert row.norwegian_name == theirs["navn"]
        assert row.official_name.split(BETWEEN_NAMES)[0] == theirs["navn_offisielt"]
        assert row.county == theirs["fylke"]
        assert row.organisation_number == theirs["orgnr"]
        assert (str(row.latitude), str(row.longitude)) == (theirs["lat"], theirs["lon"])
        assert row.sami_area is (theirs["samisk"] == "1")
        assert (row.nearest_airport, row.second_airport) == (
            theirs["flyplass1"],
            theirs["flyplass2"],
        )
        assert (row.nearest_airport_km, row.second_airport_km) == (
            int(theirs["km1"]),
            int(theirs["km2"]),
        )


@pytest.mark.parametrize(
    ("number", "official", "norwegian", "sami"),
    [
        ("5430", "Guovdageaidnu - Kautokeino", "Kautokeino", "Guovdageaidnu"),
        ("5436", "Porsanger - Porsáŋgu - Porsanki", "Porsanger", "Porsáŋgu"),
        ("5426", "Gáivuotna - Kåfjord - Kaivuono", "Kåfjord", "Gáivuotna"),
        ("1826", "Aarborte - Hattfjelldal", "Hattfjelldal", "Aarborte"),
        ("3026", "Aurskog-Høland", "Aurskog-Høland", None),
    ],
)
def test_parallel_names_are_kept_apart(number, official, norwegian, sami):
    row = next(row for row in shipped_register() if row.number == number)

    assert (row.official_name, row.norwegian_name, row.sami_name) == (official, norwegian, sami)


def test_every_municipality_of_the_sami_area_has_a_sami_name():
    assert all(row.sami_name for row in shipped_register() if row.sami_area)


def test_a_year_that_is_not_shipped_is_not_found():
    with pytest.raises(NotFound):
        shipped_register(1990)


def test_a_good_file_is_read_whole():
    rows, rejected = municipalities(SAUDA, KAUTOKEINO)

    assert [row.number for row in rows] == ["1135", "5430"]
    assert rejected == []


def test_a_file_may_leave_the_airports_to_us():
    line = SAUDA
    for column in MUNICIPALITY_COLUMNS[-4:]:
        line = changed(line, column, "")

    (row,), rejected = municipalities(line)
    filled = with_nearest_airports(row, shipped_airports())

    assert rejected == []
    assert (filled.nearest_airport, filled.nearest_airport_km) == ("HAU", 81)
    assert (filled.second_airport, filled.second_airport_km) == ("BGO", 95)


def test_airports_the_file_names_stand():
    (row,), _ = municipalities(SAUDA)

    assert with_nearest_airports(row, []) == row


def test_without_airports_there_is_no_nearest():
    (row,), _ = municipalities(SAUDA)
    bare = dataclasses.replace(
        row,
        nearest_airport=None,
        nearest_airport_km=None,
        second_airport=None,
        second_airport_km=None,
    )

    assert with_nearest_airports(bare, []) == bare


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", "301"),
        ("number", "03O1"),
        ("number", ""),
        ("official_name", ""),
        ("norwegian_name", ""),
        ("norwegian_name", "Odda"),
        ("sami_name", "Sávda"),
        ("county", " "),
        ("organisation_number", "964979368"),
        ("organisation_number", "96497936"),
        ("latitude", "north"),
        ("latitude", "90.1"),
        ("latitude", "nan"),
        ("longitude", "-180.5"),
        ("longitude", ""),
        ("sami_area", "yes"),
        ("sami_area", ""),
        ("nearest_airport", "hau"),
        ("nearest_airport_km", "81.5"),
        ("nearest_airport_km", ""),
        ("nearest_airport", ""),
        ("second_airport_km", "-1"),
    ],
)
def test_what_is_wrong_in_a_row_is_named_and_the_others_are_read(column, value):
    rows, rejected = municipalities(changed(SAUDA, column, value), KAUTOKEINO)

    assert [row.number for row in rows] == ["5430"]
    assert [(one.line, one.column) for one in rejected] == [(2, column)]
    assert rejected[0].problem
    assert rejected[0].expected


def test_a_second_airport_needs_a_nearest_one():
    line = changed(changed(SAUDA, "nearest_airport", ""), "nearest_airport_km", "")

    _, rejected = municipalities(line)

    assert [one.column for one in rejected] == ["nearest_airport"]


@pytest.mark.parametrize("column", ["number", "organisation_number"])
def test_a_number_that_comes_twice_is_rejected_the_second_time(column):
    value = SAUDA.split(",")[MUNICIPALITY_COLUMNS.index(column)]

    rows, rejected = municipalities(SAUDA, changed(KAUTOKEINO, column, value))

    assert len(rows) == 1
    assert [(one.line, one.column) for one in rejected] == [(3, column)]
    assert "line 2" in rejected[0].problem


@pytest.mark.parametrize(
    ("column", "line"),
    [
        ("iata", GARDERMOEN.replace("OSL", "Osl")),
        ("icao", GARDERMOEN.replace("ENGM", "ENG")),
        ("name", GARDERMOEN.replace("Oslo Gardermoen Airport", "")),
        ("latitude", GARDERMOEN.replace("60.1939", "160.1939")),
        ("scheduled", GARDERMOEN.removesuffix("1") + "2"),
    ],
)
def test_a_wrong_airport_is_named(column, line):
    rows, rejected = airports(line)

    assert rows == []
    assert [(one.line, one.column) for one in rejected] == [(2, column)]


def test_an_airport_that_comes_twice_is_rejected_the_second_time():
    rows, rejected = airports(GARDERMOEN, GARDERMOEN)

    assert len(rows) == 1
    assert [(one.line, one.column) for one in rejected] == [(3, "iata")]


def test_an_airport_without_scheduled_traffic_is_never_proposed():
    hamar = next(airport for airport in shipped_airports() if airport.iata == "HMR")

    near = nearest_airports(hamar.latitude, hamar.longitude, shipped_airports())

    assert "HMR" not in [airport.iata for airport, _ in near]


def test_of_two_airports_as_near_the_first_in_the_alphabet_stands_first():
    osl, _ = airports(GARDERMOEN)
    twin = AirportRow("AAA", "AAAA", "Twin", osl[0].latitude, osl[0].longitude, scheduled=True)

    near = nearest_airports(60, 11, [osl[0], twin])

    assert [airport.iata for airport, _ in near] == ["AAA", "OSL"]


@pytest.mark.parametrize(
    ("points", "km"),
    [
        ((0, 0, 0, 0), 0),
        ((0, 0, 0, 180), 20015.115),
        ((90, 0, -90, 0), 20015.115),
        ((59.9139, 10.7522, 60.3913, 5.3221), 305.0),  # Oslo and Bergen town halls
    ],
)
def test_a_great_circle_is_as_long_as_it_is(points, km):
    assert great_circle_km(*points) == pytest.approx(km, rel=2e-3)


latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)


@given(latitudes, longitudes, latitudes, longitudes)
def test_there_is_as_far_as_back_and_never_round_the_earth(lat, lon, to_lat, to_lon):
    there = great_circle_km(lat, lon, to_lat, to_lon)

    assert there == pytest.approx(great_circle_km(to_lat, to_lon, lat, lon))
    assert 0 <= there <= 20_016


def test_organisation_numbers_have_a_check_digit():
    assert is_organisation_number("958935420")  # Oslo
    assert not is_organisation_number("958935421")
    assert not is_organisation_number("158935420")


@given(st.text(max_size=200))
def test_no_file_breaks_the_register(text):
    header = ",".join(MUNICIPALITY_COLUMNS)

    rows, rejected = read_register(BytesIO(f"{header}\n{text}".encode("utf-8", "surrogatepass")))

    assert rows == [] or all(row.number for row in rows)
    assert all(one.line >= 1 and one.problem and one.expected for one in rejected)


@pytest.mark.parametrize("column", ["letter_language", "maalform"])
@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Bokmål", LetterLanguage.BOKMAL),
        ("nynorsk", LetterLanguage.NYNORSK),
        ("Nøytral", LetterLanguage.NEUTRAL),
        ("", None),
    ],
)
def test_a_file_may_say_the_letter_language(column, said, language):
    header = ",".join((*MUNICIPALITY_COLUMNS, column))

    (row,), rejected = read_register(BytesIO(f"{header}\n{SAUDA},{said}\n".encode()))

    assert row.letter_language is language
    assert rejected == []


def test_a_letter_language_we_do_not_know_is_rejected():
    header = ",".join((*MUNICIPALITY_COLUMNS, "maalform"))

    accepted, rejected = read_register(BytesIO(f"{header}\n{SAUDA},dansk\n".encode()))

    assert accepted == []
    assert str(rejected[0]) == "2: maalform: 'dansk', expected Bokmål, Nynorsk or Nøytral"


def test_an_airport_outside_the_register_is_rejected_where_the_register_is_known():
    content = "\n".join([",".join(MUNICIPALITY_COLUMNS), SAUDA]).encode()

    accepted, rejected = read_register(BytesIO(content), airports={"HAU"})

    assert accepted == []
    assert str(rejected[0]) == "2: second_airport: 'BGO', expected an airport of the register"


def test_a_row_knows_its_line():
    (first, second), _ = municipalities(SAUDA, KAUTOKEINO)

    assert (first.line, second.line) == (2, 3)


@pytest.mark.parametrize("file", ["register", "extended"])
def test_the_public_file_is_read_as_the_shipped_register(file):
    path = SHARED / f"municipalities_no_2020_{file}.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")

    with path.open("rb") as opened:
        rows, rejected = read_register(opened)

    assert rejected == []
    assert [dataclasses.replace(row, letter_language=None) for row in rows] == [
        dataclasses.replace(row, letter_language=None) for row in shipped_register()
    ]
