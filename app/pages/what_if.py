"""What if: other requests, places, airports or cut-off, shown beside what is, and kept by name."""

import re
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.form import Form
from app.pages.visit import Reader, Visit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES
from workflow.kernel.errors import DomainError
from workflow.municipalities import queries as register
from workflow.redistribution import what_ifs
from workflow.redistribution.what_if import Changes
from workflow.redistribution.what_ifs import Question

router = APIRouter(route_class=InOneThread)

_PLACES: Final = re.compile(r"([0-9]{4})[ ,;:]+([+-]?[0-9]{1,5})", re.ASCII)
_AIRPORT: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_PART: Final = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{1,3})?", re.ASCII)


@router.get("/hva-om")
def ask(reader: Reader) -> Response:
    """An empty question, and those that are kept."""
    reader.only(*READS_ALL_CASES)
    return _page(reader)


@router.post("/hva-om")
def answer(reader: Reader) -> Response:
    """Show what would follow; kept only where a name is given and it is asked to be kept."""
    actor = reader.only(*READS_ALL_CASES)
    asked = _question(reader.form)
    keeps = reader.form.typed("step") == "keep"
    name = reader.form.text("name", required=keeps)
    if asked is None or reader.form.errors:
        return _page(reader, status_code=reader.again())
    try:
        if keeps and name is not None:
            reader.only(*DIRECTORATE)
            with reader.change() as session:
                made = what_ifs.keep(session, name, asked, actor=actor, at=reader.at)
            return reader.done(f"/hva-om/{made}", "what_if_kept", name=name)
        outcome = what_ifs.calculate(reader.session, asked, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    return _page(reader, outcome=outcome)


@router.get("/hva-om/{what_if_id}")
def kept(reader: Reader, what_if_id: UUID) -> Response:
    """One that is kept, as it came out then, beside what it comes to now."""
    actor = reader.only(*READS_ALL_CASES)
    found = what_ifs.one(reader.session, what_if_id, actor=actor)
    now = what_ifs.calculate(reader.session, found.question, actor=actor, at=reader.at)
    return reader.page(
        "what_if/kept.html", kept=found, names=_names(reader), changed=now != found.outcome
    )


def _question(form: Form) -> Question | None:
    """What was typed; faults are told at their fields."""
    part = form.text("per_cent")
    least = form.number("least")
    before = form.day("before")
    per_cent = None
    if part is not None:
        plain = part.replace(",", ".").replace("\N{MINUS SIGN}", "-").replace("%", "").strip()
        if _PART.fullmatch(plain):
            per_cent = Fraction(plain)
        else:
            form.fault("per_cent", "invalid_per_cent")
    more = {}
    for line in (form.text("more_places") or "").splitlines():
        if found := _PLACES.fullmatch(line.strip()):
            more[found[1]] = int(found[2])
        elif line.strip():
            form.fault("more_places", "invalid_more_places")
    closed = (form.text("airports_closed") or "").upper().replace(",", " ").split()
    if not all(_AIRPORT.fullmatch(one) for one in closed):
        form.fault("airports_closed", "invalid_airports_closed")
    if form.errors:
        return None
    changes = Changes(
        per_cent, least or 0, form.ticked("decisions_follow"), more, frozenset(closed)
    )
    return Question(changes, before)


def _names(reader: Visit) -> dict[str, str]:
    return {
        one.number: one.official_name
        for one in register.all_in_force(reader.session, on=reader.today, actor=reader.actor)
    }


def _page(
    reader: Visit, *, outcome: dict[str, Any] | None = None, status_code: int = 200
) -> Response:
    actor = reader.actor
    return reader.page(
        "what_if/ask.html",
        status_code=status_code,
        outcome=outcome,
        kept=what_ifs.kept(reader.session, actor=actor),
        names=_names(reader) if outcome else {},
        may=actor.role in DIRECTORATE,
    )
