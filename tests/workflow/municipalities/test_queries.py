"""Municipalities by number, name and day."""

from datetime import date

import pytest
from sqlalchemy import insert, update

from tests.factories import a_municipality, an_airport, auditor
from workflow.kernel.errors import NotFound
from workflow.municipalities import queries
from workflow.municipalities.models import Municipality, MunicipalityName

DAY = date(2020, 4, 1)


def renumbered(session, municipality_id, *, number, on):
    """The municipality gets another number from a day on."""
    names = MunicipalityName.__table__
    session.execute(
        update(names).where(names.c.municipality_id == municipality_id).values(valid_to=on)
    )
    municipality = session.get_one(Municipality, municipality_id)
    session.execute(
        insert(MunicipalityName).values(
            municipality_id=municipality_id,
            number=number,
            official_name=municipality.official_name,
            norwegian_name=municipality.norwegian_name,
            county=municipality.county,
            valid_from=on,
        )
    )
    municipality.number = number
    session.flush()


def by_number(session, number, on=DAY):
    return queries.by_number(session, number, on=on, actor=auditor())


def search(session, text):
    return [seen.number for seen in queries.search(session, text, on=DAY, actor=auditor())]


def test_a_number_is_the_one_of_the_day(session):
    trondheim = a_municipality(session, number="1601", name="Trondheim")
    renumbered(session, trondheim, number="5001", on=date(2018, 1, 1))
    newcomer = a_municipality(session, number="1601", name="Nyby", valid_from=date(2019, 1, 1))

    assert by_number(session, "1601", date(2017, 6, 1)).id == trondheim
    assert by_number(session, "1601").id == newcomer
    assert by_number(session, "1601", date(2018, 6, 1)).id == trondheim
    assert by_number(session, "5001", date(2010, 6, 1)).id == trondheim
    assert by_number(session, "5001").number == "5001"


def test_a_number_nobody_had_is_not_found(session):
    with pytest.raises(NotFound):
        by_number(session, "9998")


def test_both_names_are_found_and_norwegian_letters_are_read(session):
    a_municipality(session, number="5430", name="Kautokeino", sami_name="Guovdageaidnu")
    a_municipality(session, number="5001", name="Trondheim")
    a_municipality(session, number="5057", name="Ørland")

    assert search(session, "guovda") == ["5430"]
    assert search(session, "KAUTO") == ["5430"]
    assert search(session, "ørl") == ["5057"]
    assert search(session, "5") == ["5430", "5001", "5057"]
    assert search(session, "  ") == []
    assert search(session, "%") == []


def test_names_that_begin_so_come_before_words_inside(session):
    a_municipality(session, number="3002", name="Nedre Moss")
    a_municipality(session, number="3001", name="Moss")

    assert search(session, "moss") == ["3001", "3002"]


def test_one_that_has_ended_is_not_among_those_of_the_day(session):
    a_municipality(session, number="1001", name="Gammelby", valid_to=date(2020, 1, 1))
    a_municipality(session, number="1002", name="Åmot")
    a_municipality(session, number="1003", name="Ås")
    a_municipality(session, number="1004", name="Alta")

    names = [seen.norwegian_name for seen in queries.all_in_force(session, on=DAY, actor=auditor())]

    assert names == ["Alta", "Åmot", "Ås"]


def test_the_airport_people_chose_stands_before_the_nearest(session):
    here = a_municipality(session, nearest_airport="TRD")
    session.get_one(Municipality, here).preferred_airport = an_airport(session, iata="OSL")
    session.flush()

    seen = queries.by_id(session, here, actor=auditor())

    assert seen.arrival_airport == "OSL"
    assert [airport.iata for airport in queries.airports(session, actor=auditor())] == [
        "OSL",
        "TRD",
    ]
