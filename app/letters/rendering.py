"""A letter's document: tagged PDF/A-2a from the templates, with its fonts inside.

The texts are written in each language (`templates/letters/<language>.html`), none is translated by
machine; what a letter says is `workflow.letters.content`. The document is what is kept: rendering
it again later would be another one.
"""

import warnings
from functools import cache
from threading import Lock
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.formats import FORMATS
from app.languages import TEMPLATES, speaking
from app.static_files import FOLDER
from workflow.letters.content import Content
from workflow.letters.states import LetterKind

#: For an archive, with the structure a screen reader needs (ISO 19005-2, level A).
VARIANT: Final = "pdf/a-2a"
_INTER: Final = FOLDER / "vendor" / "inter-5.3.0"
#: Latin, and the letters of Sami and of its neighbours.
_FACES: Final = {
    "Inter": _INTER / "inter-latin-wght-normal.woff2",
    "Inter Ext": _INTER / "inter-latin-ext-wght-normal.woff2",
}
_FILES: Final = {path.as_uri(): path for path in _FACES.values()}
#: The libraries below WeasyPrint promise nothing about threads.
_one_at_a_time = Lock()


@cache
def environment() -> Environment:
    """Of documents: what is missing is a fault, not a blank."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FORMATS)
    return made


def html(letter: Content) -> str:
    """The letter as a page, before it is laid out."""
    title, body = _said(letter, letter.language)
    other = None
    if letter.reading_language is not None:
        other = dict(zip(("title", "body"), _said(letter, letter.reading_language), strict=True))
    with speaking(letter.language):
        return (
            environment()
            .get_template("letters/letter.html")
            .render(
                letter=letter,
                title=title,
                body=body,
                other=other,
                words=_words(letter),
                fonts=fonts(),
            )
        )


def fonts() -> list[tuple[str, str]]:
    """Family and address of each face."""
    return [(family, path.as_uri()) for family, path in _FACES.items()]


def pdf(letter: Content) -> bytes:
    """The letter as a document."""
    return lay_out(html(letter))


def lay_out(page: str) -> bytes:
    """A page as a document; it may use the fonts of `fonts()` and nothing else."""
    from weasyprint import HTML  # noqa: PLC0415  most processes lay out nothing, and it loads long
    from weasyprint.urls import (  # noqa: PLC0415  as above
        FatalURLFetchingError,
        URLFetcher,
        URLFetcherResponse,
    )

    class OnlyFonts(URLFetcher):  # type: ignore[misc]  # it has no types
        """A letter reads its own fonts and nothing else, whatever is written in it."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            path = _FILES.get(url)
            if path is None:
                raise FatalURLFetchingError(url)
            return URLFetcherResponse(url, path.read_bytes())

    with _one_at_a_time, warnings.catch_warnings():
        # It leaves the file of its colour profile open, for the collector to close.
        warnings.simplefilter("ignore", ResourceWarning)
        laid_out = HTML(string=page, url_fetcher=OnlyFonts()).write_pdf(
            pdf_variant=VARIANT, pdf_tags=True
        )
    assert isinstance(laid_out, bytes)  # noqa: S101  no target was named
    return laid_out


def _said(letter: Content, language: str) -> tuple[str, Markup]:
    """Title and body in a language."""
    texts: Any = environment().get_template(f"letters/{language}.html").module
    name = f"{letter.kind}_{letter.recipient}"
    with speaking(language):
        title = getattr(texts, f"{name}_title")(letter)
        return str(Markup(title).unescape()), Markup(getattr(texts, name)(letter))  # noqa: S704  written by a template that escapes


def _words(letter: Content) -> dict[str, str]:
    words: Any = environment().get_template(f"letters/words/{letter.language}.html").module
    sender = "udi" if letter.kind is LetterKind.ARRIVAL else "imdi"
    return {
        **words.words,
        "sender": words.senders[sender][0],
        "sender_in_full": words.senders[sender][1],
    }
