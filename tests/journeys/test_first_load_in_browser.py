"""What a browser that has never been here fetches, in Chromium: little, and of nobody else."""

from typing import Any, Final

import pytest

from app import signin
from tests.journeys import test_every_page_in_browser as pages
from tests.journeys.test_every_page_in_browser import STRANGER, World
from workflow.kernel.actor import Role

browser, norway = pages.browser, pages.norway
pytestmark = [pytest.mark.browser, pytest.mark.trial]
#: Bytes over the wire, with headers.
MOST: Final = 200_000
READ_FIRST: Final = [
    (STRANGER, "/logg-inn"),
    (STRANGER, "/regler"),
    (Role.CASE_OFFICER, "/oppgaver"),
    (Role.CASE_OFFICER, "/saker"),
    (Role.CASE_OFFICER, "/kommuner"),
    (Role.MUNICIPALITY_WRITER, "/kommune"),
    (Role.TRAVEL_OFFICER, "/reiser"),
]


def fetched(world: World, role: str, path: str) -> dict[str, int]:
    """Addresses and their bytes, of a browser that keeps nothing."""
    context = world.browser.new_context(base_url=world.base)
    if secret := world.secrets[role]:
        context.add_cookies([{"name": signin.COOKIE, "value": secret, "url": world.base}])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    bytes_of: dict[str, int] = {}

    def answered(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["response"]["url"]

    def loaded(event: dict[str, Any]) -> None:
        if (address := addresses.get(event["requestId"])) is not None:
            bytes_of[address] = int(event["encodedDataLength"])

    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", loaded)
    wire.send("Network.enable")
    answer = page.goto(path, wait_until="networkidle")
    assert answer is not None
    assert answer.ok, (role, path)
    context.close()
    return {one: size for one, size in bytes_of.items() if not one.startswith("data:")}


@pytest.mark.parametrize(("role", "path"), READ_FIRST)
def test_the_first_page_is_small_and_asks_nobody_else(norway: World, role: str, path: str):
    found = fetched(norway, role, path)

    assert sum(found.values()) < MOST, sorted(found.items(), key=lambda one: -one[1])
    assert any(address.endswith(".woff2") for address in found)
    assert {address.startswith(norway.base) for address in found} == {True}
