"""Objects and the weights they are scored by."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import an_object
from tests.swedish import NOW, TODAY, agency, board, coordinator, sweden, writer
from workflow.accommodation import objects, weights
from workflow.accommodation.errors import NotTheBuyer, WeightsStand, WeightsUnusable
from workflow.accommodation.location import USUAL, Distance, Feature
from workflow.accommodation.states import Nearby
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale

ONLY_TRANSIT = {
    kind: Feature(Decimal(int(kind is Nearby.TRANSIT)), 0, 1_000, 0, 10) for kind in Nearby
}


def one(session: Session, object_id, actor=None, at=NOW):
    return objects.one(session, object_id, actor=actor or agency(), at=at)


def stated(session: Session, features=ONLY_TRANSIT, valid_from=TODAY, reason="Beslut", actor=None):
    return weights.state(
        session,
        features,
        valid_from=valid_from,
        reason=reason,
        actor=actor or agency(),
        at=NOW,
    )


def test_an_object_is_read_with_what_is_near_and_its_score(session: Session):
    made = one(session, an_object(session))

    assert (made.municipality.number, made.beds, made.version) == ("1780", 40, 1)
    assert made.distances[Nearby.TRANSIT] == Distance(metres=300)
    assert made.distances[Nearby.SERVICE] == Distance()
    # A stop at hand counts 0.35, a school an hour away nothing of its 0.25.
    assert made.points == 58


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"municipality_id": 2_000_000_000}, "/municipality_number"),
        ({"name": ""}, "/name"),
        ({"provenance": ""}, "/name"),
        ({"beds": 0}, "/beds"),
        ({"beds": objects.MOST_BEDS + 1}, "/beds"),
        ({"distances": {Nearby.SCHOOL: Distance(metres=-1)}}, "/distances/school/metres"),
        ({"distances": {Nearby.SCHOOL: Distance(minutes=601)}}, "/distances/school/minutes"),
    ],
)
def test_an_object_that_cannot_be_is_refused_where_it_is_wrong(session: Session, wrong, pointer):
    with pytest.raises(Invalid) as refused:
        an_object(session, **wrong)

    assert refused.value.pointer == pointer


def test_a_score_is_overridden_with_a_note_and_given_back(session: Session):
    made = an_object(session)
    with pytest.raises(ReasonMissing):
        objects.override(session, made, 90, note=None, actor=agency(), at=NOW)
    with pytest.raises(Invalid):
        objects.override(session, made, 101, note="x", actor=agency(), at=NOW)

    objects.override(session, made, 90, note="Bussen går i höst", actor=agency(), at=NOW)
    said = one(session, made)
    assert (said.points, said.score.points, said.score_note) == (90, 58, "Bussen går i höst")
    assert said.scored_by == agency().name

    with pytest.raises(Stale):
        objects.override(session, made, 10, note="x", version=1, actor=agency(), at=NOW)
    objects.override(session, made, None, note="Ingen buss", version=2, actor=agency(), at=NOW)
    assert (one(session, made).points, one(session, made).score_note) == (58, None)


def test_only_migrationsverket_adds_scores_and_states_weights(session: Session):
    made = an_object(session)

    for actor in (board(), coordinator(), writer(sweden(session)["1780"])):
        with pytest.raises(NotTheBuyer):
            objects.override(session, made, 1, note="x", actor=actor, at=NOW)
        with pytest.raises(NotTheBuyer):
            stated(session, actor=actor)


def test_a_board_sees_its_county_and_a_municipality_its_own(session: Session):
    ours, theirs = an_object(session, "1780"), an_object(session, "1880")
    ids = sweden(session)

    def seen(actor):
        return {row.id for row in objects.objects(session, actor=actor, at=NOW)}

    assert seen(agency()) == seen(coordinator()) == {ours, theirs}
    assert seen(board("17")) == seen(writer(ids["1780"])) == {ours}
    assert seen(writer(ids["1784"])) == set()
    with pytest.raises(NotFound):
        one(session, theirs, board("17"))
    with pytest.raises(NotFound):
        objects.override(session, uuid4(), 1, note="x", actor=agency(), at=NOW)


def test_objects_are_chosen_by_county_and_municipality(session: Session):
    ours, theirs = an_object(session, "1780"), an_object(session, "1880")

    def chosen(**by):
        return [row.id for row in objects.objects(session, actor=agency(), at=NOW, **by)]

    assert chosen() == [ours, theirs]
    assert chosen(county="18") == [theirs]
    assert chosen(municipality_id=sweden(session)["1780"]) == [ours]


def test_weights_hold_from_their_day_and_those_before_stay(session: Session):
    made = an_object(session)
    later = TODAY + timedelta(days=10)

    stated(session, valid_from=later)

    assert one(session, made).points == 58
    assert one(session, made, at=NOW + timedelta(days=10)).points == 70
    assert weights.in_force(session, TODAY) == weights.WeightSet(USUAL)
    assert weights.in_force(session, later).features == ONLY_TRANSIT
    assert [each.valid_from for each in weights.stated(session)] == [later]


def test_weights_go_on_from_the_last_with_a_reason_and_a_day_to_come(session: Session):
    with pytest.raises(ReasonMissing):
        stated(session, reason=None)
    with pytest.raises(WeightsUnusable):
        stated(session, {Nearby.SCHOOL: USUAL[Nearby.SCHOOL]})
    with pytest.raises(Invalid):
        stated(session, valid_from=TODAY - timedelta(days=1))

    stated(session)

    with pytest.raises(WeightsStand):
        stated(session)
