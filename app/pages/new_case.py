"""A household becomes a case, in a form that grows by a person at a time."""

from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.form import Form
from app.pages.visit import Reader, Visit
from app.wording import label
from workflow.cases import registration
from workflow.cases.entry import REGISTERS, Entry
from workflow.cases.registration import NewCase, NewPerson
from workflow.cases.states import EntryStatus, Group, Need, Protection, Sex
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, Invalid

router = APIRouter(route_class=InOneThread)

_REGISTERS: Final = tuple(REGISTERS - {Role.SYSTEM})
#: The most one form asks for; a larger household comes over the API or as a file.
MOST: Final = 20
OF_A_PERSON: Final = (
    *("name", "duf_number", "birth_year", "sex", "nationality", "relation"),
    *("languages", "occupation", "education"),
)


@router.get("/ny-sak")
def new(reader: Reader) -> Response:
    """The form, with room for one person."""
    reader.only(*_REGISTERS)
    return _page(reader)


@router.post("/ny-sak")
def register(reader: Reader) -> Response:
    """Register it; `more` asks for room for another person and registers nothing."""
    actor = reader.only(*_REGISTERS)
    form = reader.form
    if form.ticked("more"):
        return _page(reader, people=_people(form) + 1)
    group = form.choice("group", Group, required=True)
    protection = form.choice("address_protection", Protection, required=True)
    persons = [_person(form, number) for number in _filled(form)]
    entry = _entry(form)
    centre = form.text("reception_centre", required=group is Group.RECEPTION_CENTRE)
    complete = [person for person in persons if person is not None]
    if group is None or protection is None or form.errors:
        return _page(reader, status_code=reader.again())
    new_case = NewCase(
        group=group,
        persons=complete,
        departure_country=_country(form, "departure_country"),
        entry=entry,
        needs=[Need(one) for one in form.many("needs") if one in set(Need)],
        reception_centre=centre,
        address_protection=protection,
    )
    try:
        with reader.change() as session:
            case_id, _ = registration.register(session, new_case, actor=actor, at=reader.at)
    except DomainError as refusal:
        _point_to_the_person(form, refusal)
        return _page(reader, status_code=reader.again(refusal))
    return reader.done(f"/saker/{case_id}", "register")


def _people(form: Form) -> int:
    """For how many the form has room."""
    typed = form.typed("people")
    asked = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    return max(1, min(MOST, asked))


def _filled(form: Form) -> list[int]:
    """The first person, and every other one of whom something is written."""
    return [
        number
        for number in range(1, _people(form) + 1)
        if number == 1 or any(form.typed(f"{name}_{number}").strip() for name in OF_A_PERSON)
    ]


def _person(form: Form, number: int) -> NewPerson | None:
    def text(name: str) -> str | None:
        return form.text(f"{name}_{number}")

    _required(form, number, "birth_year", "sex", "nationality")
    born, sex = text("birth_year"), text("sex")
    if born is not None and not (born.isascii() and born.isdigit() and len(born) == 4):
        form.fault(f"birth_year_{number}", "number", "birth_year")
    if sex is not None and sex not in set(Sex):
        form.fault(f"sex_{number}", "choice", "sex")
    nationality = _country(form, f"nationality_{number}", "nationality")
    if form.errors or born is None or sex is None or nationality is None:
        return None
    return NewPerson(
        birth_year=int(born),
        sex=Sex(sex),
        nationality=nationality,
        name=text("name"),
        duf_number=text("duf_number"),
        relation=text("relation"),
        languages=[word for part in (text("languages") or "").split(",") if (word := part.strip())],
        occupation=text("occupation"),
        education=text("education"),
    )


def _required(form: Form, number: int, *names: str) -> None:
    for name in names:
        if not form.typed(f"{name}_{number}").strip():
            form.fault(f"{name}_{number}", "missing", name)


def _country(form: Form, name: str, label_of: str | None = None) -> str | None:
    """Two letters."""
    text = form.text(name)
    if text is None:
        return None
    if not (len(text) == 2 and text.isascii() and text.isalpha()):
        form.fault(name, "country", label_of)
        return None
    return text.upper()


def _entry(form: Form) -> Entry | None:
    """What is known of entry; None where nothing is said."""
    status = form.choice("status", EntryStatus)
    if status is None:
        return None
    source = form.text("source", required=True)
    from_on = form.day("from_on", required=status is EntryStatus.POSSIBLE_FROM)
    permit = form.day("permit_expires_on")
    if source is None or form.errors:
        return None
    try:
        return Entry(status, source=source, from_on=from_on, permit_expires_on=permit)
    except DomainError as refusal:
        form.refused(refusal)
        return None


def _point_to_the_person(form: Form, refusal: DomainError) -> None:
    """A refusal of one person stands at that person's field."""
    if not isinstance(refusal, Invalid):
        return
    match refusal.pointer.strip("/").split("/"):
        case ["persons", position, name] if position.isdigit() and name in OF_A_PERSON:
            filled = _filled(form)
            if int(position) < len(filled):
                code = f"invalid_{name}" if name == "duf_number" else "choice"
                form.fault(f"{name}_{filled[int(position)]}", code, name)


def _page(reader: Visit, *, people: int | None = None, status_code: int = 200) -> Response:
    form = reader.form
    return reader.page(
        "cases/new.html",
        status_code=status_code,
        people=min(MOST, people or _people(form)),
        most=MOST,
        groups=[(one, label(one, "group")) for one in Group],
        sexes=[(one, label(one, "sex")) for one in Sex],
        needs=tuple(Need),
        statuses=[(one, label(one, "entry_status")) for one in EntryStatus],
        protections=[(one, label(one, "protection")) for one in Protection],
    )
