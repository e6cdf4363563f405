"""No template says a word to people outside `_()`: what stands there is never translated."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from app.languages import TEMPLATES
from app.rendering import environment

#: Written in each language by itself; `se` is read in Swedish only.
OF_THEIR_OWN = ("letters", "messages", "reports", "se")
PAGES = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if path.relative_to(TEMPLATES).parts[0] not in OF_THEIR_OWN
)
#: The same in every language: the application, its parties, units, an address, a parameter.
SYMBOLS = frozenset({"Bosetting", "IMDi", "UDI", "km", "ms", "resettlement@udi.no", "q"})
MARKUP = re.compile(
    r"<!--.*?-->|<[^<>]*>|&\w+;|[\w-]+=\"[^\"]*\"|\b(?:required|checked|selected)\b"
)
READ_ALOUD = re.compile(r"(?<![\w-])(?:aria-label|title|alt|placeholder)=\"([^\"]*)\"")
WORD = re.compile(r"[A-Za-zÆØÅæøå][\w@.-]*")
#: Not a code, an address or an icon: two words, or a letter English has not.
SENTENCE = re.compile(r"^[A-ZÆØÅ]?[a-zæøå]+ [a-zæøå]|[æøåÆØÅ]")
#: Names of counties stand in a drawing of invented numbers.
INVENTED = {"monster.html": {"Trøndelag"}}
TRANSLATES = {"_", "gettext", "ngettext", "pgettext"}

Token = tuple[int, str, str]


def _tokens(source: str) -> list[Token]:
    found = environment.lexer.tokeniter(source, None)
    return [token for token in found if token[1] != "whitespace"]


def _outside(tokens: list[Token]) -> str:
    """What the template says as it stands, with a mark where it calls something."""
    said, translated = [], False
    for before, (_, kind, text) in pairwise([(0, "", ""), *tokens]):
        if before[1] == "block_begin" and text in {"trans", "endtrans"}:
            translated = text == "trans"
        elif kind == "data" and not translated:
            said.append(text)
        elif kind == "variable_begin":
            said.append("\0")
    return "".join(said)


def _given_as_they_stand(tokens: list[Token]) -> Iterator[str]:
    """Texts in expressions that nothing translates."""
    for place, (_, kind, text) in enumerate(tokens):
        called = [found for _, _, found in tokens[max(place - 2, 0) : place]]
        if kind == "string" and not (called[1:] == ["("] and called[0] in TRANSLATES):
            yield text[1:-1]


@pytest.fixture(scope="module")
def read() -> dict[str, list[Token]]:
    return {name: _tokens((TEMPLATES / name).read_text("utf-8")) for name in PAGES}


def test_what_people_read_stands_in_gettext(read):
    bare = {}
    for name, tokens in read.items():
        said = _outside(tokens)
        heard = " ".join(READ_ALOUD.findall(said))
        words = set(WORD.findall(f"{heard} {MARKUP.sub(' ', said)}")) - SYMBOLS
        if words:
            bare[name] = sorted(words)

    assert bare == {}


def test_what_is_handed_to_a_macro_stands_in_gettext(read):
    bare = {}
    for name, tokens in read.items():
        texts = {text for text in _given_as_they_stand(tokens) if SENTENCE.search(text)}
        if texts - INVENTED.get(name, set()):
            bare[name] = sorted(texts)

    assert bare == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hei</p>", ["Hei"]),
        ('<p>{{ _("Hei") }}</p>', []),
        ("<p>{% trans %}Hei{% endtrans %}</p>", []),
        ('<p title="Hei du">{{ 3 }}</p>', ["Hei", "du"]),
        ("<p>{{ 3 }} saker</p>", ["saker"]),
    ],
)
def test_bare_words_are_found(source, found):
    said = _outside(_tokens(source))
    heard = " ".join(READ_ALOUD.findall(said))

    assert WORD.findall(f"{heard} {MARKUP.sub(' ', said)}") == found
