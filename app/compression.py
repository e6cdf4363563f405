"""Pages and files are sent compressed where nobody else can have asked for them."""

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

#: Half the time of the highest level, for a page a hundredth larger.
LEVEL: Final = 5
#: Bytes; less is a single packet either way.
LEAST: Final = 1000
#: Compressed as they are.
PACKED: Final = (
    *("application/pdf", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
)
#: What a browser says of a request that no other site has had a hand in (Fetch Metadata).
ASKED_BY_THE_READER: Final = frozenset({"same-origin", "none"})


class Compresses:
    """Compress what a reader's own browser asks for by itself.

    The length of a compressed page tells of what is in it to whoever may have it asked for again
    and again with words of theirs (BREACH). Another site's request says that it is one; it is
    answered uncompressed, and so is whoever does not say.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressing = GZipMiddleware(
            app, minimum_size=LEAST, compresslevel=LEVEL, exclude_content_types=PACKED
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and Headers(scope=scope).get("sec-fetch-site")
        answering = self.compressing if asked in ASKED_BY_THE_READER else self.app
        await answering(scope, receive, send)
