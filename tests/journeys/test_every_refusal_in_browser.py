"""Each form of each page sent as it should not be, in Chromium: what comes back is heard.

Empty, with nonsense in every field, and with the version of a page that is long gone. The focus
stands in the summary of errors, each of its links leads into its field, the field says that it is
wrong and why; axe finds nothing. What came of nonsense is looked at in the dark. A refusal without
a form says what it is by its title and its heading.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Response

from app import languages
from tests.journeys import test_every_page_in_browser as pages
from tests.journeys.test_every_page_in_browser import NORWAYS, STRANGER, SWEDENS, World

browser, norway, swedish_world = pages.browser, pages.norway, pages.swedish_world
pytestmark = [pytest.mark.browser, pytest.mark.soak]

WAYS: Final = ("empty", "nonsense", "stale")
#: How often a link is tried.
TRIES = 4
#: The forms of a page that change something and are filled in, or carry a version.
FORMS = """() => [...document.forms].map((form, index) => ({
    index, action: new URL(form.getAttribute("action") ?? "", location.href).pathname,
    names: [...new Set([...form.elements].map(one => one.name))].sort().join(" "),
    asked: form.getAttribute("method") === "post" && !!form.closest("main") &&
      [...form.elements].some(
      one => one.name === "version" || (one.name && !["hidden", "submit"].includes(one.type))),
  })).filter(form => form.asked)"""
#: Spoils a form in a way; says whether there was anything to spoil.
SPOIL = """([index, way]) => {
  const form = document.forms[index];
  if (!form) return false;
  form.noValidate = true;
  let spoiled = false;
  for (const one of form.elements) {
    if (!one.name || ["submit", "button", "fieldset"].includes(one.type)) continue;
    if (one.type === "hidden") {
      if (way === "stale" && one.name.startsWith("version")) { one.value = "0"; spoiled = true; }
    } else if (way === "stale") {
      continue;
    } else if (["checkbox", "radio"].includes(one.type)) {
      if (way === "empty") { one.checked = false; spoiled = true; }
    } else if (one.type !== "file") {
      if (way === "nonsense" && one.tagName === "SELECT") {
        one.add(new Option("?", "tullball"));
      } else if (one.type !== "text" && one.tagName === "INPUT") {
        one.type = "text";
      }
      one.value = way === "nonsense" ? "tullball" : "";
      spoiled = true;
    }
  }
  return spoiled;
}"""
SEND = """index => {
  const form = document.forms[index];
  form.requestSubmit([...form.elements].find(one => one.type === "submit") ?? null);
}"""
#: What the summary of errors holds, and where the focus is.
SUMMARY = """() => {
  const summary = document.querySelector("ds-error-summary");
  return summary && {
    focused: document.activeElement === summary,
    name: document.getElementById(summary.getAttribute("aria-labelledby"))?.textContent ?? "",
    messages: [...summary.querySelectorAll("li")].map(one => one.textContent.trim()),
    links: summary.querySelectorAll("a").length,
  };
}"""
#: The element in focus: whether it is said to be wrong, and what is heard with it.
FOCUSED = """() => {
  const one = document.activeElement;
  const group = one.closest("fieldset");
  const named = [one, group].map(it => it?.getAttribute("aria-describedby") ?? "").join(" ");
  return {
    control: one.matches("input, select, textarea"),
    wrong: one.getAttribute("aria-invalid") === "true" || one.type === "checkbox",
    said: named.split(/\\s+/).filter(Boolean)
      .map(id => document.getElementById(id)?.textContent.trim() ?? "nothing").join(" "),
    box: one.type === "checkbox", id: one.id,
  };
}"""


def _sent(page: Page, path: str, index: int, way: str) -> Response | None:
    """The answer to a form of a page that was spoiled; None where it could not be."""
    page.set_viewport_size(pages.DESK)
    # Before the page comes: one that is switched while it stands is half way between two.
    page.emulate_media(color_scheme="dark" if way == "nonsense" else "light")
    there = page.goto(path)
    if there is None or not there.ok or not page.evaluate(SPOIL, [index, way]):
        return None
    with page.expect_navigation() as going:
        page.evaluate(SEND, index)
    return going.value


def _faults(page: Page, status: int) -> Iterator[tuple[Any, ...]]:
    title, heading = page.title(), page.locator("h1").first.inner_text().strip()
    summary = page.evaluate(SUMMARY)
    if summary is None:
        if not title.removeprefix("Feil: ").startswith(heading):
            yield ("the title does not say what the heading says", title, heading)
    else:
        if not summary["focused"]:
            yield ("the summary of errors has not the focus",)
        if not summary["name"] or not all(summary["messages"]):
            yield ("the summary says nothing", summary)
        if not re.match(r"(Feil|Fel): ", title):
            yield ("the title does not tell of the errors", title)
        yield from _links(page, summary["links"])
    if status == 422 and summary is None:
        yield ("no summary of errors",)
    yield from pages.violations(page)
    yield from pages.too_wide(page)


def _links(page: Page, links: int) -> Iterator[tuple[Any, ...]]:
    for number in range(links):
        link = page.locator("ds-error-summary a").nth(number)
        message = link.inner_text().strip()
        field: dict[str, Any] = {"control": False}
        for _ in range(TRIES):
            # The summary takes the focus once more when it has faded in.
            link.press("Enter")
            page.wait_for_timeout(50)
            field = page.evaluate(FOCUSED)
            if field["control"]:
                break
        if not field["control"] or not field["wrong"]:
            yield ("a link leads into no field that is wrong", message, field)
        elif message not in field["said"] and not field["box"]:
            yield ("the field does not say what is wrong", message, field)


def _found(world: World, roles: list[str], ways: tuple[str, ...] = WAYS) -> tuple[list[Any], int]:
    """Faults of the refusals of every form there is, and how many refusals were looked at."""
    language = languages.OF_COUNTRY[world.country][0]
    seen: set[tuple[str | None, str, str]] = set()
    found: list[Any] = []
    looked = 0
    for role in roles:
        mine = world.found(role)
        with world.window(role, language) as (page, told):
            for path in mine:
                page.goto(path)
                for form in page.evaluate(FORMS):
                    for way in ways:
                        kind = (world.pages.route_of(form["action"]) or form["action"], way)
                        if (*kind, form["names"]) in seen:
                            continue
                        answer = _sent(page, path, form["index"], way)
                        if answer is None:
                            continue
                        seen.add((*kind, form["names"]))
                        if answer.ok:
                            continue
                        looked += 1
                        where = (role, path, form["action"], way, answer.status)
                        found += [(*where, *fault) for fault in _faults(page, answer.status)]
            found += told
    return found, looked


@pytest.mark.parametrize(("of", "roles"), [("norway", NORWAYS), ("swedish_world", SWEDENS)])
def test_what_is_wrong_with_a_form_is_heard_and_led_to(
    request: pytest.FixtureRequest, of: str, roles: list[str]
):
    world: World = request.getfixturevalue(of)

    found, looked = _found(world, roles)

    assert not found, "\n".join(map(str, found))
    assert looked > 30


@pytest.mark.parametrize(("of", "roles"), [("norway", NORWAYS), ("swedish_world", SWEDENS)])
def test_what_is_not_there_or_not_for_one_says_so(
    request: pytest.FixtureRequest, of: str, roles: list[str]
):
    world: World = request.getfixturevalue(of)
    language = languages.OF_COUNTRY[world.country][0]
    whole = {route for route, _ in world.pages.patterns if "{" not in route}
    found: list[Any] = []
    statuses: set[int] = set()
    for role in roles:
        with world.window(role, language) as (page, told):
            seen: set[int] = set()
            for path in ("/finnes-ikke", *sorted(whole)):
                answer = page.request.get(path) if role != STRANGER else page.goto(path)
                if answer is None or answer.status < 400 or answer.status in seen:
                    continue
                seen.add(answer.status)
                page.goto(path)
                page.set_viewport_size(pages.DESK)
                found += [(role, path, answer.status, *one) for one in _faults(page, answer.status)]
            found += told
            statuses |= seen

    assert not found, "\n".join(map(str, found))
    assert {403, 404} <= statuses
