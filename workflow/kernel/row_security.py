"""What commands tell the database's row security (docs/decisions/0013-row-security.md)."""

from uuid import UUID

from sqlalchemy import String, bindparam, func, literal_column, select, true
from sqlalchemy.orm import Session

from workflow.kernel.kept import Kept

#: Sees one case more than a municipality: the one of `bosetting.case`, if it was ever asked.
ANSWER = "bosetting_municipality_answer"

_CURRENT = literal_column("current_user", String)
_ANSWER = Kept(
    select(
        func.set_config("role", literal_column(f"'{ANSWER}'"), true()),
        func.set_config("bosetting.case", bindparam("case", type_=String), true()),
    ).where(literal_column("'bosetting_municipality'") == _CURRENT)
)


def answers_about(session: Session, case_id: UUID) -> None:
    """Let a municipality change the one case its answer is about, until the transaction ends.

    With its no the case leaves it, and a no that is taken back is about a case that has left.
    """
    _ANSWER.row(session, {"case": str(case_id)})
