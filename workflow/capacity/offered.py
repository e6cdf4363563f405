"""What a municipality can offer who needs it, registered by itself or by IMDi, also by file.

A rule set that checks a need makes it a hard rule: who needs what is not offered does not go there.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from sqlalchemy import ColumnElement, delete, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.models import MunicipalityService
from workflow.capacity.states import Service
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.tables import RejectedRow, Row, read_table
from workflow.municipalities.models import Municipality

MOST_MINUTES: Final = 600
#: What a municipality may say it offers, languages among it.
MOST_OFFERS: Final = 100
COLUMNS: Final = ("municipality", "service")
OPTIONAL: Final = ("language", "minutes")
#: A language as people write it: letters, and what joins them.
_LANGUAGE: Final = re.compile(r"[^\W\d_]+([ '-][^\W\d_]+)*")
LONGEST_LANGUAGE: Final = 40


@dataclass(frozen=True, slots=True, order=True)
class Offer:
    """One service; `language` of language support only, `minutes` of specialist health only."""

    service: Service
    language: str = ""
    #: How far away; None: in the municipality.
    minutes: int | None = None

    @property
    def code(self) -> str:
        """As plans know it: `specialist_health:35`, `language.tigrinja`."""
        named = f"{self.service}.{self.language}" if self.language else str(self.service)
        return named if self.minutes is None else f"{named}:{self.minutes}"


def offers_of(session: Session, municipality_id: int, *, actor: Actor) -> list[Offer]:
    """What a municipality offers, in order; it is its own, IMDi's and the auditor's to read."""
    rows = session.execute(
        select(
            MunicipalityService.service, MunicipalityService.language, MunicipalityService.minutes
        ).where(MunicipalityService.municipality_id == municipality_id, _whose(actor))
    )
    return sorted(
        (Offer(*row) for row in rows), key=lambda one: (list(Service).index(one.service), one)
    )


def set_offers(
    session: Session,
    municipality_id: int,
    wanted: Collection[Offer],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """All that a municipality offers from now on; what is not among it, it offers no longer.

    Returns how many offers came, went or changed.

    Raises:
        NotAllowed: it is the municipality's own and IMDi's. Invalid: a language or minutes where
            there are none, or missing where there have to be; a service twice; too many.
    """
    own = actor.role in WRITES_PLACES and actor.municipality_id == municipality_id
    if not own and actor.role not in DIRECTORATE | {Role.SYSTEM}:
        raise NotAllowed("services are the municipality's own and IMDi's", role=actor.role)
    checked = _checked(wanted)
    known = {
        (row.service, row.language): Offer(row.service, row.language, row.minutes)
        for row in session.execute(
            select(
                MunicipalityService.service,
                MunicipalityService.language,
                MunicipalityService.minutes,
            )
            .where(MunicipalityService.municipality_id == municipality_id)
            .with_for_update()
        )
    }
    gone = sorted(known.keys() - checked.keys())
    new = [one for key, one in sorted(checked.items()) if known.get(key) != one]
    if not gone and not new:
        return 0
    for service, language in gone:
        session.execute(
            delete(MunicipalityService)
            .where(
                MunicipalityService.municipality_id == municipality_id,
                MunicipalityService.service == service,
                MunicipalityService.language == language,
            )
            .execution_options(synchronize_session=False)
        )
    if new:
        _write(session, municipality_id, new, by=actor.name, at=at)
    change = audit.Change(
        audit.subject(audit.Kind.MUNICIPALITY, municipality_id),
        {"services": sorted(one.code for one in known.values())},
        {"services": sorted(one.code for one in checked.values())},
    )
    audit.record(session, change, "set_services", actor=actor, at=at)
    return len(gone) + len(new)


@dataclass(frozen=True, slots=True)
class OffersImported:
    municipalities: int
    changed: int
    rejected: tuple[RejectedRow, ...]


def import_offers(
    session: Session, file: BinaryIO, *, actor: Actor, at: datetime
) -> OffersImported:
    """All that each municipality of a file offers; those that the file does not name keep theirs.

    The file is `municipality,service[,language][,minutes]`, or the same with semicolons. Of a
    municipality with a line that cannot be used nothing is changed.

    Raises:
        NotAllowed: a municipality brings in its own only. Invalid: no line can be used.
    """
    if not actor.is_municipality and actor.role not in DIRECTORATE | {Role.SYSTEM}:
        raise NotAllowed("services are the municipality's own and IMDi's", role=actor.role)
    id_of = {
        row.number: row.id
        for row in session.execute(
            select(Municipality.number, Municipality.id).where(Municipality.valid_to.is_(None))
        )
    }
    found, rejected = _read(file, id_of)
    spoilt = {line.fields["municipality"] for line, _ in rejected if isinstance(line, Row)}
    changed = 0
    kept = {number: offers for number, offers in sorted(found.items()) if number not in spoilt}
    for number, offers in kept.items():
        changed += set_offers(session, id_of[number], offers, actor=actor, at=at)
    told = sorted((row for _, row in rejected), key=lambda row: row.line)
    if not kept:
        first = f": {told[0]}" if told else ""
        raise Invalid(f"no line can be used{first}", pointer="/text", expected=",".join(COLUMNS))
    return OffersImported(len(kept), changed, tuple(told))


def _read(
    file: BinaryIO, id_of: dict[str, int]
) -> tuple[dict[str, list[Offer]], list[tuple[Row | RejectedRow, RejectedRow]]]:
    found: dict[str, list[Offer]] = defaultdict(list)
    rejected: list[tuple[Row | RejectedRow, RejectedRow]] = []
    for row in read_table(file, delimiter=_delimiter(file), columns=COLUMNS, optional=OPTIONAL):
        if isinstance(row, RejectedRow):
            rejected.append((row, row))
            continue
        offer = _offer(row)
        if row["municipality"] not in id_of:
            wrong = row.rejected(
                "municipality", row["municipality"], expected="a municipality of today"
            )
            rejected.append((row, wrong))
        elif isinstance(offer, RejectedRow):
            rejected.append((row, offer))
        elif any(_key(offer) == _key(one) for one in found[row["municipality"]]):
            rejected.append((row, row.rejected("service", offer.code, expected="each once")))
        else:
            found[row["municipality"]].append(offer)
    return found, rejected


def _delimiter(file: BinaryIO) -> str:
    start = file.tell()
    head = file.readline(1000)
    file.seek(start)
    return ";" if head.count(b";") > head.count(b",") else ","


def _offer(row: Row) -> Offer | RejectedRow:
    text = row["minutes"]
    if text and not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_MINUTES))):
        return row.rejected("minutes", repr(text), expected=f"0 to {MOST_MINUTES}")
    try:
        offer = Offer(Service(row["service"]), row["language"].lower(), int(text) if text else None)
    except ValueError:
        return row.rejected("service", repr(row["service"]), expected=" ".join(Service))
    try:
        _checked([offer])
    except Invalid as wrong:
        return row.rejected(wrong.pointer.removeprefix("/"), offer.code, expected=str(wrong))
    return offer


def _checked(wanted: Collection[Offer]) -> dict[tuple[Service, str], Offer]:
    """By what they are; a language in lower case."""
    if len(wanted) > MOST_OFFERS:
        raise Invalid("too many", pointer="/services", expected=f"at most {MOST_OFFERS}")
    checked: dict[tuple[Service, str], Offer] = {}
    for one in wanted:
        language = one.language.strip().lower()
        if (one.service is Service.LANGUAGE) != bool(language):
            raise Invalid(
                "a language goes with language support, and with nothing else", pointer="/language"
            )
        if language and not (_LANGUAGE.fullmatch(language) and len(language) <= LONGEST_LANGUAGE):
            raise Invalid("no language", pointer="/language", expected="letters")
        if one.minutes is not None and (
            one.service is not Service.SPECIALIST_HEALTH or not 0 <= one.minutes <= MOST_MINUTES
        ):
            raise Invalid(
                "minutes are to specialist health",
                pointer="/minutes",
                expected=f"0 to {MOST_MINUTES}, of specialist health",
            )
        offer = Offer(one.service, language, one.minutes)
        if _key(offer) in checked:
            raise Invalid("the same service twice", pointer="/services", expected="each once")
        checked[_key(offer)] = offer
    return checked


def _key(offer: Offer) -> tuple[Service, str]:
    return offer.service, offer.language


def codes_of(session: Session) -> dict[int, frozenset[str]]:
    """What all municipalities offer, by id, as plans know it; language support of any kind too."""
    found: dict[int, set[str]] = defaultdict(set)
    for here, service, language, minutes in session.execute(
        select(
            MunicipalityService.municipality_id,
            MunicipalityService.service,
            MunicipalityService.language,
            MunicipalityService.minutes,
        )
    ):
        one = Offer(service, language, minutes)
        found[here] |= {one.code} | ({str(Service.LANGUAGE)} if one.language else set())
    return {here: frozenset(codes) for here, codes in found.items()}


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """A merged municipality offers what any of its predecessors did, at the nearest."""
    rows = session.execute(
        select(MunicipalityService).where(
            MunicipalityService.municipality_id.in_([*predecessors, successor_id])
        )
    ).scalars()
    best: dict[tuple[Service, str], MunicipalityService] = {}
    for row in rows:
        key = row.service, row.language
        if key not in best or (row.minutes or 0) < (best[key].minutes or 0):
            best[key] = row
    for (service, language), row in sorted(best.items()):
        offer = Offer(service, language, row.minutes)
        _write(session, successor_id, [offer], by=row.actor, at=row.at)
    session.execute(
        delete(MunicipalityService)
        .where(MunicipalityService.municipality_id.in_(predecessors))
        .execution_options(synchronize_session=False)
    )


def _write(
    session: Session, municipality_id: int, offers: Sequence[Offer], *, by: str, at: datetime
) -> None:
    written = upsert(MunicipalityService).values(
        [
            {
                "municipality_id": municipality_id,
                "service": one.service,
                "language": one.language,
                "minutes": one.minutes,
                "at": at,
                "actor": by,
            }
            for one in offers
        ]
    )
    session.execute(
        written.on_conflict_do_update(
            index_elements=["municipality_id", "service", "language"],
            set_={name: written.excluded[name] for name in ("minutes", "at", "actor")},
        ).execution_options(synchronize_session=False)
    )


def _whose(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL_CASES:
        return true()
    here = actor.municipality_id if actor.is_municipality else None
    return MunicipalityService.municipality_id == here


@dataclass(frozen=True, slots=True)
class OffersSeen:
    """What one municipality offers; nothing where it has registered nothing."""

    number: str
    name: str
    offers: tuple[Offer, ...]


def offers_of_all(session: Session, *, actor: Actor) -> list[OffersSeen]:
    """Every municipality that has registered something, by number; IMDi's and the auditor's."""
    found: dict[tuple[str, str], list[Offer]] = defaultdict(list)
    for number, name, service, language, minutes in session.execute(
        select(
            Municipality.number,
            Municipality.official_name,
            MunicipalityService.service,
            MunicipalityService.language,
            MunicipalityService.minutes,
        )
        .join(Municipality, Municipality.id == MunicipalityService.municipality_id)
        .where(_whose(actor))
        .order_by(Municipality.number, MunicipalityService.service, MunicipalityService.language)
    ):
        found[number, name].append(Offer(service, language, minutes))
    return [OffersSeen(*who, tuple(offers)) for who, offers in found.items()]
