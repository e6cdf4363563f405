"""Ties between cases."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas.cases import CaseNumber
from app.api.schemas.fields import Answer, Body
from workflow.cases.states import TieKind, TieReach
from workflow.cases.ties import WHOLE

Strength = Annotated[
    int,
    Field(
        strict=True,
        ge=1,
        le=WHOLE,
        description="Per cent. 100: all there, or none. Less, of near: how far a plan goes.",
    ),
]


class TieIn(Body):
    kind: TieKind
    reach: Annotated[
        TieReach, Field(description="In one municipality, or near: in one county.")
    ] = TieReach.ONE
    strength: Strength = WHOLE


class TieOut(Answer):
    case_id: UUID
    case_number: CaseNumber
    kind: TieKind
    reach: TieReach
    strength: Strength
