"""The audit, entry by entry."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from app.api.schemas.fields import Answer

_HASH = r"^[0-9a-f]{64}$"


class AuditEntryOut(Answer):
    position: Annotated[
        int, Field(description="Among all entries; give it as `after` for what follows.")
    ]
    subject: Annotated[
        str,
        Field(
            description="Whose chain it stands in.",
            examples=["case:5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"],
        ),
    ]
    seq: Annotated[int, Field(description="Within the chain, from 1, without a gap.")]
    at: Annotated[datetime, Field(description="When, by the application's clock.")]
    recorded_at: Annotated[datetime, Field(description="When, by the database's.")]
    actor: Annotated[str, Field(examples=["user:17"])]
    role: Annotated[str, Field(examples=["municipality_writer"])]
    acting_for: Annotated[
        str | None,
        Field(description="Whose authority, which organisation.", examples=["municipality:12"]),
    ]
    action: Annotated[str, Field(examples=["accept"])]
    refusal: Annotated[
        str | None, Field(description="The code of what stopped it; null where it was done.")
    ]
    reason: Annotated[str | None, Field(description="Null also where it was erased.")]
    reason_erased: bool
    before: Annotated[dict[str, Any] | None, Field(examples=[{"state": "distributed"}])]
    after: Annotated[dict[str, Any] | None, Field(examples=[{"state": "accepted", "version": 3}])]
    request_id: str | None
    previous_hash: Annotated[
        str,
        Field(description="Of the entry before it.", pattern=_HASH, examples=["00" * 32]),
    ]
    hash: Annotated[str, Field(pattern=_HASH, examples=["9f" * 32])]
