"""Everything that can be wrong with an address or a header of a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.journeys.stage import Stage

NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"


@dataclass(frozen=True)
class Astray:
    """A request that is right but for its address or a header."""

    what: str
    sent: dict[str, Any]
    statuses: set[int]


def astray(stage: Stage, told: Mapping[str, Any]) -> list[Astray]:
    """Everything that can be wrong around the body of what the document tells of."""
    names = {one["name"] for one in told.get("parameters", ())} | {"Authorization"}
    return [
        *(
            Astray(
                f"{name} {other[:50]!r} for {right}",
                {"address": stage.address_with(**{name: other})},
                statuses,
            )
            for name, right in stage.at.items()
            for other, statuses in ADDRESSES[name].items()
        ),
        *(
            Astray(
                f"{name} {value[:30]!r}, {len(value)} bytes",
                {"headers": {name.lower(): value}},
                {status},
            )
            for name, status, values in HEADERS
            if name in names
            for value in values
        ),
    ]


HEADERS = (
    (
        "Authorization",
        401,
        (b"Bearer", b"Basic eDp4", b"Bearer \xe6", b"Bearer x", b"Bearer " * 2000),
    ),
    ("If-Match", 412, (b"", b"nonsense", b'"x"', b'"case-99999999999999999999"', b'"\xe6"')),
    ("If-Match", 422, (b'"x"' * 1000, b'"y"' * 1000, b'"x"' * 500, b"x" * 3000, b'W/"x"' * 900)),
    ("Idempotency-Key", 422, (b"", b"a b", b"x" * 256, b"\xe6", b"x y z")),
)
_IDENTIFIERS = {
    "x": {422},
    "5d2f7a0e": {422},
    "%00": {422},
    "%ED%A0%80": {422},
    "%FF": {422},
    "9" * 5000: {422},
    NOBODY: {404},
}
_WHOLE_NUMBERS = {"x": {422}, "0": {422}, "-1": {422}, "1.5": {422}, "9" * 5000: {422}}
ADDRESSES: dict[str, dict[str, set[int]]] = {
    **dict.fromkeys(
        (
            *("case_id", "person_id", "booking_id", "distribution_id"),
            *("vacancy_id", "letter_id", "run_id", "approval_id"),
            *("webhook_id", "wish_id", "draft_id", "what_if_id", "related_case_id"),
            "preparation_id",
        ),
        _IDENTIFIERS,
    ),
    **dict.fromkeys(
        (
            *("measure_id", "user_id", "delegation_id", "erasure_id", "grant_id"),
            *("notice_id", "recipient_id", "delivery_id", "pause_id", "limit_id"),
        ),
        _WHOLE_NUMBERS | {"99999999": {404}},
    ),
    "webhook_delivery_id": {"x": {422}, "0": {422}, "-1": {422}, "99999999": {404}},
    "duty": {"x": {422}, "%00": {422}, "9" * 5000: {422}},
    "action": {"x": {422}, "%00": {422}, "9" * 5000: {422}},
    "number": {
        "51": {422},
        "12345": {422},
        "%D9%A0%D9%A3%D9%A0%D9%A1": {422},
        "%00301": {422},
        "0301%0A": {422},
        "9998": {404},
    },
    "year": _WHOLE_NUMBERS | {"1800": {422}, "2101": {422}},
    "case_number": {"x": {422}, "2020-99999": {422}, "%00": {422}, "2020-999999": {404}},
}
