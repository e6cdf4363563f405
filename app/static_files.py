"""Styles, scripts, fonts, icons: an address changes with its content, so browsers keep them."""

import hashlib
import os
import re
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import parse_qs

from markupsafe import Markup
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

MOUNTED_AT = "/static"
FOLDER = Path(__file__).parent / "static"
VENDOR = "vendor/"
SPRITE = "vendor/aksel-icons-8.16.2/icons.svg"

_SILENT = Markup(
    '<svg class="icon" aria-hidden="true" focusable="false"><use href="{address}"/></svg>'
)
_SPOKEN = Markup('<svg class="icon" role="img" aria-label="{text}"><use href="{address}"/></svg>')

FOR_GOOD = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "public, no-cache"


def static_url(path: str) -> str:
    """`app.css` → `/static/app.css?v=<digest of its content>`."""
    return f"{MOUNTED_AT}/{path}?v={_digest(path, (FOLDER / path).stat().st_mtime_ns)}"


@lru_cache(maxsize=256)
def _digest(path: str, changed_ns: int) -> str:
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:12]


def icon(name: str, text: str | None = None) -> Markup:
    """An icon of the sprite, in the colour of the text around it.

    `text` is read aloud; leave it out where words beside the icon say the same.

    Raises:
        LookupError: the sprite has no such icon; vendor.lock.json lists those it has.
    """
    if name not in icons():
        raise LookupError(f"no icon {name}")
    address = f"{static_url(SPRITE)}#{name}"
    return (_SILENT if text is None else _SPOKEN).format(address=address, text=text)


@cache
def icons() -> frozenset[str]:
    return frozenset(re.findall(r'<symbol id="(\w+)"', (FOLDER / SPRITE).read_text("utf-8")))


def static_files() -> ASGIApp:
    """What is mounted at `/static`, compressed for browsers that take it so."""
    return GZipMiddleware(_KeptFiles(directory=FOLDER))


class _KeptFiles(StaticFiles):
    """A file asked for by its digest, or in a versioned folder, never changes."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        path = Path(full_path).resolve().relative_to(FOLDER.resolve()).as_posix()
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        if asked:
            kept = asked == [_digest(path, stat_result.st_mtime_ns)]
        else:
            kept = path.startswith(VENDOR)
        response.headers["cache-control"] = FOR_GOOD if kept else ASK_EACH_TIME
        return response
