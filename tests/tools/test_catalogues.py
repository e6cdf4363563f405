"""Every text of the pages has its words in every language, and nynorsk is nynorsk."""

import re

import pytest
from babel.messages.catalog import Catalog

from app.languages import LABELS, LOCALES, TEMPLATES, catalogue_of
from app.wording import table
from tools import catalogues

LANGUAGES = (*catalogues.WHOLE, "sv")
PLACES = re.compile(r"%\(\w+\)s|%%|\{\w*\}")
#: Words that bokmål has and nynorsk has not (språklova § 14), and forms ours does not choose.
BOKMAL = re.compile(
    r"\b(ikke|hva|hvem|hvor\w*|hvilke\w*|noen|noe|fra|jeg|dere|deres|disse|uken?|uker|navn\w*|"
    r"forespørsel\w*|begrunnelse\w*|bosetting\w*|boliger?|boligen|husstand\w*|fordeles|sendes|"
    r"omgjøring\w*|bekreft\w*|ble|blitt|annen|bare|begynner|mulig|tillatelse\w*|kommuner|"
    r"plasser|personer|brukere\w*|endret|lagret|trukket|gir|gi|grunngiv\w*|sakshandsam\w*|hver|øyeblikk|åpne\w*)\b"
)

#: What the templates of letters are made of, facts, and the name of the application.
NOT_WORDS = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|\{[^{}\n]*\}|\bBosetting\b|bosetting (?:demo|export cases)",
    re.DOTALL,
)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_has_words_for_every_text_and_for_nothing_else(code):
    """A text without words, or with words somebody doubts (fuzzy), would be read in bokmål."""
    wanted, written = catalogues.texts(code), catalogues.read(code)

    assert {text.id for text in written} == {text.id for text in wanted}, "make catalogues"
    assert catalogues.without_words(written) == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_words_have_the_places_of_their_text(code):
    wrong = []
    for text in catalogues.read(code):
        forms = text.string if isinstance(text.string, tuple) else (text.string,)
        wanted = sorted(PLACES.findall(text.id if isinstance(text.id, str) else text.id[-1]))
        wrong += [form for form in forms if sorted(PLACES.findall(str(form))) != wanted]

    assert wrong == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_is_as_the_tool_writes_it(code):
    """So two people's additions meet in one file line by line."""
    brought_up = catalogues.brought_up(code, catalogues.texts(code))

    assert catalogue_of(code).read_bytes() == catalogues.as_written(brought_up), "make catalogues"


def test_nothing_is_guessed_from_texts_that_look_alike():
    wanted = Catalog(locale=LOCALES["nn"])
    wanted.add("Avbryt!")
    wanted.add("Avbryt")

    made = catalogues.brought_up("nn", wanted)

    assert catalogues.without_words(made) == ["Avbryt!"]
    assert not any(text.fuzzy for text in made)


def test_a_doubted_word_is_missing():
    doubted = Catalog(locale=LOCALES["nn"])
    doubted.add("Kommune", "Kommune", flags={"fuzzy"})

    assert catalogues.without_words(doubted) == ["Kommune"]


def test_plural_forms_follow_the_number():
    forms = Catalog(locale=LOCALES["nn"])
    forms.add(("%(num)s sak", "%(num)s saker"), ("%(num)s sak", ""))

    assert catalogues.without_words(forms) == ["('%(num)s sak', '%(num)s saker')"]


def test_nynorsk_has_its_own_words():
    pages = [str(text.string) for text in catalogues.read("nn") if text.id]
    letters = [path.read_text("utf-8") for path in TEMPLATES.glob("letters/**/nn.html")]
    messages = (TEMPLATES / "messages/nn.toml").read_text("utf-8").split("\n")
    codes = (LABELS / "nn.toml").read_text("utf-8").split("\n")
    said = [line for line in codes if not line.startswith(("#", "["))]

    found = {
        word.group(): text[:80]
        for text in (*pages, *letters, *messages, *said)
        for word in BOKMAL.finditer(NOT_WORDS.sub("", text).lower())
    }

    assert found == {}
    assert table("nn")["count"]["week"] == {"one": "veke", "many": "veker"}
