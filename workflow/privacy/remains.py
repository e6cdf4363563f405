"""What stands in a personal column once it is erased."""

from typing import Any

from sqlalchemy import Column, literal, null
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from workflow.privacy.register import Erased


def left(column: Column[Any], how: Erased) -> Any:
    """The value of a column afterwards."""
    match how:
        case Erased.NOTHING:
            return null()
        case Erased.EMPTY_LIST:
            return literal([], ARRAY(Text))
        case Erased.EMPTY_OBJECT:
            return literal({}, JSONB)
        case Erased.DECADE:
            return column // 10 * 10
        case Erased.SOMEWHERE:
            return "ZZ"
        case Erased.A_WORD:
            return "erased"
        case Erased.WITHOUT_PEOPLE:
            return column.op("||")(
                literal({"persons": [], "needs": [], "departure_country": None}, JSONB)
            )
        case _:
            raise AssertionError(how)
