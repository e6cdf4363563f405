"""Whom to ask, by topic and day (R30, R32)."""

from datetime import date

import pytest

from tests.factories import a_case, a_municipality, officer, placed, writer
from workflow.cases.states import Group
from workflow.kernel.errors import NotFound
from workflow.travel import queries
from workflow.travel.contacts import (
    CONTACTS,
    SUPPORT_PORTAL,
    UDI_RESETTLEMENT,
    Office,
    Topic,
    contact_for,
)

TWELFTH = date(2020, 3, 12)
THIRTEENTH = date(2020, 3, 13)


def whom(topic=Topic.ARRIVAL, group=Group.RESETTLEMENT, asked_on=None, placed_on=None, centre=None):
    return contact_for(
        topic, group=group, asked_on=asked_on, placed_on=placed_on, reception_centre=centre
    )


@pytest.mark.parametrize(
    ("asked_on", "placed_on", "contact"),
    [
        (TWELFTH, None, SUPPORT_PORTAL),
        (TWELFTH, TWELFTH, SUPPORT_PORTAL),
        (THIRTEENTH, None, UDI_RESETTLEMENT),
        (date(2020, 3, 2), THIRTEENTH, UDI_RESETTLEMENT),
        (None, None, SUPPORT_PORTAL),
    ],
)
def test_udi_answers_for_arrivals_of_cases_from_after_the_twelfth(asked_on, placed_on, contact):
    assert whom(asked_on=asked_on, placed_on=placed_on) == contact


def test_udi_is_reached_by_the_phone_and_address_of_the_letter():
    assert UDI_RESETTLEMENT.office is Office.UDI
    assert UDI_RESETTLEMENT.phone == "+47 400 36 828"
    assert UDI_RESETTLEMENT.email == "resettlement@udi.no"


def test_settlement_is_asked_about_in_the_support_portal():
    assert whom(Topic.SETTLEMENT, asked_on=THIRTEENTH, placed_on=THIRTEENTH) == SUPPORT_PORTAL


def test_the_reception_centre_answers_for_the_travel_of_its_own():
    contact = whom(group=Group.RECEPTION_CENTRE, asked_on=THIRTEENTH, centre="Dale mottak")

    assert (contact.office, contact.name) == (Office.RECEPTION_CENTRE, "Dale mottak")


def test_the_contact_of_a_case_is_read_by_those_who_see_it(session):
    municipality = a_municipality(session, decided=5)
    case_id = a_case(session)
    placed(session, case_id, municipality)

    seen = queries.contact(session, case_id, Topic.ARRIVAL, actor=writer(municipality))

    assert seen == UDI_RESETTLEMENT
    assert queries.contact(session, case_id, Topic.SETTLEMENT, actor=officer()) == SUPPORT_PORTAL
    with pytest.raises(NotFound):
        queries.contact(session, case_id, Topic.ARRIVAL, actor=writer(a_municipality(session)))


@pytest.mark.parametrize("topic", Topic)
def test_the_last_row_of_every_topic_answers_for_what_fits_no_other(topic):
    last = [rule for rule in CONTACTS if rule.topic is topic][-1]

    assert (last.group, last.after) == (None, None)
    assert last.contact is not None
