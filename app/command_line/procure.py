"""`bosetting procure`: offers ranked, plans of so many beds, a surge, compensation; from files."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Never, TypeVar

import typer

if TYPE_CHECKING:
    from workflow.kernel.errors import DomainError
    from workflow.procurement.market import Market
    from workflow.procurement.steering import Prices

Found = TypeVar("Found")
_KRONOR = "Kronor for a place and a night"


def _file(metavar: str, told: str) -> Any:
    return typer.Option(exists=True, dir_okay=False, readable=True, metavar=metavar, help=told)


Offers = Annotated[
    Path,
    _file(
        "O.csv",
        "Columns offer,code,beds,price[,name][,object][,min_beds][,free_beds][,points]"
        "[,pay_when_used][,meal]; the price is kronor for a place and a night.",
    ),
]
Targets = Annotated[
    Path,
    _file("T.csv", "Columns code,target[,name][,county][,procured]; what `key compute` writes."),
]
Out = Annotated[Path, typer.Option(dir_okay=False, help="Written whole.")]
Location = Annotated[
    str, typer.Option(metavar="KR", help=f"{_KRONOR} for each point of 100 it lies worse.")
]
Evenness = Annotated[
    str, typer.Option(metavar="KR", help=f"{_KRONOR} for each percentage point of unevenness.")
]
Occupancy = Annotated[int, typer.Option(min=1, max=100, help="Of 100 places, those slept in.")]
Meals = Annotated[
    bool,
    typer.Option("--meals", help="All who sleep there are given meals, where they are paid apart."),
]
MeasureName = Annotated[
    str, typer.Option(metavar="NAME", help="deviations_share, fill_range or gini.")
]
Beds = Annotated[int, typer.Option(min=1, max=1_000_000, help="Places to buy.")]


def add_to(cli: typer.Typer) -> None:
    procure = typer.Typer(
        help="Sweden: accommodation bought by price, evenness and capacity, from files alone.",
        no_args_is_help=True,
    )
    for command in (rank, plan, surge, compensation):
        procure.command(command.__name__)(command)
    cli.add_typer(procure, name="procure")


def rank(
    *,
    offers: Offers,
    targets: Targets,
    out: Out,
    location_price: Location = "0.50",
    evenness_price: Evenness = "1",
    occupancy: Occupancy = 100,
    measure: MeasureName = "deviations_share",
    meals: Meals = False,
) -> None:
    """Offers by price, by how well they lie and by what the municipality needs."""
    from app import procured_files
    from workflow.procurement import steering

    prices = _prices(location_price, evenness_price, occupancy, measure, meals=meals)
    market = _market(offers, targets)
    ranked = steering.rank(market, prices)
    _written(procured_files.ranking(ranked), out)
    print(f"{len(ranked)} of {len(market.bids)} offers, in {out}: {_said(prices)}")


def plan(
    *,
    offers: Offers,
    targets: Targets,
    beds: Beds,
    out: Annotated[Path, typer.Option(dir_okay=False, help="What the best plan buys.")],
    efficient: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Every efficient plan as a table.")
    ] = None,
    chart: Annotated[
        Path | None, typer.Option(dir_okay=False, metavar="SVG", help="Them drawn.")
    ] = None,
    location_price: Location = "0.50",
    evenness_price: Evenness = "1",
    occupancy: Occupancy = 100,
    measure: MeasureName = "deviations_share",
    meals: Meals = False,
) -> None:
    """So many places at the best trade-off of cost and evenness, and what else is efficient."""
    from app import procured_files
    from app.planning_output import write_text
    from workflow.procurement import planning

    prices = _prices(location_price, evenness_price, occupancy, measure, meals=meals)
    market = _market(offers, targets)
    found = _reckoned(lambda: planning.plan(market, prices, beds), offers, targets)
    _written(procured_files.bought(market, prices, found.chosen), out)
    if efficient is not None:
        _written(procured_files.efficient(found), efficient)
    if chart is not None:
        _whole(lambda: write_text(chart, procured_files.drawn(found, prices)), chart)
    best = found.chosen
    print(
        f"{best.beds} places for {procured_files.kronor(best.night_ore)} kr a night, "
        f"{prices.measure} {procured_files.percent(found.uneven_before)} % becomes "
        f"{procured_files.percent(best.uneven)} %; {len(found.steps)} efficient plans "
        f"({found.method}): {_said(prices)}"
    )


def surge(
    *,
    offers: Offers,
    targets: Targets,
    beds: Beds,
    out: Annotated[Path, typer.Option(dir_okay=False, help="What is bought, in turn.")],
    missing: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="What stays missing in each municipality and county."),
    ] = None,
    also: Annotated[
        list[int] | None,
        typer.Option(min=1, max=1_000_000, help="A need to compare with; may be said again."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="The needs beside each other: places, cost, missing."),
    ] = None,
    location_price: Location = "0.50",
    evenness_price: Evenness = "1",
    occupancy: Occupancy = 100,
    measure: MeasureName = "deviations_share",
    meals: Meals = False,
) -> None:
    """A very large need: what is bought first, what it costs, and what stays missing where."""
    from app import procured_files
    from workflow.procurement import surge as scenario

    prices = _prices(location_price, evenness_price, occupancy, measure, meals=meals)
    market = _market(offers, targets)
    found = _reckoned(lambda: scenario.surge(market, prices, beds), offers, targets)
    needs = scenario.scenarios(market, prices, [beds, *(also or ())]) if also or compare else []
    _written(procured_files.purchases(found, prices), out)
    if missing is not None:
        _written(procured_files.missing(found), missing)
    if compare is not None:
        _written(procured_files.compared(needs), compare)
    for one in needs:
        print(
            f"{one.wanted}: {one.beds} places for {procured_files.kronor(one.night_ore)} kr a "
            f"night, {one.missing} nobody offers, {procured_files.percent(one.uneven)} %"
        )
    print(
        f"{found.beds} places of {found.wanted} for {procured_files.kronor(found.night_ore)} kr "
        f"a night, {found.missing} nobody offers; {prices.measure} "
        f"{procured_files.percent(found.uneven_before)} % becomes "
        f"{procured_files.percent(found.uneven)} %: {_said(prices)}"
    )


def compensation(
    claims: Annotated[
        Path,
        _file("C.csv", "Columns code,kind,quantity,since[,until][,name][,printed]; printed is kr."),
    ],
    out: Out,
    rates: Annotated[
        Path | None, _file("R.toml", "Other rates than those the program comes with.")
    ] = None,
) -> None:
    """Flat-rate compensation, every line reckoned anew; what was printed is only set beside it."""
    from app import procured_files
    from workflow.procurement import compensation as flat_rates
    from workflow.procurement.errors import ProcurementUnusable
    from workflow.procurement.files import read_claims

    text = flat_rates.shipped() if rates is None else _text(rates)
    try:
        dated = flat_rates.parse(text)
    except ProcurementUnusable as refusal:
        _, _, where = refusal.pointer.partition("/rates/")
        at, _, name = where.partition("/")
        row = f" [[rates]] no. {int(at) + 1}: {name}:" if at.isdigit() else ""
        _stop([f"{rates}:{row} {refusal.message}{_expected(refusal)}"])
    told, rejected = read_claims(_bytes(claims), dated)
    if rejected:
        _stop(f"{claims}:{row}" for row in rejected)
    found = flat_rates.compensate(told, dated)
    _written(procured_files.amounts(found), out)
    for claim, ore in found.disagreeing():
        printed = procured_files.kronor(claim.printed_ore or 0)
        print(
            f"{claims}:{claim.line}: printed {printed}, comes to {procured_files.kronor(ore)}",
            file=sys.stderr,
        )
    print(
        f"{procured_files.kronor(found.ore)} kr to {len(found.by_municipality)} municipalities "
        f"in {len(found.amounts)} lines, in {out}"
    )


def _prices(location: str, evenness: str, occupancy: int, measure: str, *, meals: bool) -> "Prices":
    from workflow.procurement.files import ore_of
    from workflow.procurement.states import Measure
    from workflow.procurement.steering import Prices

    told = {}
    for name, text in (("location", location), ("evenness", evenness)):
        ore = ore_of(text)
        if ore is None:
            _stop([f"--{name}-price: expected kronor, like 1 or 0.50"])
        told[f"{name}_ore"] = ore
    if measure not in set(Measure):
        _stop([f"--measure: expected one of {', '.join(Measure)}"])
    prices = Prices(**told, occupancy=occupancy, measure=Measure(measure), meals=meals)
    prices.check()
    return prices


def _market(offers: Path, targets: Path) -> "Market":
    from workflow.procurement.files import read_bids, read_needs
    from workflow.procurement.market import Market

    needs, wrong = read_needs(_bytes(targets))
    if wrong:
        _stop(f"{targets}:{row}" for row in wrong)
    bids, wrong = read_bids(_bytes(offers), [one.code for one in needs])
    if wrong:
        _stop(f"{offers}:{row}" for row in wrong)
    return Market.of(bids, needs)


def _reckoned(reckon: Callable[[], Found], offers: Path, targets: Path) -> Found:
    """What cannot be reckoned is said with the file it stands in."""
    from workflow.procurement.errors import ProcurementUnusable, TooFewBeds

    try:
        return reckon()
    except TooFewBeds as refusal:
        offered, wanted = refusal.facts["offered"], refusal.facts["wanted"]
        _stop([f"{offers}: {offered} places can be bought at most, --beds asks for {wanted}"])
    except ProcurementUnusable as refusal:
        file = targets if refusal.pointer == "/needs" else offers
        _stop([f"{file}: {refusal.message}{_expected(refusal)}"])


def _expected(refusal: "DomainError") -> str:
    told = refusal.facts.get("expected")
    return "" if told is None else f", expected {told}"


def _bytes(path: Path) -> io.BytesIO:
    """All of it, for a pipe is read but once."""
    return io.BytesIO(path.read_bytes())


def _said(prices: "Prices") -> str:
    """The prices everything was weighed by, so that none is hidden."""
    from app.procured_files import kronor

    return (
        f"location {kronor(prices.location_ore)} kr a point, evenness "
        f"{kronor(prices.evenness_ore)} kr a percentage point, {prices.occupancy} % slept in"
        f"{', with meals' if prices.meals else ''}"
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        _stop([f"{path}: expected UTF-8 text"])


def _written(table: Any, out: Path) -> None:
    from app.procured_files import write

    _whole(lambda: write(out, table), out)


def _whole(write: Any, out: Path) -> None:
    try:
        write()
    except OSError as fault:
        _stop([f"{out}: cannot be written: {fault.strerror}"])


def _stop(sentences: Iterator[str] | list[str]) -> Never:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    raise typer.Exit(1)
