"""What Swedish pages read of addresses and forms: a year, a county, a municipality, a file."""

from datetime import date
from typing import Final

from starlette.datastructures import UploadFile

from app.pages.form import Form
from app.pages.visit import Visit
from app.typed import typed_day
from workflow.kernel.actor import COUNTY, MUNICIPALITY, Role
from workflow.kernel.errors import NotFound
from workflow.municipalities.sweden import COUNTIES, Place, place, places

#: Everybody with a part in it.
PARTIES: Final = (Role.MIGRATION_OFFICER, *COUNTY, *MUNICIPALITY, Role.AUDITOR)
STATE: Final = (Role.MIGRATION_OFFICER, Role.AUDITOR)
LARGEST_FILE: Final = 2_000_000


def year_of(reader: Visit, text: str | None = None) -> int:
    """The year asked for, else this one."""
    found = reader.asked("ar", _year) if text is None else _year(text)
    return found or reader.today.year


def _year(text: str) -> int | None:
    found = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return found if 1990 <= found <= 2100 else None


def day_of(reader: Visit, name: str, usual: date) -> tuple[date, str | None]:
    """The day asked for, else the usual one with what could not be read."""
    told = reader.request.query_params.get(name, "")
    if not told:
        return usual, None
    try:
        found = typed_day(told)
    except ValueError:
        return usual, told[:40]
    return (found, None) if 1990 <= found.year <= 2150 else (usual, told[:40])


def county_of(reader: Visit) -> str | None:
    """The county asked for; a board begins with its own."""
    if "lan" not in reader.request.query_params:
        return reader.actor.county
    return reader.asked("lan", {code: code for code in COUNTIES}.get)


def named_in(reader: Visit, number: str) -> Place:
    """The municipality of an address. Raises NotFound."""
    return place(reader.session, number)


def chosen(reader: Visit, form: Form, name: str) -> Place | None:
    """The municipality a form names by number; a fault where it is none."""
    told = form.text(name, required=True)
    if told is None:
        return None
    try:
        return place(reader.session, told.split()[0])
    except NotFound:
        form.fault(name, "choice")
        return None


def options(reader: Visit, county: str | None = None) -> list[tuple[str, str]]:
    """Municipalities to choose from, by number."""
    return [
        (one.number, one.name)
        for one in sorted(places(reader.session), key=lambda one: one.name)
        if county is None or one.county == county
    ]


def file_of(form: Form, name: str) -> bytes | None:
    """A file that was sent, or what stands in the field of that name."""
    sent = form.data.get(name)
    if isinstance(sent, UploadFile):
        content = sent.file.read(LARGEST_FILE + 1)
        if not content or len(content) > LARGEST_FILE:
            form.fault(name, "missing")
            return None
        return content
    text = form.text(name, required=True)
    return None if text is None else text.encode()
