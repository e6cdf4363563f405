"""What an answer means: nothing is guessed from half a right."""

import pytest

from app.refusals import LevelTooLow, RightLacking
from app.signin.claims import vouched
from app.signin.oidc import ALTINN_RESOURCE, Answer
from app.signin.providers import Provider
from workflow.kernel.actor import Role

COMMON = {
    "name": "x",
    "title": "X",
    "office": "municipality",
    "issuer": "https://x.test",
    "client_id": "x",
    "authentication": "client_secret_basic",
    "secret_env": "X",
}
BY_RIGHT = Provider.model_validate(
    COMMON
    | {"kind": "ansattporten", "acr": ["high"], "roles": {"bosetting": "municipality_reader"}}
)
BY_GROUP = Provider.model_validate(
    COMMON
    | {
        "kind": "oidc",
        "roles": {"kommune": "municipality_writer", "revisor": "auditor"},
        "organisation_claim": "organisation",
    }
)
PARTY = {"orgno": {"authority": "iso6523-actorid-upis", "ID": "0192:840029212"}}
RIGHT = {
    "type": ALTINN_RESOURCE,
    "resource": "urn:altinn:resource:bosetting",
    "authorized_parties": [PARTY],
}


def with_right(**claims):
    right = {**RIGHT, **claims}
    return Answer({"pid": "10101010101", "acr": "high"}, (right,), "")


def test_a_right_for_one_organisation_gives_its_role_there():
    found = vouched(BY_RIGHT, with_right())

    assert (found.role, found.organisation_number) == (Role.MUNICIPALITY_READER, "840029212")
    assert found.person == ("10101010101", "840029212")


@pytest.mark.parametrize(
    "changed",
    [
        {"resource": "urn:altinn:resource:another"},
        {"type": "ansattporten:altinn:service"},
        {"authorized_parties": []},
        {"authorized_parties": None},
        {"authorized_parties": [PARTY, PARTY]},
        {"authorized_parties": ["0192:840029212"]},
        {"authorized_parties": [{}]},
        {"authorized_parties": [{"orgno": "840029212"}]},
        {"authorized_parties": [{"orgno": {"ID": "0007:840029212"}}]},
        {"authorized_parties": [{"orgno": {"ID": 840029212}}]},
    ],
)
def test_half_a_right_is_none(changed):
    with pytest.raises(RightLacking):
        vouched(BY_RIGHT, with_right(**changed))


@pytest.mark.parametrize("acr", [None, "substantial", ["high"], ""])
def test_another_level_than_those_that_will_do_is_too_low(acr):
    answer = Answer({"pid": "10101010101", "acr": acr}, (RIGHT,), "")

    with pytest.raises(LevelTooLow):
        vouched(BY_RIGHT, answer)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["revisor"]}, Role.AUDITOR),
        ({"groups": "revisor"}, Role.AUDITOR),
        ({"groups": ["revisor", "kommune"], "organisation": "1"}, Role.MUNICIPALITY_WRITER),
        ({"groups": ["revisor", "kommune"]}, Role.AUDITOR),
        ({"groups": ["kommune"]}, None),
        ({"groups": ["Revisor"]}, None),
        ({"groups": {"revisor": True}}, None),
        ({"groups": [["revisor"]]}, None),
        ({}, None),
    ],
)
def test_the_first_group_that_gives_a_whole_role_counts(claims, role):
    answer = Answer({"sub": "kari"} | claims, (), "")

    if role is None:
        with pytest.raises(RightLacking):
            vouched(BY_GROUP, answer)
    else:
        assert vouched(BY_GROUP, answer).role is role


OF_A_COUNTY = Provider.model_validate(
    COMMON
    | {
        "kind": "oidc",
        "roles": {"samordnar": "county_coordinator", "lansstyrelse": "county_board"},
        "county_claim": "lan",
    }
)


@pytest.mark.parametrize(
    ("county", "groups", "role"),
    [
        ("17", ["lansstyrelse"], Role.COUNTY_BOARD),
        ("01", ["lansstyrelse", "samordnar"], Role.COUNTY_COORDINATOR),
        ("17", ["lansstyrelse", "samordnar"], Role.COUNTY_BOARD),
        ("17", ["samordnar"], None),
        ("02", ["lansstyrelse"], None),
        (17, ["lansstyrelse"], None),
        (None, ["lansstyrelse"], None),
    ],
)
def test_a_board_comes_with_its_county_and_only_stockholms_coordinates(county, groups, role):
    answer = Answer({"sub": "x", "groups": groups, "lan": county}, (), "")
    if role is None:
        with pytest.raises(RightLacking):
            vouched(OF_A_COUNTY, answer)
        return

    found = vouched(OF_A_COUNTY, answer)

    assert (found.role, found.county) == (role, county)
