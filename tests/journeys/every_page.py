"""Every page there is, found as people find them: from link to link, and by the ids that are known.

A page stands once for its route and the names of what is asked of it; two filters of one list are
the same page, a preview and its receipt are not.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from fastapi import FastAPI

from app import languages, signin
from tests.journeys.neighbours import routes

_PART = re.compile(r"\{(\w+)(?::\w+)?\}")
_LINK = re.compile(r'href="([^"#]+)"')
#: Read by machines, or taken home as a file; and what leads on to a page, or answers a part of one.
NO_PAGES = re.compile(
    r"^/(api|static|metrics|health|rules$|\.well-known|kalender|logg-inn/\{|logg-ut/\{|okt$|$)"
    r"|^/reiser/uke$|/(pdf|xlsx|fil|arkiv|opplysninger|hendelser)$|^/nycklar/statistik/\{"
    r"|\.(csv|xlsx|pdf|json|ics|txt)$"
)
#: Pages of one route that are looked at: a case of one state is another page than one of another;
#: and so many in all, however many filters there are to combine.
OF_A_KIND, OF_A_ROUTE = 3, 6
#: A list in another order is the same page.
ORDERS = {"sort", "places", "items", "excluded", "countries"}


@dataclass
class Pages:
    """What one reader finds, by route; and which routes there are."""

    base: str
    app: FastAPI
    patterns: list[tuple[str, re.Pattern[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        paths = [
            path
            for route, path in routes(self.app.routes)
            if "GET" in route.methods and not NO_PAGES.search(path)
        ]
        # `/saker/ny` before `/saker/{case_id}`, as the application itself does.
        self.patterns = [(path, re.compile(f"{_PART.sub('([^/]+)', path)}$")) for path in paths]

    def route_of(self, path: str) -> str | None:
        return next((route for route, known in self.patterns if known.match(path)), None)

    def found_by(self, secret: str | None, known: Iterable[Mapping[str, object]]) -> list[str]:
        """Addresses of pages this reader is shown, at most some of each route."""
        cookies = {languages.COOKIE: "nb"} | ({signin.COOKIE: secret} if secret else {})
        taken: dict[tuple[str, tuple[str, ...]], set[str]] = {}
        of_route: Counter[str] = Counter()
        pages: list[str] = []
        with httpx.Client(base_url=self.base, cookies=cookies, timeout=30) as client:
            waiting = ["/", *self._by_ids(known)]
            seen = set(waiting)
            while waiting:
                address = waiting.pop(0)
                answer = client.get(address, follow_redirects=True)
                here = urlsplit(str(answer.url))
                route = self.route_of(here.path)
                is_page = answer.headers.get("content-type", "").startswith("text/html")
                if answer.status_code != 200 or route is None or not is_page:
                    continue
                asked = parse_qs(here.query, keep_blank_values=True).keys() - ORDERS
                kind = (route, tuple(sorted(asked)))
                of_kind = taken.setdefault(kind, set())
                told = f"{here.path}?{here.query}".rstrip("?")
                enough = len(of_kind) >= OF_A_KIND or of_route[route] >= OF_A_ROUTE
                if told in of_kind or enough:
                    continue
                of_kind.add(told)
                of_route[route] += 1
                pages.append(told)
                for link in _LINK.findall(answer.text):
                    target = urljoin(told, link.replace("&amp;", "&"))
                    if target.startswith("/") and target not in seen:
                        seen.add(target)
                        waiting.append(target)
        return pages

    def _by_ids(self, known: Iterable[Mapping[str, object]]) -> list[str]:
        """Each route with each set of ids that has all its parts."""
        return [
            _PART.sub(lambda found: str(ids[found[1]]), route)  # noqa: B023  used at once
            for route, _ in self.patterns
            for ids in known
            if set(_PART.findall(route)) <= ids.keys()
        ]

    def routes_of(self, pages: Iterable[str]) -> set[str]:
        return {route for page in pages if (route := self.route_of(urlsplit(page).path))}
