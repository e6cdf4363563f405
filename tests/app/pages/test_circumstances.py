"""Readers with colours of their own, and readers whom movement makes ill."""

import pytest

from tests.app.pages import test_monster as monster

address, browser = monster.address, monster.browser
pytestmark = [pytest.mark.browser, pytest.mark.trial]

#: By kind of bar: what it is filled and lined with.
BARS = """() => Object.fromEntries(
  ["settled", "held", "free", "over"].map(kind => [kind, document.querySelector(`.bar--${kind}`)])
    .filter(([, bar]) => bar)
    .map(([kind, bar]) => [kind, [getComputedStyle(bar).fill, getComputedStyle(bar).stroke]]))"""
#: Buttons that nothing is drawn round.
BARE = """() => [...document.querySelectorAll("main .ds-button, main .ds-input, main .ds-tag")]
  .filter(one => one.checkVisibility() && one.dataset.variant !== "tertiary")
  .filter(one => {
    const drawn = getComputedStyle(one);
    return drawn.borderTopStyle === "none" || parseFloat(drawn.borderTopWidth) === 0;
  }).map(one => one.outerHTML.slice(0, 160))"""
#: Seconds that what would move for ten seconds still moves.
MOVES = """() => {
  const one = document.querySelector("main h1");
  one.style.transition = "opacity 10s";
  return parseFloat(getComputedStyle(one).transitionDuration);
}"""


def _page(browser, address, **how):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **how)
    page = context.new_page()
    page.goto(f"{address}/monster")
    return page


def test_with_forced_colours_the_kinds_of_places_are_told_apart(browser, address):
    page = _page(browser, address, forced_colors="active", reduced_motion="reduce")

    bars = page.evaluate(BARS)

    assert {"settled", "held", "free"} <= bars.keys()
    assert len({tuple(drawn) for drawn in bars.values()}) == len(bars), bars
    page.context.close()


def test_with_forced_colours_what_can_be_pressed_has_a_border(browser, address):
    page = _page(browser, address, forced_colors="active", reduced_motion="reduce")

    assert page.evaluate(BARE) == []
    page.context.close()


def test_with_forced_colours_the_focus_is_seen_and_so_is_where_one_is(browser, address):
    page = _page(browser, address, forced_colors="active", reduced_motion="reduce")

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    here, others = (
        page.locator(which).first.evaluate("one => getComputedStyle(one).borderBlockEndColor")
        for which in ("[aria-current].tab, .tabs [aria-current]", ".tabs a:not([aria-current])")
    )

    assert outline != "none"
    assert here != others
    page.context.close()


def test_nothing_moves_for_who_asked_for_less_motion(browser, address):
    moves, still = (
        _page(browser, address, reduced_motion=how) for how in ("no-preference", "reduce")
    )

    assert moves.evaluate(MOVES) == 10
    assert still.evaluate(MOVES) <= 0.001
    assert still.evaluate("document.getAnimations().length") == 0
    for page in (moves, still):
        page.context.close()
