"""A case for the archive: `arkivmelding` with its letters, as one ZIP.

Noark 5 in the form of Fiks Arkiv v1 (arkivmelding.xsd of ks-no/fiks-arkiv-specification): a case
folder, a journal entry for each sealed letter, the document with its digest. IMDinett is no archive
and every municipality files by hand (domain 2); this is what it takes in instead. What an actor
does not see of the case is not in its archive: a municipality's has its own letters.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from sqlalchemy.orm import Session

from app.languages import speaking
from app.wording import label
from workflow.cases import details, history
from workflow.cases.history import StepSeen
from workflow.cases.states import Purpose
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.paging import LARGEST_PAGE
from workflow.letters import queries
from workflow.letters.queries import LetterSeen
from workflow.letters.reading import open_letter
from workflow.letters.states import LetterState, Recipient

NAMESPACE: Final = "https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv/arkivmelding/v1"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
SYSTEM: Final = "Bosetting"
#: The law that keeps it from the public: offentleglova § 13, forvaltningsloven § 13.
SHIELD: Final = "Offl. § 13 jf. fvl. § 13"
_SEALED: Final = frozenset({LetterState.READY, LetterState.SENT, LetterState.STUCK})


@dataclass(frozen=True, slots=True)
class Filed:
    """A sealed letter and its document."""

    letter: LetterSeen
    pdf: bytes

    @property
    def file(self) -> str:
        return f"{(self.letter.number or '').replace('/', '-')}_{self.letter.kind}.pdf"


@dataclass(frozen=True, slots=True)
class Archive:
    """As it is handed out."""

    file: str
    content: bytes


def archive(
    session: Session,
    case_id: UUID,
    *,
    purpose: Purpose | None = None,
    actor: Actor,
    at: datetime,
) -> Archive:
    """The case as its archive takes it, with the letters the actor may open; on record.

    Raises:
        NotAllowed: who writes and gets letters, and who supervises, hands them to an archive.
        NotFound: the actor sees neither the case nor a letter about it.
        DocumentGone; PurposeMissing: as for a letter.
    """
    if not (actor.is_municipality or actor.role in READS_ALL_CASES):
        raise NotAllowed("letters are between IMDi and municipalities", role=actor.role)
    found = queries.letters(
        session, states=_SEALED, case_id=case_id, limit=LARGEST_PAGE, actor=actor
    ).items
    try:
        steps = history.history(session, case_id, actor=actor)
    except NotFound:
        if not found:
            raise
        steps = []
    filed = []
    for letter in sorted(found, key=lambda one: [int(n) for n in (one.number or "").split("/")]):
        opened = open_letter(session, letter.id, purpose=purpose, actor=actor, at=at)
        assert opened.pdf is not None  # noqa: S101  it is sealed
        filed.append(Filed(letter, opened.pdf))
    number = str(
        found[0].case_number
        if found
        else details.case(session, case_id, today=local_day(at), actor=actor).case_number
    )
    message = arkivmelding(case_id, number, filed, steps, at=at)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("arkivmelding.xml", message)
        for one in filed:
            whole.writestr(one.file, one.pdf)
    return Archive(f"{number}.zip", packed.getvalue())


def arkivmelding(
    case_id: UUID,
    case_number: str,
    filed: Sequence[Filed],
    steps: Sequence[StepSeen],
    *,
    at: datetime,
) -> bytes:
    """The message, its elements in the order of the schema."""
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("xsi", XSI)
    root = ET.Element(f"{{{NAMESPACE}}}arkivmelding")
    _text(root, "system", SYSTEM)
    _text(root, "meldingId", str(uuid5(case_id, at.isoformat())))
    _text(root, "tidspunkt", at.isoformat())
    _text(root, "antallFiler", str(len(filed)))
    began = steps[0].at if steps else min((one.letter.made_at for one in filed), default=at)
    with speaking("nb"):
        folder = _typed(root, "mappe", "saksmappe")
        _text(folder, "systemID", str(case_id))
        _text(folder, "mappeID", case_number)
        _text(folder, "tittel", f"Bosetting av flyktninger, sak {case_number}")
        _text(folder, "offentligTittel", "Bosetting av flyktninger")
        _text(folder, "opprettetDato", began.isoformat())
        _text(folder, "opprettetAv", SYSTEM)
        for step in steps:
            note = _under(folder, "merknad")
            _text(note, "merknadstekst", label(step.trigger, "step"))
            _text(note, "merknadsdato", step.at.isoformat())
            _text(note, "merknadRegistrertAv", step.actor)
        _shield(folder)
        _key(folder, str(case_id))
        for one in filed:
            _journal_entry(folder, one)
        _text(folder, "saksaar", str(local_day(began).year))
        _text(folder, "saksdato", local_day(began).isoformat())
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _journal_entry(folder: ET.Element, filed: Filed) -> None:
    letter = filed.letter
    day = local_day(letter.sent_at or letter.leaves_at).isoformat()
    public = label(letter.kind, "letter_kind")
    title = f"{public}, {letter.municipality_name}"
    entry = _typed(folder, "registrering", "journalpost")
    _text(entry, "systemID", str(letter.id))
    _text(entry, "opprettetDato", letter.made_at.isoformat())
    _text(entry, "opprettetAv", SYSTEM)
    _shield(entry)
    _document(entry, filed, title)
    _text(entry, "registreringsID", letter.number or "")
    _text(entry, "tittel", title)
    _text(entry, "offentligTittel", public)
    _party(entry, "EA", "Avsender", SENDERS[letter.kind])
    to_refugee = letter.recipient is Recipient.REFUGEE
    name = label("refugee", "letter_recipient") if to_refugee else letter.municipality_name
    _party(entry, "EM", "Mottaker", name)
    _key(entry, str(letter.id))
    year, number = (letter.number or "0/0").split("/")
    _text(entry, "journalaar", year)
    _text(entry, "journalsekvensnummer", number)
    _code(entry, "journalposttype", "U", "Utgående dokument")
    sent = letter.sent_at is not None
    _code(entry, "journalstatus", "E" if sent else "F", "Ekspedert" if sent else "Ferdigstilt")
    _text(entry, "journaldato", day)
    _text(entry, "dokumentetsDato", day)
    if letter.sent_at is not None:
        _text(entry, "sendtDato", letter.sent_at.isoformat())
    _text(entry, "avskrivningsdato", day)


#: Who writes which letter.
SENDERS: Final = {
    **dict.fromkeys(
        (
            "original_request",
            "adjusted_request",
            "settlement_decision",
            "reversal_decision",
            "withdrawal_notice",
        ),
        "Integrerings- og mangfoldsdirektoratet",
    ),
    "arrival_notice": "Utlendingsdirektoratet",
}


def _document(entry: ET.Element, filed: Filed, title: str) -> None:
    described = _under(entry, "dokumentbeskrivelse")
    _code(described, "dokumenttype", "B", "Brev")
    _code(described, "dokumentstatus", "F", "Dokumentet er ferdigstilt")
    _text(described, "tittel", title)
    _code(described, "tilknyttetRegistreringSom", "H", "Hoveddokument")
    _text(described, "dokumentnummer", "1")
    held = _under(described, "dokumentobjekt")
    _text(held, "versjonsnummer", "1")
    _code(held, "variantformat", "A", "Arkivformat")
    _code(held, "format", "fmt/477", "PDF/A-2a")
    _text(held, "mimeType", "application/pdf")
    _text(held, "filnavn", filed.file)
    _text(held, "referanseDokumentfil", filed.file)
    _text(held, "sjekksum", filed.letter.sha256 or "")
    _text(held, "sjekksumAlgoritme", "SHA-256")
    _text(held, "filstoerrelse", str(len(filed.pdf)))


def _party(entry: ET.Element, code: str, meaning: str, name: str) -> None:
    party = _under(entry, "korrespondansepart")
    _code(party, "korrespondanseparttype", code, meaning)
    _text(party, "erBehandlingsansvarlig", "true" if code == "EA" else "false")
    _text(party, "korrespondansepartNavn", name)


def _shield(above: ET.Element) -> None:
    shield = _under(above, "skjerming")
    _code(shield, "tilgangsrestriksjon", "UO", "Unntatt offentlighet")
    _text(shield, "skjermingshjemmel", SHIELD)


def _key(above: ET.Element, ours: str) -> None:
    key = _under(above, "referanseEksternNoekkel")
    _text(key, "fagsystem", SYSTEM)
    _text(key, "noekkel", ours)


def _code(above: ET.Element, name: str, code: str, meaning: str) -> None:
    coded = _under(above, name)
    _text(coded, "kode", code)
    _text(coded, "beskrivelse", meaning)


def _typed(above: ET.Element, name: str, kind: str) -> ET.Element:
    made = _under(above, name)
    made.set(f"{{{XSI}}}type", kind)
    return made


def _under(above: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(above, f"{{{NAMESPACE}}}{name}")


def _text(above: ET.Element, name: str, text: str) -> None:
    _under(above, name).text = text
