"""A case for its archive: arkivmelding in its schema's order, each document with its digest."""

import hashlib
import io
import re
import zipfile
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from app.letters.archive import NAMESPACE, XSI, archive
from tests.factories import a_case, a_municipality, lead, officer, placed, udi, writer
from tests.workflow.letters.made import LATER, from_here, seal_all
from workflow.cases.states import LegalGround, Purpose
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.redistribution import commands

#: arkivmelding.xsd of Fiks Arkiv v1: which elements a type may have, in this order; `!` must be.
SCHEMA = {
    "arkivmelding": "system! meldingId! tidspunkt! antallFiler! mappe registrering",
    "saksmappe": (
        "systemID mappeID referanseForeldermappe tittel! offentligTittel beskrivelse noekkelord"
        " dokumentmedium oppbevaringssted opprettetDato opprettetAv avsluttetDato avsluttetAv"
        " arkivdel virksomhetsspesifikkeMetadata part kryssreferanse merknad skjerming gradering"
        " klassifikasjon referanseEksternNoekkel mappe registrering mappetype saksaar"
        " sakssekvensnummer saksdato administrativEnhet saksansvarlig journalenhet saksstatus"
    ),
    "journalpost": (
        "systemID opprettetDato opprettetAv arkivertDato arkivertAv referanseForelderMappe arkivdel"
        " part skjerming gradering dokumentbeskrivelse registreringsID tittel! offentligTittel"
        " beskrivelse noekkelord forfatter dokumentmedium oppbevaringssted"
        " virksomhetsspesifikkeMetadata merknad kryssreferanse korrespondansepart klassifikasjon"
        " referanseEksternNoekkel! journalaar journalsekvensnummer journalpostnummer"
        " journalposttype! journalstatus! journaldato dokumentetsDato mottattDato sendtDato"
        " forfallsdato offentlighetsvurdertDato antallVedlegg utlaantDato utlaantTil journalenhet"
        " dokumentflyt presedens avskrivningsdato!"
    ),
    "dokumentbeskrivelse": (
        "systemID dokumenttype! dokumentstatus! tittel! beskrivelse forfatter opprettetDato"
        " opprettetAv dokumentmedium oppbevaringssted arkivdel tilknyttetRegistreringSom!"
        " dokumentnummer tilknyttetDato tilknyttetAv part merknad skjerming gradering"
        " dokumentobjekt"
    ),
    "dokumentobjekt": (
        "systemID versjonsnummer! variantformat! format! formatDetaljer mimeType opprettetDato"
        " opprettetAv filnavn! referanseDokumentfil! sjekksum sjekksumAlgoritme filstoerrelse"
    ),
    "korrespondansepart": (
        "korrespondansepartID korrespondanseparttype! erBehandlingsansvarlig!"
        " korrespondansepartNavn! organisasjonid personid postadresse postnummer poststed"
    ),
    "merknad": "merknadID merknadstekst! merknadstype merknadsdato! merknadRegistrertAv!",
    "skjerming": "tilgangsrestriksjon! skjermingshjemmel! skjermingOpphoererDato",
    "referanseEksternNoekkel": "fagsystem! noekkel!",
    "(coded)": "kode! beskrivelse",
}
CODES = {
    *("tilgangsrestriksjon", "dokumenttype", "dokumentstatus", "tilknyttetRegistreringSom"),
    *("variantformat", "format", "korrespondanseparttype", "journalposttype", "journalstatus"),
}
UUIDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def name(element):
    space, _, local = element.tag.rpartition("}")
    assert space == f"{{{NAMESPACE}"
    return local


def faults(element):
    """What the schema does not allow, from an element down."""
    kind = element.get(f"{{{XSI}}}type") or name(element)
    known = "(coded)" if kind in CODES else kind
    found = []
    if known in SCHEMA:
        order = [one.rstrip("!") for one in SCHEMA[known].split()]
        below = [name(child) for child in element]
        found += [f"{kind}: {child}" for child in below if child not in order]
        places = [order.index(child) for child in below if child in order]
        found += [f"{kind}: order"] * (places != sorted(places))
        needed = [one.rstrip("!") for one in SCHEMA[known].split() if one.endswith("!")]
        found += [f"{kind}: no {one}" for one in needed if one not in below]
    elif len(element):
        found.append(f"{kind}: has children")
    elif not (element.text or "").strip():
        found.append(f"{kind}: empty")
    if name(element) == "systemID" and not UUIDS.fullmatch(element.text or ""):
        found.append("systemID: no UUID")
    return found + [fault for child in element for fault in faults(child)]


def opened(made):
    with zipfile.ZipFile(io.BytesIO(made.content)) as whole:
        return ET.fromstring(whole.read("arkivmelding.xml")), {  # noqa: S314  our own
            one: whole.read(one) for one in whole.namelist() if one != "arkivmelding.xml"
        }


@pytest.fixture
def case(session):
    from_here(session)
    here = a_municipality(session, name="Steinkjer", decided=9)
    made = a_case(session, name="Amina Test-Hassan")
    placed(session, made, here)
    commands.withdraw(
        session,
        made,
        reason="Stopp",
        legal_ground=LegalGround.CONDITIONS_FAILED,
        actor=officer(),
        at=LATER,
    )
    seal_all(session, at=LATER + timedelta(days=1))
    return made, here


def test_the_message_is_as_the_schema_has_it_and_every_document_is_there(session, case):
    made = archive(session, case[0], actor=officer(), at=LATER)

    root, files = opened(made)
    assert faults(root) == []
    found = {element.text for element in root.iter(f"{{{NAMESPACE}}}referanseDokumentfil")}
    assert found == set(files)
    assert len(files) == 4
    told = root.findtext(f"{{{NAMESPACE}}}antallFiler")
    assert told == "4"
    sums = {element.text for element in root.iter(f"{{{NAMESPACE}}}sjekksum")}
    assert sums == {hashlib.sha256(pdf).hexdigest() for pdf in files.values()}


def test_no_name_stands_in_the_message(session, case):
    root, _ = opened(archive(session, case[0], actor=lead(), at=LATER))

    assert "Amina" not in ET.tostring(root, encoding="unicode")


def test_a_municipality_archives_its_own_letters_when_the_case_has_gone(session, case):
    case_id, here = case

    root, files = opened(archive(session, case_id, actor=writer(here), at=LATER))

    assert faults(root) == []
    assert len(files) == 2
    assert {element.text for element in root.iter(f"{{{NAMESPACE}}}korrespondansepartNavn")} == {
        "Integrerings- og mangfoldsdirektoratet",
        "Steinkjer",
    }


def test_who_has_no_letter_of_it_has_no_archive_of_it(session, case):
    with pytest.raises(NotFound):
        archive(session, case[0], actor=writer(a_municipality(session)), at=LATER)
    with pytest.raises(NotAllowed):
        archive(session, case[0], actor=udi(), at=LATER)


def test_a_case_without_letters_is_its_history(session):
    made = archive(
        session,
        a_case(session),
        purpose=Purpose.FOLLOW_UP,
        actor=SYSTEM,
        at=LATER,
    )

    root, files = opened(made)
    assert (faults(root), files) == ([], {})
    assert made.file.endswith(".zip")
