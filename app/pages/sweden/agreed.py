"""What forms say of places, prices and time, and what is shown before anything is signed."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from fastapi import Response

from app.pages.form import Form
from app.pages.visit import Visit
from app.wording import label
from workflow.accommodation import places, standing
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.signed import CallOffSeen, call_offs
from workflow.accommodation.states import AccommodationKind, Meals, Term
from workflow.accommodation.terms import MOST_ORE, Conditions, last_night
from workflow.kernel.errors import Invalid

#: The field a refusal of new places is about.
FIELDS: Final = {
    "contract__inside_notice": "notice_reason",
    "contract__past_target": "excess_reason",
    "accommodation__too_many_beds": "beds",
    "accommodation__object_full": "beds",
    "call_off__under_full": "under_id",
    "contract__exhausted": "beds",
    "contract__over": "starts_on",
}
_KRONOR: Final = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?")


def words(closed: Iterable[StrEnum], section: str) -> list[tuple[str, str]]:
    """The words of a closed set to choose from."""
    return [(str(one), label(one, section)) for one in closed]


def ore(form: Form, name: str, *, required: bool = False) -> int | None:
    """Kronor as they are typed, in öre."""
    text = form.text(name, required=required)
    if text is None:
        return None
    match = _KRONOR.fullmatch("".join(text.split()).removesuffix("kr"))
    found = None if match is None else int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if found is None or found > MOST_ORE:
        form.fault(name, "kronor")
        return None
    return found


def conditions(form: Form) -> Conditions | None:
    kind = form.choice("accommodation_kind", AccommodationKind, required=True)
    supplier = form.text("supplier", required=True)
    price, meals = ore(form, "price", required=True), form.choice("meals", Meals, required=True)
    meal_ore = ore(form, "meal_price", required=meals is Meals.WHEN_NEEDED)
    if kind is None or supplier is None or price is None or meals is None or form.errors:
        return None
    return Conditions(
        kind,
        supplier,
        price,
        meals,
        form.ticked("pay_when_used"),
        meal_ore if meals is Meals.WHEN_NEEDED else None,
        form.text("reference"),
    )


def time(form: Form) -> tuple[date, date] | None:
    """A first night, and a last one or a term."""
    first = form.day("starts_on", required=True)
    term = form.choice("term", Term)
    last = form.day("ends_on", required=term is None and "ends_on" not in form.errors)
    if first is None or form.errors:
        return None
    try:
        return first, last or last_night(term or Term.ONE_YEAR, first)
    except Invalid as fault:
        form.refused(fault)
        return None


def new_places(
    form: Form, municipality_id: int, when: tuple[date, date], object_id: UUID | None
) -> NewPlaces | None:
    beds = form.number("beds", required=True)
    under_id, told_on = form.id("under_id"), form.day("told_on")
    if beds is None or form.errors:
        return None
    return NewPlaces(
        municipality_id,
        beds,
        *when,
        object_id=object_id,
        under_id=under_id,
        told_on=told_on,
        notice_reason=form.text("notice_reason"),
        excess_reason=form.text("excess_reason"),
    )


def _above(reader: Visit, municipality_id: int) -> list[tuple[str, str]]:
    """Call-offs of a municipality that others can be among: running, and not among any."""
    found = call_offs(
        reader.session, reader.today, municipality_id=municipality_id, actor=reader.actor
    )
    return [(str(one.id), _named(one)) for one in found if one.under_id is None]


def _named(one: CallOffSeen) -> str:
    return f"{one.supplier}, {one.beds} ({one.starts_on} – {one.ends_on})"


def preview(
    reader: Visit,
    new: NewPlaces,
    *,
    action: str,
    back: str,
    title: str,
    status_code: int = 200,
    **beside: Any,
) -> Response:
    """What signing would come to: the numbers before and after, and what takes a word of why.

    Raises:
        Refused, Invalid: it cannot be signed at all.
    """
    seen = places.outlook(reader.session, new, at=reader.at)
    return reader.page(
        "se/contracts/preview.html",
        status_code=status_code,
        action=action,
        back=back,
        title=title,
        new=new,
        seen=seen,
        rows=standing.of_outlook(reader.session, seen, actor=reader.actor),
        above=_above(reader, new.municipality_id),
        sent={
            name: value
            for name, value in reader.form.data.items()
            if isinstance(value, str) and name not in _ASKED_AGAIN
        },
        **beside,
    )


_ASKED_AGAIN: Final = frozenset(
    {"csrf_token", "confirm", "under_id", "told_on", "notice_reason", "excess_reason"}
)
