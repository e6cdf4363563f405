"""What a municipality offers: said by itself, by IMDi or in a file, and all of it at once."""

from io import BytesIO

import pytest
from sqlalchemy import select

from tests import factories
from tests.factories import NOW
from workflow.capacity import offered
from workflow.capacity.offered import Offer
from workflow.capacity.states import Service
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.municipalities.models import Municipality

NEAR = Offer(Service.SPECIALIST_HEALTH, minutes=35)
SCHOOL = Offer(Service.SCHOOL)


def _set(session, here, offers, actor=None):
    return offered.set_offers(session, here, offers, actor=actor or factories.writer(here), at=NOW)


def _number(session, here):
    return session.scalars(select(Municipality.number).where(Municipality.id == here)).one()


def _file(*lines):
    return BytesIO("\n".join(lines).encode())


def test_what_is_left_out_is_offered_no_longer(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)
    tigrinja = Offer(Service.LANGUAGE, " Tigrinja ")

    assert _set(session, here, [NEAR, tigrinja]) == 2
    assert _set(session, here, [NEAR, SCHOOL], factories.officer()) == 2
    assert _set(session, here, [SCHOOL, NEAR]) == 0

    assert offered.offers_of(session, here, actor=factories.writer(here)) == [NEAR, SCHOOL]
    assert offered.offers_of(session, here, actor=factories.writer(there)) == []
    with pytest.raises(NotAllowed):
        _set(session, here, [], factories.writer(there))


@pytest.mark.parametrize(
    "wrong",
    [
        [Offer(Service.LANGUAGE)],
        [Offer(Service.SCHOOL, "arabisk")],
        [Offer(Service.SCHOOL, minutes=5)],
        [Offer(Service.SPECIALIST_HEALTH, minutes=601)],
        [Offer(Service.LANGUAGE, "x;y")],
        [SCHOOL, SCHOOL],
    ],
)
def test_what_says_nothing_a_plan_could_use_is_refused(session, wrong):
    with pytest.raises(Invalid):
        _set(session, factories.a_municipality(session), wrong)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_file_says_all_that_its_municipalities_offer_and_tells_each_wrong_line(
    session, delimiter
):
    here, there, other = (factories.a_municipality(session) for _ in range(3))
    _set(session, here, [SCHOOL])
    _set(session, there, [SCHOOL])
    one, two = _number(session, here), _number(session, there)
    lines = [
        "municipality,service,language,minutes",
        f"{one},specialist_health,,35",
        f"{one},language,Tigrinja,",
        f"{two},school,,",
        f"{two},church,,",
        f"{two},specialist_health,,far",
        "9999,school,,",
    ]

    done = offered.import_offers(
        session,
        _file(*(line.replace(",", delimiter) for line in lines)),
        actor=factories.lead(),
        at=NOW,
    )

    assert (done.municipalities, done.changed) == (1, 3)
    assert [(row.line, row.column) for row in done.rejected] == [
        (5, "service"),
        (6, "minutes"),
        (7, "municipality"),
    ]
    known = offered.offers_of_all(session, actor=factories.lead())
    seen = {one.number: one.offers for one in known}
    assert {offer.code for offer in seen[one]} == {"specialist_health:35", "language.tigrinja"}
    assert seen[two] == (SCHOOL,)
    assert _number(session, other) not in seen


def test_a_municipality_brings_in_its_own_only(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)
    file = _file("municipality,service", f"{_number(session, there)},school")

    with pytest.raises(NotAllowed):
        offered.import_offers(session, file, actor=factories.writer(here), at=NOW)
    with pytest.raises(Invalid):
        offered.import_offers(session, _file("x"), actor=factories.writer(here), at=NOW)


def test_the_successor_of_a_merger_offers_what_any_of_them_did_at_the_nearest(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)
    heir = factories.a_municipality(session)
    _set(session, here, [NEAR, SCHOOL])
    _set(session, there, [Offer(Service.SPECIALIST_HEALTH, minutes=5)])

    offered.hand_over(session, [here, there], heir)

    actor = factories.lead()
    assert offered.offers_of(session, heir, actor=actor) == [
        Offer(Service.SPECIALIST_HEALTH, minutes=5),
        SCHOOL,
    ]
    assert offered.codes_of(session)[heir] == {"specialist_health:5", "school"}
    assert here not in offered.codes_of(session)
