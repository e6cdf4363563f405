"""The Swedish demonstration: September 2022, 290 municipalities, numbers decided in June.

Populations and people are invented, larger where the counties' numbers of 2022 are larger
(docs/sweden.md); the same seed gives the same ones.
"""

import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.languages import TEMPLATES
from app.models import User
from app.scenario import sweden_accommodation
from app.scenario.load import LOADED
from workflow.allocation import counts, excess, keys, runs, statistics, swaps, targets
from workflow.allocation.decisions import Decision
from workflow.allocation.fulfilment import fulfilment
from workflow.allocation.states import VersionKind
from workflow.allocation.statistics import NewStatistics
from workflow.dialogue import log
from workflow.dialogue.log import NewEntry
from workflow.dialogue.states import ContactChannel, Party
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import OSLO
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.keys.parameters import ready
from workflow.municipalities.sweden import Place, ensure_register, places
from workflow.reports import reading, reports
from workflow.reports.figures import Cost
from workflow.reports.reports import NewReport
from workflow.reports.states import COUNTRY, CostKind, ReportKind

STARTS_AT: Final = datetime(2022, 9, 12, 8, tzinfo=OSLO)
YEAR: Final = 2022
DEFAULT_SEED: Final = 2022
SWEDEN: Final = "sweden"
#: What Migrationsverket may assign in 2022 (28 June 2022).
TOTAL: Final = 23_500
#: Numbers of the counties for 2022 under bosättningslagen, as sizes to go by.
SIZES: Final = dict(
    zip(
        (
            *("01", "03", "04", "05", "06", "07", "08", "09", "10", "12", "13"),
            *("14", "17", "18", "19", "20", "21", "22", "23", "24", "25"),
        ),
        (
            *(1795, 276, 136, 341, 255, 86, 187, 63, 90, 921, 330),
            *(1301, 246, 202, 131, 239, 144, 109, 119, 261, 268),
        ),
        strict=True,
    )
)
#: Where a county's people are most, by the number of the municipality.
SEATS: Final = frozenset(
    {"0180", "0380", "0484", "0580", "0680", "0780", "0880", "0980", "1080", "1280", "1380"}
    | {"1480", "1780", "1880", "1980", "2081", "2180", "2281", "2380", "2480", "2580"}
)
_POPULATION: Final = 10_450_000
_JUNE, _JULY, _AUGUST = date(2022, 6, 17), date(2022, 7, 31), date(2022, 8, 31)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / "scenario" / "sweden.toml").read_text("utf-8"))


def fill(
    session: Session, seed: int = DEFAULT_SEED, *, acquiring: Collection[str] = tuple(SIZES)
) -> None:
    """Play the summer of 2022: key, numbers, swaps, counts, accommodation, dialogue.

    Args:
        acquiring: the counties in which there is accommodation.
    """
    words, draw = _words()["words"], Random(seed)  # noqa: S311  invented figures
    ensure_register(session, at=_at(date(2022, 4, 1)))
    register = places(session)
    people = _users(session, register)
    officer = people[Role.MIGRATION_OFFICER, None]
    spring, decided = _at(date(2022, 4, 13)), _at(_JUNE)
    lived = _figures(register, draw)
    new = NewStatistics(words["statistics"], words["statistics_source"], date(2022, 3, 31))
    set_id = statistics.take_in(session, new, _table(register, lived), actor=officer, at=spring)
    for name in ready():
        keys.store_ready(session, name, actor=officer, at=spring)
    key_id = keys.store_ready(session, "se-2022", actor=officer, at=spring)
    run = runs.run(
        session,
        key_id=key_id,
        statistics_id=set_id,
        year=YEAR,
        total=TOTAL,
        actor=officer,
        at=decided,
    )
    first = Decision(VersionKind.FIRST, _JUNE, _JUNE + timedelta(28), run_id=run)
    numbers = targets.of_run(session, run, actor=officer)
    targets.decide(session, YEAR, numbers, first, actor=officer, at=decided)
    _change(session, register, officer, words)
    _count(session, register, draw, officer, words)
    found = _words()["accommodation"]
    sweden_accommodation.fill(session, register, found, acquiring, year=YEAR, officer=officer)
    _swap(session, register, people, words)
    _talk(session, register, people)
    _report(session, officer, words)
    publish(session, Event(LOADED, facts={"seed": seed, "figures": SWEDEN}), at=STARTS_AT)


def _at(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=OSLO)


def _users(session: Session, register: list[Place]) -> dict[tuple[Role, str | None], Actor]:
    """The ready users; the first of each role and organisation acts in the past."""
    ids = {place.number: place.id for place in register}
    actors: dict[tuple[Role, str | None], Actor] = {}
    for one in _words()["user"]:
        role, number = Role(one["role"]), one.get("municipality")
        county = one.get("county")
        user = session.execute(
            insert(User)
            .values(
                name=one["name"],
                title=one["title"],
                role=role,
                municipality_id=ids.get(number),
                county=county,
                demo=True,
            )
            .returning(User.id)
        ).scalar_one()
        actor = Actor(
            one["name"], role, municipality_id=ids.get(number), user_id=user, county=county
        )
        actors.setdefault((role, number or county), actor)
    return actors


def _figures(register: list[Place], draw: Random) -> dict[str, dict[str, float]]:
    """By municipality: how many live there, work, were received, are there already."""
    weights: dict[str, float] = {}
    for county in SIZES:
        inside = [place.number for place in register if place.county == county]
        for number in inside:
            weights[number] = draw.uniform(0.35, 1.6) ** 2
        seat = next(number for number in inside if number in SEATS)
        others = sum(weights[number] for number in inside if number != seat)
        weights[seat] = max(1.0, 0.62 * others)
        whole = sum(weights[number] for number in inside)
        for number in inside:
            weights[number] *= SIZES[county] / whole
    whole = sum(weights.values())
    return {number: _of(draw, _POPULATION * weights[number] / whole) for number in sorted(weights)}


def _of(draw: Random, population: float) -> dict[str, float]:
    return {
        "population": round(population),
        "employment": round(draw.uniform(0.72, 0.86), 3),
        "received": round(population * draw.uniform(0.0002, 0.004)),
        "asylum_seekers": round(population * draw.uniform(0, 0.003)),
        "own_housing": round(population * draw.triangular(0, 0.0016, 0.0003)),
        "procured": round(population * draw.choice((0, 0, 0, 0.0008, 0.002))),
    }


def _table(register: list[Place], lived: Mapping[str, Mapping[str, float]]) -> bytes:
    columns = list(next(iter(lived.values())))
    lines = [",".join(("code", *columns))]
    lines += [
        ",".join((place.number, *(str(lived[place.number][name]) for name in columns)))
        for place in register
    ]
    return "\n".join(lines).encode()


def _change(
    session: Session, register: list[Place], officer: Actor, words: Mapping[str, str]
) -> None:
    """One number is put right, a few are lowered; something goes over to 2023."""
    ids = {place.number: place.id for place in register}
    stand, july = targets.standing(session, YEAR), _at(date(2022, 7, 4))
    right = Decision(
        VersionKind.CORRECTION, july.date(), date(2022, 8, 15), reason=words["correction"]
    )
    here = ids["1715"]
    targets.decide(session, YEAR, {here: stand[here] + 4}, right, actor=officer, at=july)
    august = _at(date(2022, 8, 22))
    lower = Decision(
        VersionKind.REVISION, august.date(), date(2022, 9, 1), reason=words["revision"]
    )
    fewer = {ids[number]: stand[ids[number]] * 9 // 10 for number in ("0180", "1280", "1480")}
    targets.decide(session, YEAR, fewer, lower, actor=officer, at=august)
    reason = words["carry"]
    targets.carry_over(session, YEAR + 1, ids["1264"], -2, reason=reason, actor=officer, at=august)


def _count(
    session: Session,
    register: list[Place],
    draw: Random,
    officer: Actor,
    words: Mapping[str, str],
) -> None:
    """People counted in July and August; some municipalities are full, a few past their number."""
    stand = targets.standing(session, YEAR)
    pace = {place.id: draw.triangular(0.02, 1.15, 0.33) for place in register}
    for day, part in ((_JULY, 0.45), (_AUGUST, 1.0)):
        lines = ["code,legal_basis,permit,unaccompanied,housing,persons"]
        for place in register:
            there = stand[place.id] * pace[place.id] * part
            lines += _lines_of(place, round(there), draw)
        table = "\n".join(lines).encode()
        source, at = words["count_source"], _at(day, 15)
        counts.take_in(session, day, source, table, actor=officer, at=at)
    past = [one for one in fulfilment(session, YEAR, actor=officer).municipalities if one.fill.past]
    for one in past[::2]:
        excess.explain_count(
            session,
            YEAR,
            one.municipality.id,
            reason=words["excess"],
            actor=officer,
            at=_at(date(2022, 9, 5)),
        )


def _lines_of(place: Place, persons: int, draw: Random) -> list[str]:
    assigned = persons * 2 // 3
    beside = {
        "temporary_protection,1,0,municipal": assigned,
        "temporary_protection,1,0,facility": persons - assigned,
        "temporary_protection,1,0,own": round(persons * draw.uniform(0.3, 1.4)),
        "temporary_protection,0,0,facility": round(persons * draw.uniform(0, 0.1)),
        "temporary_protection,1,1,municipal": draw.choice((0, 0, 0, 1, 3)),
        "asylum_seeker,0,0,facility": round(persons * draw.uniform(0, 0.5)),
    }
    return [f"{place.number},{category},{many}" for category, many in beside.items() if many]


def _swap(
    session: Session,
    register: list[Place],
    people: Mapping[tuple[Role, str | None], Actor],
    words: Mapping[str, str],
) -> None:
    """In Värmland: one confirmed, one that waits for the board, one for Karlstad's answer."""
    ids = {place.number: place.id for place in register}
    karlstad = people[Role.MUNICIPALITY_WRITER, "1780"]
    arvika = people[Role.MUNICIPALITY_WRITER, "1784"]
    board = people[Role.COUNTY_BOARD, "17"]

    def propose(persons: int, reason: str, day: int) -> Any:
        return swaps.propose(
            session,
            year=YEAR,
            giver_id=ids["1780"],
            taker_id=ids["1784"],
            persons=persons,
            reason=words[reason],
            actor=arvika,
            at=_at(date(2022, 9, day)),
        )

    done, agreed = propose(12, "swap_done", 1), propose(6, "swap_agreed", 6)
    propose(5, "swap_proposed", 9)
    swaps.agree(session, done, actor=karlstad, at=_at(date(2022, 9, 2)))
    swaps.confirm(session, done, actor=board, at=_at(date(2022, 9, 5)))
    swaps.agree(session, agreed, actor=karlstad, at=_at(date(2022, 9, 8)))


def _talk(
    session: Session,
    register: list[Place],
    people: Mapping[tuple[Role, str | None], Actor],
) -> None:
    ids = {place.number: place.id for place in register}
    officer, today = people[Role.MIGRATION_OFFICER, None], STARTS_AT.date()
    for one in _words()["dialogue"]:
        held_on = today - timedelta(one["days_ago"])
        follows = one.get("follow_up_in")
        new = NewEntry(
            held_on=held_on,
            party=Party(one["party"]),
            channel=ContactChannel(one["channel"]),
            participants=one["participants"],
            proposal=one["proposal"],
            county=one.get("county"),
            municipality_id=ids.get(one.get("municipality", "")),
            answer=one.get("answer"),
            follow_up_on=None if follows is None else today + timedelta(follows),
        )
        log.write(session, new, actor=officer, at=_at(held_on, 16))


def _report(session: Session, officer: Actor, words: Mapping[str, str]) -> None:
    """A joint report of July that every board signed, and a draft of the latest one."""
    at, then = _at(date(2022, 8, 8)), STARTS_AT - timedelta(hours=16)
    joint = NewReport(
        ReportKind.INTERIM,
        words["report_joint"],
        YEAR,
        _JULY,
        words["report_recipients"],
        due_on=date(2022, 8, 10),
        costs=[Cost(CostKind.ADMINISTRATION, 7_250_000)],
    )
    made = reports.draft(session, joint, actor=officer, at=at)
    for part in reading.parts_of(session, made, actor=officer):
        if part.county != COUNTRY:
            board = Actor(words["report_signer"], Role.COUNTY_BOARD, county=part.county)
            text = words["report_text"]
            reports.sign(session, made, part.county, text, sha256=part.sha256, actor=board, at=at)
    stockholm = Actor(words["report_signer"], Role.COUNTY_COORDINATOR, county="01")
    reports.coordinate(session, made, version=1, actor=stockholm, at=at)
    reports.freeze(session, made, version=2, actor=officer, at=at)
    late = _at(date(2022, 8, 12))
    reports.hand_over(session, made, late.date(), version=3, actor=officer, at=late)
    running = NewReport(
        ReportKind.RUNNING, words["report_running"], YEAR, _AUGUST, words["report_recipients"]
    )
    reports.draft(session, running, actor=officer, at=then)
