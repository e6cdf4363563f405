"""Parameters that many operations share."""

from typing import Annotated, Final

from fastapi import Depends, Header, Path, Query, Request

from app.problems import spoken
from workflow.kernel.paging import LARGEST_PAGE, USUAL_PAGE

Limit = Annotated[
    int, Query(ge=1, le=LARGEST_PAGE, description="Rows of one page.", examples=[USUAL_PAGE])
]
Cursor = Annotated[
    str | None,
    Query(max_length=1000, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before."),
]
NumberInPath = Annotated[
    str,
    Path(pattern=r"^[0-9]{4}$", description="The municipality's number.", examples=["0301"]),
]
YearInPath = Annotated[int, Path(ge=1990, le=2100, description="Calendar year.", examples=[2020])]
YearInQuery = Annotated[
    int | None,
    Query(ge=1990, le=2100, description="Calendar year; by default the current.", examples=[2020]),
]
NumberInQuery = Annotated[
    str | None, Query(pattern=r"^[0-9]{4}$", description="A municipality's number.")
]

CountyInQuery = Annotated[
    str | None, Query(pattern=r"^[0-9]{2}$", description="A county's two digits.")
]


RESPOND_ASYNC: Final = "respond-async"
Prefer = Annotated[
    str | None,
    Header(
        max_length=200,
        description="`respond-async`: what may take long is made beside the request (RFC 7240).",
        examples=[RESPOND_ASYNC],
    ),
]


def prefers_async(prefer: str | None) -> bool:
    """Whether `respond-async` is among the preferences, whatever stands beside it."""
    told = (prefer or "").lower().split(",")
    return RESPOND_ASYNC in {one.split(";")[0].strip() for one in told}


async def _spoken(request: Request) -> str:
    return spoken(request.headers.get("accept-language"))


#: The language of sentences in an answer: the best of Accept-Language that we have words in.
Language = Annotated[str, Depends(_spoken)]
