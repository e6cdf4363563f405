"""The refusals of an operation, as the OpenAPI document tells them."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from app.problems import MEDIA_TYPE


class Fault(BaseModel):
    """One thing wrong with the input."""

    pointer: Annotated[
        str,
        Field(
            description="JSON pointer into the body (RFC 6901), or the name of a parameter.",
            examples=["/settlement_week"],
        ),
    ]
    detail: str


class Problem(BaseModel):
    """RFC 9457. The facts of the refusal stand beside these as further members."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(examples=["/problems/places.none_free"])]
    title: str
    status: int
    detail: Annotated[str, Field(description="In the reader's language, with the facts.")]
    code: Annotated[str, Field(examples=["places.none_free"])]
    next: Annotated[str | None, Field(description="What to do next.")] = None
    errors: Annotated[list[Fault] | None, Field(description="Of 422.")] = None


Responses = dict[int | str, dict[str, Any]]

_MEANING: Final = {
    401: "No token, or one that holds no longer: `sign_in.required`.",
    403: "Your role does not do this: `actor.not_allowed`; or your token: `token.reads_only`.",
    404: "It does not exist, or not for you: `not_found`.",
    409: "A rule says no; nothing has changed.",
    412: "Somebody changed it since you read it: `stale`.",
    413: "The body is too large: `request.too_large`.",
    422: "The input is malformed: `input.invalid`, with `errors`.",
    428: "If-Match is missing: `precondition.required`.",
    429: "Too many tokens that do not hold came from there: `tries.too_many`, with Retry-After.",
    503: "It cannot be told now: `database.away`, `token.issuer_away`, with Retry-After.",
}


def refusals(*statuses: int, codes: str = "", malformed: str = "") -> Responses:
    """Documented refusals.

    Args:
        codes: of a 409, beside `busy`, which any change can meet.
        malformed: further codes of a 422.
    """
    return {status: _told(status, codes, malformed) for status in (401, *statuses, 429, 503)}


def changes(*statuses: int, codes: str = "", malformed: str = "") -> Responses:
    """The refusals of a change."""
    told = refusals(403, 409, 413, 422, *statuses, codes=codes, malformed=malformed)
    return dict(sorted(told.items()))


def changes_as_read(*statuses: int, codes: str = "", malformed: str = "") -> Responses:
    """The refusals of a change that says what it has read."""
    return changes(404, 412, 428, *statuses, codes=codes, malformed=malformed)


def _told(status: int, codes: str, malformed: str) -> dict[str, Any]:
    further = {409: f"{codes} busy", 422: malformed}.get(status, "").split()
    named = f" {', '.join(f'`{code}`' for code in further)}." if further else ""
    return {
        "description": _MEANING[status] + named,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
