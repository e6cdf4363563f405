"""KS SvarUt as it is, and as it is when it fails: a shipment is made once, and followed."""

import json
from uuid import uuid4

import pytest

from app.errors import CannotStart
from app.letters.channels import ChannelFault, Folder
from app.letters.maskinporten import AccessToken
from app.letters.postal import PostalAddress, PostalAddresses
from app.letters.svarut import STATUSES, SvarUt
from app.letters.working import channel
from app.settings import Settings
from tests.app.letters.svarut_there import ACCOUNT, KEY, running
from workflow.letters.content import Addressee
from workflow.letters.posting import Outgoing
from workflow.letters.states import Delivery, LetterKind, Recipient

PDF = b"%PDF-1.7 brev"


def letter(*, again=False, organisation="964949204", **other):
    return Outgoing(
        **{
            "id": uuid4(),
            "number": "2020/17",
            "kind": LetterKind.REVERSAL,
            "recipient": Recipient.MUNICIPALITY,
            "by_hand": False,
            "language": "nb",
            "addressee": Addressee("5006", "Steinkjer kommune", organisation),
            "case_number": "2020-00012",
            "sealed_on": "2020-04-05T10:00:00+00:00",
            "sha256": "ab" * 32,
            "pdf": PDF,
            "again": again,
        }
        | other
    )


@pytest.fixture(scope="module")
def server():
    with running() as made:
        yield made


@pytest.fixture
def there(server):
    server.faults.clear()
    server.shipments.clear()
    server.requests.clear()
    return server


@pytest.fixture
def svarut(there):
    token = AccessToken(
        issuer=there.url,
        client_id="us",
        key=KEY.as_pem(private=True).decode(),
        key_id="key-1",
        scope="ks:fiks",
        timeout=1.0,
    )
    addresses = {"5006": PostalAddress("Postboks 2530", "7729", "Steinkjer")}
    made = SvarUt(
        url=there.url,
        account=ACCOUNT,
        integration_id="integration",
        integration_password="password",
        token=token,
        addresses=addresses.get,
        timeout=0.5,
    )
    yield made
    made.close()
    token.close()


def test_a_letter_is_a_shipment_with_its_document_and_where_paper_goes(svarut, there):
    sent = letter()

    taken = svarut.send(sent)

    [(name, told)] = there.shipments.items()
    assert (taken.external_id, taken.delivery) == (name, Delivery.RECEIVED)
    assert told["mottaker"] == {
        "digitalId": "964949204",
        "navn": "Steinkjer kommune",
        "adresselinje1": "Postboks 2530",
        "postnummer": "7729",
        "poststed": "Steinkjer",
    }
    assert (told["eksternReferanse"], told["kunDigitalLevering"]) == (str(sent.id), False)
    assert there.files[name] == [("2020-17.pdf", PDF)]


def test_the_token_is_fetched_by_a_signed_grant_and_used_until_it_runs_out(svarut, there):
    before = len(there.grants)

    svarut.send(letter())
    svarut.send(letter())

    [grant] = there.grants[before:]
    assert (grant["iss"], grant["scope"], grant["kid"]) == ("us", "ks:fiks", "key-1")


@pytest.mark.parametrize(
    ("fault", "code", "final"),
    [
        ("fail", "letter.svarut_fails", False),
        pytest.param("hang", "letter.svarut_slow", False, marks=pytest.mark.trial),
        ("break_off", "letter.svarut_away", False),
        ("refuse", "letter.svarut_refuses", True),
    ],
)
def test_what_goes_wrong_says_whether_to_try_again(svarut, there, fault, code, final):
    there.faults.append(fault)

    with pytest.raises(ChannelFault) as told:
        svarut.send(letter())

    assert (told.value.code, told.value.final) == (code, final)


def test_a_shipment_whose_answer_was_lost_is_found_again_and_not_made_twice(svarut, there):
    sent = letter()
    there.lose_answer()
    with pytest.raises(ChannelFault):
        svarut.send(sent)

    taken = svarut.send(letter(again=True, id=sent.id))

    assert [taken.external_id] == list(there.shipments)


def test_what_never_came_there_is_sent_when_it_is_tried_again(svarut, there):
    taken = svarut.send(letter(again=True))

    assert taken.external_id in there.shipments


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (letter(organisation=None), "letter.no_organisation_number"),
        (
            letter(addressee=Addressee("1804", "Bodø kommune", "972418013")),
            "letter.no_postal_address",
        ),
    ],
    ids=["organisation", "address"],
)
def test_a_municipality_that_cannot_be_written_to_is_for_a_person_to_mend(
    svarut, there, given, code
):
    with pytest.raises(ChannelFault) as told:
        svarut.send(given)

    assert (told.value.code, told.value.final) == (code, True)
    assert there.shipments == {}


def test_every_word_of_theirs_is_one_of_ours_and_a_new_one_is_passed_over(svarut, there):
    ids = {word: svarut.send(letter()).external_id for word in STATUSES}
    unknown = svarut.send(letter()).external_id
    there.status |= {name: word for word, name in ids.items()} | {unknown: "NYTT_ORD"}

    found = svarut.statuses([*ids.values(), unknown])

    assert {word: found[name][0] for word, name in ids.items()} == STATUSES
    assert unknown not in found
    assert next(iter(found.values()))[1].tzinfo is not None


def test_half_an_account_does_not_start():
    with pytest.raises(CannotStart, match="BOSETTING_SVARUT_INTEGRATION_ID"):
        channel(Settings(svarut_account=ACCOUNT))


def test_without_an_account_letters_are_files_in_a_folder(tmp_path):
    way = channel(Settings(letters_folder=tmp_path / "brev"))
    assert isinstance(way, Folder)
    sent = letter()

    taken = [way.send(sent), way.send(sent)]

    assert {one.delivery for one in taken} == {Delivery.IN_FOLDER}
    found = sorted(path.name for path in (tmp_path / "brev").iterdir())
    assert found == ["2020-17_reversal_decision.json", "2020-17_reversal_decision.pdf"]
    told = json.loads((tmp_path / "brev" / found[0]).read_text("utf-8"))
    assert (told["id"], told["file"], told["sha256"]) == (str(sent.id), found[1], "ab" * 32)
    assert (tmp_path / "brev" / found[1]).read_bytes() == PDF


def test_addresses_are_read_again_when_the_file_changes(tmp_path):
    file = tmp_path / "addresses.csv"
    file.write_text("nr;linje;postnr;sted\n5006;Postboks 1;7729;Steinkjer\n", "utf-8")
    addresses = PostalAddresses(file)
    before = addresses("1804")
    file.write_text("1804;;8001;Bodø\n", "utf-8")

    assert before is None
    assert addresses("1804") == PostalAddress("", "8001", "Bodø")


@pytest.mark.parametrize("text", ["5006;Postboks 1;;Steinkjer\n", "5006;a;x;b\n"])
def test_a_line_that_is_no_address_stops_it(tmp_path, text):
    file = tmp_path / "addresses.csv"
    file.write_text(text, "utf-8")

    with pytest.raises(CannotStart, match="line 1"):
        PostalAddresses(file)
