"""Which language a page speaks: bokmål in the templates, the others from catalogues.

A language is offered once it has both its label table (`templates/labels/`) and its catalogue
(`templates/catalogues/<language>/LC_MESSAGES/bosetting.po`): a page never speaks half of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from gettext import GNUTranslations, NullTranslations
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from workflow.kernel.country import Country

TEMPLATES = Path(__file__).parent.parent / "templates"
CATALOGUES = TEMPLATES / "catalogues"
LABELS = TEMPLATES / "labels"


class Language(StrEnum):
    """What pages are spoken in."""

    BOKMAL = "nb"
    NYNORSK = "nn"
    ENGLISH = "en"
    SWEDISH = "sv"


#: The language the templates are written in.
SOURCE = "nb"
LANGUAGES = tuple(str(known) for known in Language)
NORWEGIAN, SWEDISH = LANGUAGES[:3], LANGUAGES[3:]
#: Spoken to those who choose it at the foot of a page.
FOREIGN = frozenset({str(Language.ENGLISH)})
OF_COUNTRY = {Country.NORWAY: NORWEGIAN, Country.SWEDEN: SWEDISH}
#: Babel's dates and weeks are wrong for a language without its territory.
LOCALES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB", "sv": "sv_SE"}
COOKIE = "bosetting_language"

_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_offers: ContextVar[tuple[str, ...]] = ContextVar("offers", default=NORWEGIAN)


def language() -> str:
    """The language of what is being written now."""
    return _language.get()


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    before = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(before)


def of_country() -> tuple[str, ...]:
    """The languages of the country the deployment is for, its first one first."""
    return _offers.get()


def speak_on(chosen: str | None) -> None:
    """From here to the end of the request, where it is offered: the reader turns out to have it."""
    if chosen is not None and chosen in offered():
        _language.set(chosen)


def offered() -> tuple[str, ...]:
    """Those of the country that are there, the first of them for who asks for none."""
    return _there(_offers.get())


@cache
def _there(offers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in offers if code == SOURCE or _whole(code))


def _whole(code: str) -> bool:
    return catalogue_of(code).is_file() and (LABELS / f"{code}.toml").is_file()


def catalogue_of(code: str) -> Path:
    return CATALOGUES / code / "LC_MESSAGES" / "bosetting.po"


def chosen(cookie: str | None, accepted: str | None) -> str:
    """The cookie's language, else the best of the state's own the browser accepts, else bokmål.

    Many browsers in Norwegian offices ask for English before anything their reader has chosen.
    """
    there = offered() or (SOURCE,)
    if cookie is not None and cookie in there:
        return cookie
    own = [code for code in there if code not in FOREIGN]
    return next((code for code in preferred(accepted or "") if code in own), there[0])


def preferred(header: str) -> list[str]:
    """Languages of an Accept-Language header, best first; plain Norwegian is bokmål."""
    ranked = []
    for place, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        code = tag.split("-")[0].strip().lower()
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        ranked.append((-weight, place, "nb" if code == "no" else code))
    return [code for weight, _, code in sorted(ranked) if weight < 0]


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read once a process, a tenth of a second; so nothing compiled has to be built or kept."""
    if not (path := catalogue_of(code)).is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as written:
        write_mo(compiled, read_po(written, locale=LOCALES[code]))
    compiled.seek(0)
    return GNUTranslations(compiled)


def gettext_now(message: str) -> str:
    return _catalogue(language()).gettext(message)


def ngettext_now(one: str, many: str, number: int) -> str:
    return _catalogue(language()).ngettext(one, many, number)


def pgettext_now(context: str, message: str) -> str:
    return _catalogue(language()).pgettext(context, message)


def npgettext_now(context: str, one: str, many: str, number: int) -> str:
    return _catalogue(language()).npgettext(context, one, many, number)


class SpeaksTheReadersLanguage:
    """Pure ASGI, so that what it sets is seen by the endpoint, in its thread too."""

    def __init__(self, app: ASGIApp, offers: tuple[str, ...] = NORWEGIAN) -> None:
        self.app, self.offers = app, offers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        before = _offers.set(self.offers)
        try:
            with speaking(chosen(_cookie(headers.get("cookie")), headers.get("accept-language"))):
                await self.app(scope, receive, send)
        finally:
            _offers.reset(before)


def _cookie(header: str | None) -> str | None:
    try:
        crumbs = SimpleCookie(header or "")
        crumb = crumbs.get(f"__Host-{COOKIE}") or crumbs.get(COOKIE)
    except CookieError:
        return None
    return crumb.value if crumb else None
