"""Letters of the yearly request: one for each municipality and number that has none yet (R01)."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.errors import NotAllowed
from workflow.letters.errors import NothingToSend
from workflow.letters.languages import of_municipality
from workflow.letters.models import Letter
from workflow.letters.states import LetterKind, Recipient
from workflow.municipalities.models import Municipality

_minors = aliased(PlaceAccount)
#: The last request of an account: the adjusted one where there is one.
_LAST_ON = func.coalesce(PlaceAccount.adjusted_request_on, PlaceAccount.original_request_on)
_SOURCE = func.concat(
    "request:",
    PlaceAccount.id,
    ":",
    _LAST_ON,
    ":",
    func.coalesce(PlaceAccount.adjusted_request, PlaceAccount.original_request),
)
_WITHOUT_LETTER = (
    select(
        _SOURCE.label("source"),
        PlaceAccount.municipality_id,
        PlaceAccount.original_request,
        PlaceAccount.adjusted_request,
        func.coalesce(_minors.adjusted_request, _minors.original_request).label("minors"),
        Municipality.letter_language,
    )
    .join(Municipality, Municipality.id == PlaceAccount.municipality_id)
    .outerjoin(
        _minors,
        and_(
            _minors.municipality_id == PlaceAccount.municipality_id,
            _minors.year == PlaceAccount.year,
            _minors.pool == Pool.MINORS,
        ),
    )
    .where(
        PlaceAccount.pool == Pool.ORDINARY,
        PlaceAccount.original_request.is_not(None) | PlaceAccount.adjusted_request.is_not(None),
        Municipality.valid_to.is_(None),
        ~exists().where(Letter.source == _SOURCE),
    )
    .order_by(Municipality.number)
)


def without_letter(session: Session, year: int, *, actor: Actor) -> int:
    """How many municipalities have a request of the year that no letter tells of."""
    _only_lead(actor)
    wanted = _WITHOUT_LETTER.where(PlaceAccount.year == year).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(wanted)) or 0


def write_requests(
    session: Session, year: int, *, window: timedelta, actor: Actor, at: datetime
) -> int:
    """Make the letters of a year's requests; again makes those that have come since.

    Returns:
        How many were made.

    Raises:
        NotAllowed: requests are the lead's. NothingToSend: each has its letter.
    """
    _only_lead(actor)
    rows = session.execute(_WITHOUT_LETTER.where(PlaceAccount.year == year)).all()
    letters = [
        {
            "source": row.source,
            "kind": LetterKind.REQUEST
            if row.adjusted_request is None
            else LetterKind.ADJUSTED_REQUEST,
            "recipient": Recipient.MUNICIPALITY,
            "municipality_id": row.municipality_id,
            "holder_id": row.municipality_id,
            "facts": {
                "at": at.isoformat(),
                "year": year,
                "original": row.original_request,
                "adjusted": row.adjusted_request,
                "minors": row.minors,
            },
            "language": of_municipality(row.letter_language),
            "by_hand": False,
            "made_at": at,
            "leaves_at": at + window,
        }
        for row in rows
    ]
    made = (
        session.scalars(
            upsert(Letter).values(letters).on_conflict_do_nothing().returning(Letter.id)
        ).all()
        if letters
        else []
    )
    if not made:
        raise NothingToSend(year)
    audit.record_all(
        session,
        [audit.Change(audit.subject(Kind.LETTER, one), None, {"year": year}) for one in made],
        "letter.make",
        actor=actor,
        at=at,
    )
    return len(made)


def _only_lead(actor: Actor) -> None:
    if actor.role is not Role.LEAD:
        raise NotAllowed("requests to municipalities are the lead's", role=actor.role)
