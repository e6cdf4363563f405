"""Brings the catalogues up to the templates: `make catalogues`.

New texts come in without words, for somebody to write; those no template has any more go. Nothing
is guessed from texts that look alike. Swedish has the texts that a Swedish deployment shows. No
lines of the templates are noted and all is sorted, so that two people's edits meet in one file
without a quarrel.
"""

import sys
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from app.languages import LOCALES, catalogue_of

#: A text; one and many where it counts.
Message = str | tuple[str, ...]
ROOT: Final = Path(__file__).parent.parent
#: Those that have every text of the templates.
WHOLE: Final = ("nn", "en")
#: What a Swedish deployment has of the templates; others are Norway's.
SWEDEN: Final = (
    *("base.html", "problem.html", "session.html", "macros/", "se/", "entrance/", "notices/"),
    *("saved_views/", "sessions/", "tokens/", "users/", "audit/", "public/problem.html"),
    *("approvals/", "recipients/", "webhooks/"),
)
HEADER: Final = "# Texts of the pages; `make catalogues` adds what is new, people write the words."


@cache
def everywhere() -> tuple[tuple[str, Message, str | None], ...]:
    """Every text of the templates as they are now, with its file; takes a second."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config)  # type: ignore[no-untyped-call]
    return tuple(
        (path.removeprefix("templates/"), message, context)
        for path, _, message, _, context in extract_from_dir(ROOT, methods, options)
    )


def texts(code: str) -> Catalog:
    """The texts that the language is to have words for."""
    found = Catalog()
    for path, message, context in everywhere():
        if code in WHOLE or path.startswith(SWEDEN):
            found.add(message, context=context)
    return found


def read(code: str) -> Catalog:
    """The catalogue of a language as it is written; without texts where there is none."""
    path = catalogue_of(code)
    source = BytesIO(path.read_bytes() if path.is_file() else b"")
    return read_po(source, locale=LOCALES[code])


def brought_up(code: str, wanted: Catalog) -> Catalog:
    """The language's catalogue with the texts it is to have, and what is written of them."""
    known = read(code)
    made = Catalog(locale=LOCALES[code], fuzzy=False, header_comment=HEADER)
    for text in wanted:
        if not text.id:
            continue
        written = known.get(text.id, text.context)
        if written is not None and written.string:
            made.add(text.id, written.string, context=text.context)
        else:
            made.add(text.id, context=text.context)
    return made


def without_words(catalogue: Catalog) -> list[str]:
    """The texts that have no words, or words somebody doubts."""
    return [
        str(text.id)
        for text in catalogue
        if text.id
        and (
            text.fuzzy or not all(text.string if isinstance(text.string, tuple) else [text.string])
        )
    ]


def as_written(catalogue: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalogue, no_location=True, sort_output=True, width=0, omit_header=True)
    head = (
        f'{HEADER}\nmsgid ""\nmsgstr ""\n"Language: {catalogue.locale_identifier}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )
    return head.encode() + written.getvalue()


def main() -> None:
    for code in (*WHOLE, "sv"):
        made = brought_up(code, texts(code))
        catalogue_of(code).parent.mkdir(parents=True, exist_ok=True)
        catalogue_of(code).write_bytes(as_written(made))
        missing = without_words(made)
        sys.stdout.write(f"{code}: {len(made)} texts, {len(missing)} without words\n")


if __name__ == "__main__":
    main()
