"""A report as PDF/A and as a workbook, of its stored parts alone, with small numbers hidden."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.languages import speaking
from app.letters.rendering import environment, fonts, lay_out
from app.spreadsheets import Sheet, Value, as_book
from app.wording import label
from workflow.reports.reading import PartSeen, ReportSeen
from workflow.reports.reconciling import Difference, differences
from workflow.reports.states import COUNTRY

SWEDISH: Final = "sv"
#: What stands where a number is hidden.
HIDDEN: Final = "··"


@dataclass(frozen=True, slots=True)
class Line:
    """A municipality, a county or the country, as it may be published; None is hidden."""

    number: str
    name: str
    target: int | None
    in_the_number: int | None
    own_housing: int | None
    #: In a final report: where it began and what changed.
    opening_target: int | None = None
    target_changes: int | None = None
    opening_people: int | None = None

    @property
    def share(self) -> float | None:
        if not self.target or self.in_the_number is None:
            return None
        return self.in_the_number / self.target

    @property
    def people_changes(self) -> int | None:
        if self.opening_people is None or self.in_the_number is None:
            return None
        return self.in_the_number - self.opening_people


@dataclass(frozen=True, slots=True)
class Contracts:
    """What a county's places under contract, or the country's, have cost until the day, in öre."""

    number: str
    name: str
    figures: dict[str, Any]

    @property
    def opening_ore(self) -> int | None:
        since = self.figures.get("since")
        return since["whole_ore"]["opening"] if since else None

    @property
    def changes_ore(self) -> int | None:
        since = self.figures.get("since")
        return since["whole_ore"]["changes"] if since else None


@dataclass(frozen=True, slots=True)
class Written:
    """What page, PDF and workbook tell."""

    report: ReportSeen
    whole: dict[str, Any]
    country: Line
    counties: Sequence[Line]
    municipalities: Sequence[Line]
    #: County by county; of an interim report, signed.
    parts: Sequence[PartSeen]
    differences: Sequence[Difference]
    #: The country and the counties with places under contract.
    contracts: Sequence[Contracts] = ()


def written(report: ReportSeen, parts: Sequence[PartSeen]) -> Written:
    figures = {one.county: one.figures for one in parts}
    whole = figures[COUNTRY]
    began = whole["opening"]
    lines = [
        _line(line)
        for code, part in sorted(figures.items())
        if code != COUNTRY
        for line in part["municipalities"]
    ]
    return Written(
        report,
        whole,
        _sum(COUNTRY, "Sverige", whole["sums"], began["sums"] if began else None),
        [_sum(one["county"], one["name"], one["sums"], None) for one in whole["counties"]],
        lines,
        [one for one in parts if one.county != COUNTRY],
        differences(figures),
        [
            Contracts(number, name, paid)
            for number, name, paid in (
                (COUNTRY, "Sverige", whole.get("contracts")),
                *((one["county"], one["name"], one.get("contracts")) for one in whole["counties"]),
            )
            if paid
        ],
    )


def _line(line: dict[str, Any]) -> Line:
    since = line.get("since") or {}
    return Line(
        line["number"],
        line["name"],
        line["target"],
        line["published_in_the_number"],
        line["published_own_housing"],
        since.get("target"),
        since.get("target_changes"),
        since.get("published_in_the_number"),
    )


def _sum(number: str, name: str, sums: dict[str, Any], began: dict[str, Any] | None) -> Line:
    changes = (sums["target"] or 0) - (began["target"] or 0) if began else None
    return Line(
        number,
        name,
        sums["target"],
        sums["published_in_the_number"],
        sums["published_own_housing"],
        began["target"] if began else None,
        changes,
        began["published_in_the_number"] if began else None,
    )


def html(told: Written) -> str:
    with speaking(SWEDISH):
        page = environment().get_template("reports/report.html")
        return page.render(told=told, fonts=fonts(), label=label, hidden=HIDDEN)


def pdf(told: Written) -> bytes:
    """Tagged PDF/A-2a. Its words are the same each time, its bytes are not: fonts carry a date."""
    return lay_out(html(told))


def workbook(told: Written) -> bytes:
    """Summary, counties, municipalities, costs and signatures, a sheet each."""
    with speaking(SWEDISH):
        return as_book(_sheets(told))


def _sheets(told: Written) -> Iterator[Sheet]:
    report, whole = told.report, told.whole
    yield (
        "Sammanfattning",
        ("Uppgift", "Värde"),
        [
            ("Redovisning", label(report.kind, "report_kind")),
            ("Rubrik", report.title),
            ("Dag", report.day),
            ("Mottagare", report.recipients),
            ("Tillstånd", label(report.state, "report_state")),
            ("SHA-256", report.sha256),
            ("Räkning den", whole["count"]["day"]),
            ("Räkningens SHA-256", whole["count"]["sha256"]),
            *((label(name, "evenness"), value) for name, value in whole["evenness"].items()),
            ("Skillnad mot delredovisningen", report.difference_reason),
        ],
    )
    for name, lines in (
        ("Län", [told.country, *told.counties]),
        ("Kommuner", told.municipalities),
    ):
        yield name, _COLUMNS, [_row(one) for one in lines]
    yield (
        "Kostnader",
        ("Vad", "Kronor", "Vid delredovisningen"),
        [
            (label(one["what"], "cost_kind"), one["kronor"], one["opening"])
            for one in whole["costs"]
        ],
    )
    yield (
        "Avtal",
        _OF_CONTRACTS,
        [
            (
                one.number,
                one.name,
                *(one.figures[name] for name in ("place_nights", "known", "used", "empty")),
                *(
                    None if (ore := one.figures.get(name)) is None else ore / 100
                    for name in (
                        *("committed_ore", "when_used_ore", "empty_ore", "meals_ore"),
                        *("whole_ore", "ahead_ore"),
                    )
                ),
                *(ore if ore is None else ore / 100 for ore in (one.opening_ore, one.changes_ore)),
            )
            for one in told.contracts
        ],
    )
    yield (
        "Underskrifter",
        ("Län", "Namn", "Undertecknat av", "Undertecknat", "Länets ord"),
        [
            (
                one.county,
                one.name,
                one.signed_by,
                one.signed_at.date() if one.signed_at else None,
                one.text,
            )
            for one in told.parts
        ],
    )


_COLUMNS: Final = (
    "Kod",
    "Namn",
    "Fördelningstal",
    "I talet",
    "Eget boende",
    "Fördelningstal vid delredovisningen",
    "Ändring av talet",
    "I talet vid delredovisningen",
    "Förändring",
)

_OF_CONTRACTS: Final = (
    *("Kod", "Namn", "Platsnätter", "Kända", "Använda", "Tomma"),
    *("Bundet, kr", "Vid användning, kr", "Därav tomma, kr", "Måltider, kr", "Summa, kr"),
    "Bundet framåt, kr",
    *("Vid delredovisningen, kr", "Därefter, kr"),
)


def _row(one: Line) -> Sequence[Value]:
    return (
        one.number,
        one.name,
        one.target,
        HIDDEN if one.in_the_number is None else one.in_the_number,
        HIDDEN if one.own_housing is None else one.own_housing,
        one.opening_target,
        one.target_changes,
        one.opening_people,
        one.people_changes,
    )
