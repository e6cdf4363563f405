"""Upphandling: offers ranked, plans of what is bought, a very large need, compensation."""

import io
from datetime import timedelta
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response
from markupsafe import Markup

from app.efficient_plot import Words, efficient_plot
from app.formats import number, percent
from app.one_thread import InOneThread
from app.pages.sweden.asked import STATE, file_of, year_of
from app.pages.sweden.weighed import Asked, asked, between, market, needs_of, refused, shown
from app.pages.visit import Reader, Visit
from app.procured_files import points
from app.wording import label
from workflow.accommodation import costs
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError
from workflow.municipalities.sweden import COUNTIES
from workflow.procurement import kept, numbers, planning, steering, surge
from workflow.procurement.compensation import Compensation, compensate, parse, shipped
from workflow.procurement.efficient import bids_of
from workflow.procurement.files import read_claims
from workflow.procurement.kept import NewPlan
from workflow.procurement.market import Bid, digest
from workflow.procurement.planning import Plans
from workflow.procurement.steering import Prices

router = APIRouter(route_class=InOneThread)
#: What has stood empty lately is told of these nights and the one after them.
_LOOKED_BACK: Final = timedelta(days=89)
#: Lines that cannot be used, shown at a time.
MOST_TOLD: Final = 50


@router.get("/upphandling")
def rank(reader: Reader) -> Response:
    """Offers by price, by how well they lie and by what the municipality needs."""
    reader.only(*STATE)
    of = asked(reader)
    ranked = steering.rank(market(reader, of), of.prices)
    until = reader.today - timedelta(days=1)
    slept = costs.costs(reader.session, until - _LOOKED_BACK, until, actor=reader.actor).whole
    return reader.page("se/procurement/ranking.html", **shown(of, ranked=ranked, slept=slept))


@router.get("/upphandling/plan")
def plan(reader: Reader) -> Response:
    """The efficient plans of so many places, and the plans that were kept."""
    reader.only(*STATE)
    return _planned(reader, asked(reader))


@router.post("/upphandling/plan")
def keep(reader: Reader) -> Response:
    """Keep what the address plans."""
    actor, form, of = reader.only(Role.MIGRATION_OFFICER), reader.form, asked(reader)
    title, chosen = form.text("title", required=True), form.number("chosen", required=True)
    if title is None or chosen is None or of.beds is None or form.errors:
        return _planned(reader, of, status_code=reader.again())
    new = NewPlan(
        title,
        of.year,
        of.on,
        of.beds,
        of.prices,
        chosen - 1,
        form.text("reason"),
        form.text("inputs"),
    )
    try:
        with reader.change() as session:
            made = kept.keep(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal, reason__missing="reason")
        return _planned(reader, of, status_code=status)
    return reader.done(f"/upphandling/plan/{made}", "plan_kept")


@router.get("/upphandling/plan/{procurement_plan_id}")
def one(reader: Reader, procurement_plan_id: UUID) -> Response:
    """A plan that was kept, and what has become of the offers it takes."""
    actor = reader.only(*STATE)
    seen = kept.plan(reader.session, procurement_plan_id, actor=actor, at=reader.at)
    of = Asked(seen.heading.year, seen.heading.day, seen.prices, seen.heading.wanted)
    return reader.page(
        "se/procurement/kept.html",
        **shown(of, seen=seen, chart=_drawn(seen.plans, seen.prices, seen.chosen)),
    )


@router.get("/upphandling/stort-behov")
def large_need(reader: Reader) -> Response:
    """What is bought first, what it costs, what stays missing where."""
    reader.only(*STATE)
    of, status, found, scenarios = asked(reader), 200, None, []
    also = reader.asked("aven", needs_of) or []
    if of.beds is not None:
        try:
            there = market(reader, of)
            found = surge.surge(there, of.prices, of.beds)
            scenarios = surge.scenarios(there, of.prices, [of.beds, *also])
        except DomainError as refusal:
            status = refused(reader, refusal)
    return reader.page(
        "se/procurement/surge.html",
        status_code=status,
        **shown(
            of,
            found=found,
            scenarios=scenarios,
            also=", ".join(map(str, also)),
            numbered=[] if found is None else list(enumerate(found.purchases, start=1)),
            counties=COUNTIES,
        ),
    )


@router.get("/upphandling/ersattning")
def compensation(reader: Reader) -> Response:
    """What the numbers of a year are compensated with."""
    actor, year = reader.only(*STATE), year_of(reader)
    rates = parse(shipped())
    claims = numbers.claims(reader.session, year, rates, actor=actor)
    return _compensated(reader, year, compensate(claims, rates))


@router.post("/upphandling/ersattning")
def reckon(reader: Reader) -> Response:
    """What a file of claims comes to; nothing of it is kept."""
    reader.only(*STATE)
    year, content = year_of(reader, reader.form.typed("year")), file_of(reader.form, "file")
    if content is None:
        return _compensated(reader, year, None, status_code=reader.again())
    rates = parse(shipped())
    claims, rejected = read_claims(io.BytesIO(content), rates)
    if rejected:
        reader.form.fault("file", "unusable")
        told = [str(row) for row in rejected[:MOST_TOLD]]
        return _compensated(reader, year, None, told, status_code=reader.again())
    return _compensated(reader, year, compensate(claims, rates), ours=True)


def _compensated(
    reader: Visit,
    year: int,
    found: Compensation | None,
    rejected: list[str] | None = None,
    *,
    ours: bool = False,
    status_code: int = 200,
) -> Response:
    return reader.page(
        "se/procurement/compensation.html",
        status_code=status_code,
        year=year,
        found=found,
        rejected=rejected or [],
        of_file=ours,
        tabs=shown(asked(reader))["tabs"],
    )


def _planned(reader: Visit, of: Asked, *, status_code: int = 200) -> Response:
    actor, found, sha256, pointed, needs = reader.actor, None, None, 0, {}
    bought: list[tuple[Bid, int]] = []
    if of.beds is not None:
        there = market(reader, of)
        sha256 = digest(kept.inputs_of(there, of.prices, of.beds))
        try:
            found = planning.plan(there, of.prices, of.beds)
            shows = reader.asked("visa", between(1, len(found.steps)))
            pointed = found.best if shows is None else shows - 1
            bought, needs = bids_of(there, found.steps[pointed].plan), dict(there.by_code)
        except DomainError as refusal:
            if status_code == 200:
                status_code = refused(reader, refusal)
    return reader.page(
        "se/procurement/plan.html",
        status_code=status_code,
        **shown(
            of,
            found=found,
            numbered=[] if found is None else list(enumerate(found.steps, start=1)),
            sha256=sha256,
            pointed=pointed,
            bought=bought,
            needs=needs,
            chart=None if found is None else _drawn(found, of.prices, pointed),
            kept=kept.kept(reader.session, actor=actor),
            may_keep=actor.role is Role.MIGRATION_OFFICER,
        ),
    )


def _drawn(found: Plans, prices: Prices, chosen: int) -> Markup:
    """The efficient plans as a picture, with what it shows in words."""
    first, last = found.steps[0].plan, found.steps[-1].plan
    measure = label(prices.measure, "evenness")
    told = (
        f"{len(found.steps)} effektiva planer, från {number(first.night_ore / 100)} kr per dygn"
        f" och {percent(first.uneven, 1)} till {number(last.night_ore / 100)} kr per dygn"
        f" och {percent(last.uneven, 1)}"
    )
    words = Words(
        "Effektiva planer",
        "kronor per dygn",
        f"{measure}, procent (lägre är jämnare)",
        f"vald: {number(found.steps[chosen].plan.beds)} platser",
        told,
        ",",
    )
    # Made of numbers and of words of ours, each escaped where it is written.
    return Markup(efficient_plot(words, points(found, chosen)))  # noqa: S704
