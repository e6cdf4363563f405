"""Jinja: one environment, its filters and functions, and `page`, which answers with a template."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from app import languages
from app.cards import carded
from app.formats import FORMATS, NONE
from app.frame import Frame
from app.languages import TEMPLATES, language, speaking
from app.public_holidays import holiday, holidays
from app.static_files import icon, static_url
from app.wording import barred, count, explain, label, told
from workflow.kernel.country import Country

_frame: ContextVar[Frame] = ContextVar("frame", default=Frame())  # noqa: B039  # frozen


def csrf_token() -> str | None:
    """The token that goes into each form of the page now being rendered."""
    return _frame.get().csrf_token


def with_query(url: URL | str, **changes: object) -> str:
    """The path and query of an address with some parameters set; None removes one."""
    gone = [name for name, value in changes.items() if value is None]
    kept = {name: value for name, value in changes.items() if value is not None}
    address = URL(str(url)).remove_query_params(gone).include_query_params(**kept)
    return f"{address.path}?{address.query}" if address.query else address.path


def axis_top(most: float) -> int:
    """The round number at the top of a chart's axis, at least `most`."""
    step = int("1" + "0" * (len(str(int(most))) - 1))
    return next(step * times for times in (1, 2, 3, 4, 5, 6, 8, 10) if step * times >= most)


#: A message in the summary of errors, which leads to a field.
_LED = re.compile(r'<a class="ds-link" href="#([^"]*)">(.*?)</a>', re.DOTALL)


def led(content: str) -> Markup:
    """What stands on a page, with no error that leads to a field the page has not."""
    before, opens, rest = content.partition("<ds-error-summary")
    summary, closes, after = rest.partition("</ds-error-summary>")

    def leading(link: re.Match[str]) -> str:
        return link[0] if f'id="{link[1]}"' in content else link[2]

    parts = (before, opens, _LED.sub(leading, summary), closes, after)
    return Markup("".join(parts))  # noqa: S704  # it was written by our templates


def _anew(words: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, applied for each reader: Jinja works one of constants out when it compiles."""

    @pass_context
    @wraps(words)
    def in_the_readers_language(_: Context, *given: Any, **named: Any) -> Any:
        return words(*given, **named)

    return in_the_readers_language


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
        gettext=languages.gettext_now,
        ngettext=languages.ngettext_now,
        newstyle=True,
        pgettext=languages.pgettext_now,
        npgettext=languages.npgettext_now,
    )
    filters = FORMATS | {
        "barred": barred,
        "carded": carded,
        "count": count,
        "explain": explain,
        "holiday": holiday,
        "holidays": holidays,
        "label": label,
        "led": led,
        "told": told,
    }
    made.filters.update({name: _anew(words) for name, words in filters.items()})
    made.globals.update(
        NONE=NONE,
        axis_top=axis_top,
        csrf_token=csrf_token,
        icon=icon,
        offered_languages=languages.offered,
        static_url=static_url,
        with_query=with_query,
    )
    return made


environment = _environment()
_templates = Jinja2Templates(env=environment)


def page(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A template as an answer: a page, or a fragment htmx swaps in.

    Every template finds `request`, `frame`, `language`, `country` and `path` beside what is given.
    """
    frame = getattr(request.state, "frame", None) or Frame()
    with speaking(frame.language or language()), _around(frame):
        return _templates.TemplateResponse(
            request,
            template,
            {
                "frame": frame,
                "language": language(),
                "country": getattr(request.app.state, "country", Country.NORWAY),
                "path": request.url.path,
                **context,
            },
            status_code=status_code,
            headers={
                "content-language": language(),
                "vary": "Accept-Language, Cookie, HX-Request",
                **(headers or {}),
            },
        )


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page; going back in the history it needs the whole."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-history-restore-request") != "true"
    )


@contextmanager
def _around(frame: Frame) -> Iterator[None]:
    before = _frame.set(frame)
    try:
        yield
    finally:
        _frame.reset(before)
