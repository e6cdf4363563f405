"""What everybody may read in a Swedish deployment: help, method, refusals, accessibility, data."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader
from app.wording import explain, table
from workflow.kernel.errors import NotFound

router = APIRouter(route_class=InOneThread)


@router.get("/problems/{code}")
def problem(reader: Reader, code: str) -> Response:
    """What a refusal means: the address its `type` names."""
    if code not in table("sv")["problem"]:
        raise NotFound("problem")
    return reader.page("public/problem.html", explanation=explain(code))


@router.get("/regler")
def method(reader: Reader) -> Response:
    """How a number comes about, in words."""
    return reader.page("se/public/method.html")


@router.get("/hjelp")
def help_page(reader: Reader) -> Response:
    return reader.page("se/public/help.html")


@router.get("/kontakt")
def contacts(reader: Reader) -> Response:
    return reader.page("se/public/contacts.html")


@router.get("/tilgjengelighet")
def accessibility(reader: Reader) -> Response:
    return reader.page("se/public/accessibility.html")


@router.get("/personvern")
def privacy(reader: Reader) -> Response:
    return reader.page("se/public/privacy.html")
