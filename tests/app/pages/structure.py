"""What a screen reader goes by, read from a page as it is sent: cheap enough for every page.

Colours, sizes and what scripts make of a page are looked at in a browser
(tests/journeys/test_every_page_in_browser.py).
"""

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}
)
#: Attributes that name other elements of the page.
NAMES_OTHERS = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "popovertarget")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    in_label: bool = False
    in_errors: bool = False
    text: list[str] = field(default_factory=list)

    @property
    def named(self) -> bool:
        """Whether it says what it is."""
        said = "".join(self.text).strip()
        return bool(said or {"aria-label", "aria-labelledby", "title"} & self.attributes.keys())


class Structure(HTMLParser):
    """The elements of a page; what is said inside one counts for all around it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[Element] = []
        self._open: list[Element] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(
            tag,
            {name: value or "" for name, value in attrs},
            in_label=any(one.tag == "label" for one in self._open),
            in_errors=any(one.tag == "ds-error-summary" for one in self._open),
        )
        self.all.append(element)
        if alt := element.attributes.get("alt"):
            self.handle_data(alt)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)


def faults(page: str) -> list[str]:
    """What is wrong, in words."""
    seen = Structure(page).all
    return [
        *_headings(seen),
        *_references(seen),
        *_names(seen),
        *_landmarks(seen),
        *_errors(seen),
    ]


def _headings(seen: list[Element]) -> list[str]:
    levels = [int(one.tag[1]) for one in seen if one.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    found = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of the first level"]
    return found + [
        f"a heading of level {lower} under level {upper}"
        for upper, lower in pairwise(levels)
        if lower > upper + 1
    ]


def _references(seen: list[Element]) -> list[str]:
    ids = Counter(one.attributes["id"] for one in seen if "id" in one.attributes)
    found = [f"the id {name} {times} times" for name, times in ids.items() if times > 1]
    for one in seen:
        named = [name for how in NAMES_OTHERS for name in one.attributes.get(how, "").split()]
        link = one.attributes.get("href", "")
        if one.tag == "a" and link.startswith("#") and len(link) > 1:
            named.append(link[1:])
        found += [
            f"<{one.tag}> names {name}, which is not there" for name in named if name not in ids
        ]
    return found


def _names(seen: list[Element]) -> list[str]:
    labelled = {one.attributes.get("for") for one in seen if one.tag == "label" and one.named}
    found = []
    for one in seen:
        told = one.attributes
        if one.tag in {"button", "a", "th", "caption", "legend", "summary", "title"}:
            fine = one.named
        elif one.tag == "img":
            fine = "alt" in told
        elif one.tag == "svg":
            fine = told.get("aria-hidden") == "true" or "aria-label" in told
        elif one.tag in {"select", "textarea"} or (
            one.tag == "input" and told.get("type") not in {"hidden", "submit"}
        ):
            fine = told.get("id", "") in labelled or {"aria-label", "aria-labelledby"} & told.keys()
            fine = fine or one.in_label
        else:
            continue
        if not fine:
            found.append(f"<{one.tag}> says not what it is: {told}")
    return found


def _landmarks(seen: list[Element]) -> list[str]:
    html = next((one for one in seen if one.tag == "html"), None)
    found = [] if html and html.attributes.get("lang") else ["no language"]
    mains = sum(one.tag == "main" for one in seen)
    found += [] if mains == 1 else [f"{mains} times <main>"]
    for tag in ("nav", "section", "form"):
        names = Counter(
            one.attributes.get("aria-label") or one.attributes.get("aria-labelledby")
            for one in seen
            if one.tag == tag
        )
        del names[None]
        found += [f"{tag} {name} {times} times" for name, times in names.items() if times > 1]
        if tag == "nav" and any(
            not {"aria-label", "aria-labelledby"} & one.attributes.keys()
            for one in seen
            if one.tag == "nav"
        ):
            found.append("<nav> without a name")
    return found


def _errors(seen: list[Element]) -> list[str]:
    """Each error leads to its field, and the field says that it is wrong and why."""
    by_id = {one.attributes["id"]: one for one in seen if "id" in one.attributes}
    wrong = [one for one in seen if one.attributes.get("aria-invalid") == "true"]
    summaries = [one for one in seen if one.tag == "ds-error-summary"]
    linked = {
        one.attributes["href"][1:]
        for one in seen
        if one.tag == "a" and one.in_errors and one.attributes.get("href", "")[:1] == "#"
    }
    found = [f"{len(summaries)} summaries of errors"] if len(summaries) > 1 else []
    for name in linked - {"main"}:
        field = by_id.get(name)
        choice = field is not None and field.attributes.get("type") == "checkbox"
        if field is None or not (choice or field.attributes.get("aria-invalid") == "true"):
            found.append(f"an error leads to {name}, which is no field that is wrong")
    for one in wrong:
        told = one.attributes
        if "aria-describedby" not in told and told.get("type") not in {"radio", "checkbox"}:
            found.append(f"the field {told.get('id')} says not what is wrong")
        if told.get("id") not in linked and told.get("type") != "radio":
            found.append(f"the field {told.get('id')} is wrong and no link leads there")
    return found
