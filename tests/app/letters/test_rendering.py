"""Letters as documents: PDF/A with structure and its own fonts; every text in every language."""

import re
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.letters import rendering
from workflow.cases.states import Group, LegalGround, Track
from workflow.kernel.weeks import Week
from workflow.letters.content import AboutCase, Addressee, Arrival, Content, PersonNamed, Request
from workflow.letters.languages import TEXTS, Language
from workflow.letters.states import NAMES_PEOPLE, REQUESTS, LetterKind, Recipient

CASE = AboutCase(
    case_number="2020-00012",
    group=Group.RESETTLEMENT,
    persons_count=2,
    persons=(PersonNamed("Test-Đorđe <Ása>", 1980, "123456789012"), PersonNamed(None, 2011, None)),
    decided_on=date(2020, 3, 12),
    settlement_week=Week.parse("2020-W24"),
    legal_ground=LegalGround.CONDITIONS_FAILED,
    reason="Grensen er <stengt>",
    track=Track.B,
)
NORWEGIAN = (Language.BOKMAL, Language.NYNORSK)


def letter(kind, recipient=Recipient.MUNICIPALITY, language=Language.BOKMAL, **other):
    return Content(
        **{
            "kind": kind,
            "recipient": recipient,
            "language": language,
            "reading_language": None,
            "number": "2020/17",
            "on": date(2020, 3, 13),
            "happened_on": date(2020, 3, 12),
            "municipality": Addressee("5006", "Steinkjer kommune", "840029212"),
            "case": None if kind in REQUESTS else CASE,
            "arrival": Arrival(
                datetime(2020, 6, 9, 11, 5, tzinfo=UTC), "TRD", "Værnes", "SK 336", again=False
            )
            if kind is LetterKind.ARRIVAL
            else None,
            "request": Request(2020, 25, 17, 3) if kind in REQUESTS else None,
        }
        | other
    )


EVERY = [
    (kind, recipient, language)
    for kind in LetterKind
    for recipient in Recipient
    for language in NORWEGIAN
    if recipient is Recipient.MUNICIPALITY or kind in NAMES_PEOPLE
]


@pytest.mark.parametrize(("kind", "recipient", "language"), EVERY, ids="-".join)
def test_every_letter_says_what_it_is_to_whom_in_its_language(kind, recipient, language):
    page = rendering.html(letter(kind, recipient, language))

    assert f'<html lang="{language}">' in page
    assert "2020/17" in page
    assert "Steinkjer kommune" in page
    assert ("Test-Đorđe &lt;Ása&gt;" in page) == (kind in NAMES_PEOPLE)
    assert ("123456789012" in page) == (kind in NAMES_PEOPLE)
    assert "<stengt>" not in page
    nynorsk = any(word in page for word in ("ikkje", "busetj", "kjem til"))
    assert nynorsk == (language is Language.NYNORSK)


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("language", NORWEGIAN)
def test_a_refugee_reads_every_text_there_is_below_the_norwegian(kind, language):
    for other in TEXTS[kind]:
        given = letter(kind, Recipient.REFUGEE, language, reading_language=other)
        page = rendering.html(given)

        assert f'lang="{other}"' in page
        assert page.index("Steinkjer") < page.index("It cannot be appealed")


@pytest.mark.parametrize("ground", LegalGround)
@pytest.mark.parametrize("language", Language)
def test_every_legal_ground_has_words_in_every_language(ground, language):
    given = letter(
        LetterKind.REVERSAL,
        Recipient.REFUGEE,
        Language.BOKMAL if language is Language.ENGLISH else language,
        reading_language=language if language is Language.ENGLISH else None,
        case=replace(CASE, legal_ground=ground),
    )

    assert "35" in rendering.html(given)


@pytest.mark.parametrize("track", [Track.A, Track.B, None])
def test_a_withdrawal_tells_what_the_municipality_may_expect(track):
    page = rendering.html(letter(LetterKind.WITHDRAWAL, case=replace(CASE, track=track)))

    assert ("fortrinnsvis til samme kommune" in page) == (track is Track.A)
    assert ("ikke automatisk til samme kommune" in page) == (track is Track.B)
    assert "Grensen er &lt;stengt&gt;" in page


def test_a_moved_arrival_says_that_the_earlier_notice_no_longer_holds():
    arrival = Arrival(
        datetime(2020, 6, 9, 11, 5, tzinfo=UTC), "TRD", "Værnes", "SK 336", again=True
    )
    page = rendering.html(letter(LetterKind.ARRIVAL, arrival=arrival))

    assert "Endret ankomst" in page
    assert "tirsdag 9. juni 2020" in page
    assert "13:05" in page
    assert "Utlendingsdirektoratet" in page


def test_a_preview_says_that_it_is_one():
    page = rendering.html(letter(LetterKind.WITHDRAWAL, number=None))

    assert "Forhåndsvisning" in page


def test_the_document_is_tagged_pdf_a_with_its_own_fonts_and_loads_nothing_else():
    given = letter(LetterKind.REVERSAL, Recipient.REFUGEE, reading_language=Language.ENGLISH)

    pdf = unpacked(rendering.pdf(given))

    assert b'pdfaid:part="2" pdfaid:conformance="A"' in pdf
    signs = (b"/MarkInfo <</Marked true>>", b"/StructTreeRoot", b"/GTS_PDFA1", b"/FontFile2")
    for sign in (*signs, b"/S /H1", b"/Lang (nb)", b"+Inter"):
        assert sign in pdf, sign
    assert b"DejaVu" not in pdf


def unpacked(pdf: bytes) -> bytes:
    """The file with what is compressed in it laid open after it."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    opened = [pdf]
    for stream in streams:
        with suppress(zlib.error):
            opened.append(zlib.decompress(stream))
    return b"\n".join(opened)
