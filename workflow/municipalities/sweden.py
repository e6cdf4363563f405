"""Sweden's counties and municipalities: the register that comes with the program, and its storing.

A municipality's first two digits are its county's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import NotFound
from workflow.kernel.tables import RejectedRow, read_table
from workflow.municipalities.alphabet import sort_key
from workflow.municipalities.models import Municipality, MunicipalityName

#: By their two digits, as the law lists them.
COUNTIES: Final[Mapping[str, str]] = {
    "01": "Stockholms län",
    "03": "Uppsala län",
    "04": "Södermanlands län",
    "05": "Östergötlands län",
    "06": "Jönköpings län",
    "07": "Kronobergs län",
    "08": "Kalmar län",
    "09": "Gotlands län",
    "10": "Blekinge län",
    "12": "Skåne län",
    "13": "Hallands län",
    "14": "Västra Götalands län",
    "17": "Värmlands län",
    "18": "Örebro län",
    "19": "Västmanlands län",
    "20": "Dalarnas län",
    "21": "Gävleborgs län",
    "22": "Västernorrlands län",
    "23": "Jämtlands län",
    "24": "Västerbottens län",
    "25": "Norrbottens län",
}
#: Whose board coordinates the others (Ju2022/01220).
COORDINATING: Final = "01"
#: Since then the municipalities are these 290 (Knivsta 2003; Heby changed county in 2007).
VALID_FROM: Final = date(2007, 1, 1)


@dataclass(frozen=True, slots=True)
class SwedishMunicipality:
    number: str
    name: str

    @property
    def county(self) -> str:
        return county_of(self.number)

    @property
    def county_name(self) -> str:
        return COUNTIES[self.county]


def county_of(number: str) -> str:
    """The county's two digits."""
    return number[:2]


def in_order(name: str) -> str:
    """Sorts as Swedes expect in plain byte order: å ä ö after z, where Norwegians have æ ø å."""
    return sort_key(name.casefold().translate(_AS_NORWEGIANS))


_AS_NORWEGIANS: Final = str.maketrans("åäö", "æøå")


@cache
def shipped() -> tuple[SwedishMunicipality, ...]:
    """The 290, in the order of their numbers."""
    file = BytesIO(files("workflow.municipalities").joinpath("data", _FILE).read_bytes())
    rows = []
    for row in read_table(file, delimiter=",", columns=("number", "name")):
        if isinstance(row, RejectedRow):
            raise ValueError(f"a shipped file is damaged: {row}")  # noqa: TRY004  not its type
        rows.append(SwedishMunicipality(row["number"], row["name"]))
    return tuple(rows)


_FILE: Final = "municipalities_se.csv"


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality of the register in the database."""

    id: int
    number: str
    name: str

    @property
    def county(self) -> str:
        return county_of(self.number)

    @property
    def county_name(self) -> str:
        return COUNTIES[self.county]


def places(session: Session) -> list[Place]:
    """Those there are, in the order of their numbers. The register is public."""
    rows = session.execute(
        select(Municipality.id, Municipality.number, Municipality.official_name)
        .where(Municipality.valid_to.is_(None))
        .order_by(Municipality.number)
    )
    return [Place(*row) for row in rows]


def place(session: Session, number: str) -> Place:
    """Raises NotFound."""
    row = session.execute(
        select(Municipality.id, Municipality.number, Municipality.official_name).where(
            Municipality.valid_to.is_(None), Municipality.number == number
        )
    ).one_or_none()
    if row is None:
        raise NotFound("municipality")
    return Place(*row)


def place_of(session: Session, municipality_id: int) -> Place:
    """Raises NotFound."""
    row = session.execute(
        select(Municipality.id, Municipality.number, Municipality.official_name).where(
            Municipality.id == municipality_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("municipality")
    return Place(*row)


def ensure_register(session: Session, *, at: datetime) -> int:
    """Store the register where no municipality is; returns how many were stored."""
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    if session.scalar(select(exists(select(Municipality.id)))):
        return 0
    stored = store(session, shipped())
    changed = audit.Change(
        audit.subject(audit.Kind.SETTING, "register"), after={"municipalities": stored}
    )
    audit.record(session, changed, "store_register", actor=SYSTEM, at=at)
    return stored


_ONE_AT_A_TIME: Final = 0x6B6F6D6D


def store(session: Session, municipalities: Iterable[SwedishMunicipality]) -> int:
    rows = [
        {
            "number": one.number,
            "official_name": one.name,
            "norwegian_name": one.name,
            "county": one.county_name,
            "valid_from": VALID_FROM,
        }
        for one in municipalities
    ]
    session.execute(
        insert(Municipality),
        [row | {"sort_key": in_order(str(row["official_name"]))} for row in rows],
    )
    ids = {
        number: its for its, number in session.execute(select(Municipality.id, Municipality.number))
    }
    session.execute(
        insert(MunicipalityName),
        [row | {"municipality_id": ids[str(row["number"])]} for row in rows],
    )
    return len(rows)
