"""What a Swedish deployment changes: keys, targets, swaps, counts, dialogue, reports."""

from datetime import date
from functools import partial
from itertools import count
from uuid import UUID

from sqlalchemy.orm import Session

from tests import swedish
from tests.journeys.stage import Stage, Stages
from tests.swedish import NOW, agency, board, coordinator, decided, statistics_of, sweden, writer
from workflow.allocation import keys, swaps, targets
from workflow.allocation.states import VersionKind
from workflow.dialogue import log
from workflow.dialogue.log import NewEntry
from workflow.dialogue.states import ContactChannel, Party
from workflow.reports import reading, reports
from workflow.reports.reports import NewReport
from workflow.reports.states import ReportKind

STAGES = Stages()
TABLE = "code,population,own_housing\n1780,90000,40\n1784,26000,12\n"
COUNT = "code,legal_basis,permit,unaccompanied,housing,persons\n"
_years = count(2030)


def a_year(session: Session) -> int:
    """A year of its own, with Värmland's numbers."""
    year = next(_years)
    decided(session, year=year, told_on=date(year, 1, 1), effective_on=date(year, 3, 1))
    return year


def a_swap(session: Session, *, agreed: bool = False, county: str = "17") -> str:
    ids, year = sweden(session), a_year(session)
    giver, taker = ids["1780"], ids["1784"]
    made = swaps.propose(
        session,
        year=year,
        giver_id=giver,
        taker_id=taker,
        persons=3,
        reason="Lediga lägenheter",
        actor=writer(taker),
        at=NOW,
    )
    if agreed:
        swaps.agree(session, made, actor=writer(giver), at=NOW)
    return str(made)


def an_entry(session: Session, **other: object) -> str:
    new = NewEntry(
        held_on=NOW.date(),
        party=Party.MUNICIPALITY,
        channel=ContactChannel.TELEPHONE,
        participants="Karin Kommun",
        proposal="Tjugo platser",
        municipality_id=sweden(session)["1780"],
        follow_up_on=NOW.date(),
        **other,  # type: ignore[arg-type]
    )
    return str(log.write(session, new, actor=agency(), at=NOW))


@STAGES.of("storeKey")
def _(session: Session) -> Stage:
    sweden(session)
    return Stage(agency(), "/keys", body={"parameters": swedish.KEY.replace("ours", "theirs")})


@STAGES.of("takeInStatistics")
def _(session: Session) -> Stage:
    sweden(session)
    body = {"title": "Folkmängd", "source": "SCB", "day": "2021-12-31", "table": TABLE}
    return Stage(agency(), "/statistics", body=body)


@STAGES.of("computeKey")
def _(session: Session) -> Stage:
    set_id = statistics_of(session, {"1780": (9, 4), "1784": (5, 0)}, "population", "own_housing")
    key_id = keys.store(session, swedish.KEY, actor=agency(), at=NOW)
    body = {"key_id": key_id, "statistics_id": set_id, "year": 2022, "total": 40}
    return Stage(agency(), "/key-runs", body=body)


@STAGES.of("computeFromUnusedPlaces")
def _(session: Session) -> Stage:
    body = {"year": a_year(session) + 1, "total": 300}
    return Stage(agency(), "/key-runs/from-unused-places", body=body)


@STAGES.of("decideTargets")
def _(session: Session, to: str = "versions") -> Stage:
    sweden(session)
    body = {
        "kind": "first",
        "told_on": "2022-06-01",
        "effective_on": "2022-06-10",
        "numbers": [{"municipality_number": "1780", "persons": 227}],
        "reason": "Ny prognos",
        "may_raise": True,
        "notice_reason": "Brådskande",
    }
    return Stage(agency(), f"/targets/{{year}}/{to}", {"year": next(_years)}, body)


STAGES.of("previewTargets")(partial(STAGES["decideTargets"], to="outlook"))


@STAGES.of("carryOver")
def _(session: Session) -> Stage:
    sweden(session)
    body = {"municipality_number": "1780", "persons": -3, "reason": "Räknefel"}
    return Stage(agency(), "/targets/{year}/carry-overs", {"year": next(_years)}, body)


@STAGES.of("explainExcess")
def _(session: Session) -> Stage:
    year = a_year(session)
    swedish.counted(session, {"1782": 2, "1780": 1})
    body = {"municipality_number": "1782", "reason": "Anhöriga"}
    return Stage(agency(), "/targets/{year}/excess", {"year": year}, body)


@STAGES.of("setNotice")
def _(session: Session) -> Stage:
    sweden(session)
    return Stage(agency(), "/municipalities/{number}/notice", {"number": "1780"}, {"days": 42})


@STAGES.of("countPeople")
def _(session: Session) -> Stage:
    sweden(session)
    table = f"{COUNT}1780,temporary_protection,1,0,municipal,12\n"
    body = {"day": "2022-05-01", "source": "Migrationsverket", "table": table}
    return Stage(agency(), "/people-counts", body=body)


@STAGES.of("proposeSwap")
def _(session: Session) -> Stage:
    body = {
        "year": a_year(session),
        "giver_number": "1780",
        "taker_number": "1784",
        "persons": 5,
        "reason": "Lediga lägenheter",
    }
    return Stage(writer(sweden(session)["1784"]), "/target-swaps", body=body)


@STAGES.of("agreeSwap")
def _(session: Session) -> Stage:
    at = {"target_swap_id": a_swap(session)}
    who = writer(sweden(session)["1780"])
    return Stage(who, "/target-swaps/{target_swap_id}/agree", at, {"version": 1})


@STAGES.of("confirmSwap")
def _(session: Session) -> Stage:
    at = {"target_swap_id": a_swap(session, agreed=True)}
    return Stage(board(), "/target-swaps/{target_swap_id}/confirm", at, {"version": 2})


@STAGES.of("declineSwap")
def _(session: Session) -> Stage:
    at = {"target_swap_id": a_swap(session)}
    body = {"version": 1, "answer": "Ryms inte"}
    return Stage(board(), "/target-swaps/{target_swap_id}/decline", at, body)


@STAGES.of("writeDialogue")
def _(session: Session) -> Stage:
    sweden(session)
    body = {
        "held_on": "2022-06-01",
        "party": "municipality",
        "channel": "telephone",
        "county": "17",
        "municipality_number": "1780",
        "participants": "Karin Kommun",
        "proposal": "Tjugo platser",
        "answer": "Ja",
        "follow_up_on": "2022-07-01",
    }
    return Stage(board(), "/dialogue", body=body)


@STAGES.of("answerDialogue")
def _(session: Session) -> Stage:
    at = {"dialogue_entry_id": an_entry(session)}
    who = writer(sweden(session)["1780"])
    body = {"version": 1, "text": "Det går bra"}
    return Stage(who, "/dialogue/{dialogue_entry_id}/answer", at, body)


@STAGES.of("followUpDialogue")
def _(session: Session) -> Stage:
    at = {"dialogue_entry_id": an_entry(session)}
    return Stage(board(), "/dialogue/{dialogue_entry_id}/follow-up", at, {"version": 1})


def a_report(session: Session, kind: ReportKind = ReportKind.RUNNING, *, step: int = 0) -> str:
    """A draft; 1: signed by every board, 2: coordinated, 3: frozen."""
    year = a_year(session)
    swedish.counted(session, {"1782": 2, "1780": 1})
    new = NewReport(kind, "Läget", year, NOW.date(), "Justitiedepartementet")
    made = reports.draft(session, new, actor=agency(), at=NOW)
    for one in reading.parts_of(session, made, actor=agency())[1:] if step else ():
        who = board(one.county)
        reports.sign(session, made, one.county, "Bra", sha256=one.sha256, actor=who, at=NOW)
    if step > 1:
        reports.coordinate(session, made, version=1, actor=coordinator(), at=NOW)
    if step > 2:
        reports.freeze(session, made, version=2, actor=agency(), at=NOW)
    return str(made)


@STAGES.of("beginReport")
def _(session: Session) -> Stage:
    opening = a_report(session, ReportKind.INTERIM, step=3)
    body = {
        "kind": "final",
        "opening_id": opening,
        "title": "Slutredovisning",
        "year": reading.report(session, UUID(opening), actor=agency()).year,
        "day": "2022-06-02",
        "recipients": "Justitiedepartementet",
        "due_on": "2022-06-01",
        "costs": [{"what": "accommodation", "kronor": 1200000}],
    }
    return Stage(agency(), "/reports", body=body)


@STAGES.of("signReportPart")
def _(session: Session) -> Stage:
    made = a_report(session, ReportKind.INTERIM)
    part = reading.part(session, UUID(made), "17", actor=board())
    body = {"sha256": part.sha256, "text": "Länsstyrelsen står bakom uppgifterna."}
    at = {"report_id": made, "county": "17"}
    return Stage(board(), "/reports/{report_id}/parts/{county}/sign", at, body)


@STAGES.of("coordinateReport")
def _(session: Session) -> Stage:
    at = {"report_id": a_report(session, ReportKind.INTERIM, step=1)}
    return Stage(coordinator(), "/reports/{report_id}/coordinate", at, {"version": 1})


@STAGES.of("freezeReport")
def _(session: Session) -> Stage:
    body = {"version": 1, "difference_reason": "Rättat"}
    return Stage(agency(), "/reports/{report_id}/freeze", {"report_id": a_report(session)}, body)


@STAGES.of("handOverReport")
def _(session: Session) -> Stage:
    at = {"report_id": a_report(session, ReportKind.INTERIM, step=3)}
    body = {"version": 3, "on": "2022-06-01"}
    return Stage(agency(), "/reports/{report_id}/hand-over", at, body)


def a_raise(session: Session, year: int) -> None:
    """Another version of a year."""
    ids = sweden(session)
    how = targets.Decision(VersionKind.CORRECTION, NOW.date(), NOW.date(), reason="Fel")
    targets.decide(session, year, {ids["1780"]: 1}, how, actor=agency(), at=NOW)
