"""Rule sets compared over a replayed year: one HTML page with its plots in it, or Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.plots import line_plot
from workflow.planning.simulation import Scenario, Year


@dataclass(frozen=True, slots=True)
class Compared:
    scenario: Scenario
    #: Name of the rule set → its year.
    years: Mapping[str, Year]
    #: Score had every case been known at the start and every answer been yes; None without scores.
    hindsight: float | None


def figures(compared: Compared) -> dict[str, dict[str, float | int | None]]:
    """By rule set, as the table shows them."""
    answer: dict[str, dict[str, float | int | None]] = {}
    for name, year in compared.years.items():
        counts, last = year.counts, year.seen[-1]
        weeks = counts.waited_weeks / counts.placements if counts.placements else None
        part = last.score / compared.hindsight if compared.hindsight else None
        answer[name] = {
            "placed_persons": year.placed_persons,
            "settled_persons": last.settled_persons,
            "waiting_persons": year.waiting_persons,
            "deviation_pp": round(last.deviation_pp, 4),
            "score": None if compared.hindsight is None else round(last.score, 4),
            "score_of_hindsight": None if part is None else round(part, 4),
            "placements": counts.placements,
            "declined": counts.declined,
            "withdrawn": counts.withdrawn,
            "back_at_former": counts.back_at_former,
            "flights_cancelled": counts.cancelled,
            "permits_lapsed": counts.lapsed,
            "weeks_waited": None if weeks is None else round(weeks, 3),
        }
    return answer


#: What each figure is, for who reads the report.
_WORDS = {
    "placed_persons": "Persons settled or on their way",
    "settled_persons": "Persons settled",
    "waiting_persons": "Persons waiting at the end",
    "deviation_pp": "Deviation of used shares, percentage points",
    "score": "Score",
    "score_of_hindsight": "Part of the hindsight score",
    "placements": "Times a case was put to a municipality",
    "declined": "Declined",
    "withdrawn": "Withdrawn",
    "back_at_former": "Put back to the former municipality",
    "flights_cancelled": "Flights cancelled",
    "permits_lapsed": "Permits that ran out",
    "weeks_waited": "Weeks waited for a municipality, mean",
}


def _plots(compared: Compared) -> list[str]:
    across = list(range(1, compared.scenario.weeks + 1))
    years = compared.years.items()
    plots: dict[str, dict[str, list[float]]] = {
        "Persons settled, by week": {n: [w.settled_persons for w in y.seen] for n, y in years},
        "Persons waiting, by week": {n: [w.waiting_persons for w in y.seen] for n, y in years},
        "Deviation of used shares, percentage points": {
            n: [w.deviation_pp for w in y.seen] for n, y in years
        },
    }
    if compared.hindsight is not None:
        plots["Score so far"] = {n: [w.score for w in y.seen] for n, y in years}
    return [line_plot(title, across, lines) for title, lines in plots.items()]


def _rows(compared: Compared) -> list[tuple[str, list[str]]]:
    by_name = figures(compared)
    shown = [key for key in _WORDS if any(row[key] is not None for row in by_name.values())]
    return [(_WORDS[key], [_said(row[key]) for row in by_name.values()]) for key in shown]


def _said(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _setting(compared: Compared) -> Sequence[str]:
    scenario = compared.scenario
    chances = scenario.chances
    size = (
        f"{len(scenario.inputs.cases):,} cases, {len(scenario.inputs.municipalities):,} "
        f"municipalities, {scenario.weeks} weeks from {scenario.begins.isoformat()}."
    )
    lives = (
        f"A municipality says yes to {chances.accepted:.0%} after {chances.answer_weeks} weeks "
        f"unless the file says otherwise; {chances.withdrawn:.0%} of accepted cases are "
        f"withdrawn and come back after {chances.back_weeks} weeks, {chances.entry_known:.0%} of "
        f"them on track A; {chances.cancelled:.0%} of flights are cancelled and go "
        f"{chances.delay_weeks} weeks later."
    )
    alike = (
        "Every rule set meets the same chances: they are drawn from the seed, the case and the "
        "municipality alone. What is replayed is a model, not what happened."
    )
    return size, lives, alike


def _rules(compared: Compared) -> list[tuple[str, str]]:
    return [
        (
            name,
            f"version {year.rules.version}: {year.rules.method} ({year.rules.apportionment}), "
            + ", ".join(
                f"{key} {value}"
                for key, value in year.rules.to_mapping().items()
                if key not in {"version", "method", "apportionment"}
            ),
        )
        for name, year in compared.years.items()
    ]


def as_html(compared: Compared) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in compared.years)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(words)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for words, cells in _rows(compared)
    )
    rules = "".join(f"<dt>{escape(n)}</dt><dd>{escape(t)}</dd>" for n, t in _rules(compared))
    setting = "".join(f"<p>{escape(sentence)}</p>" for sentence in _setting(compared))
    plots = "\n".join(f"<figure>{plot}</figure>" for plot in _plots(compared))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Rule sets compared</title>
<style>
body {{ font-family: sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ border-bottom: 1px solid #ccc; padding: .3rem .8rem; text-align: right; }}
th[scope=row] {{ text-align: left; font-weight: normal; }}
figure {{ margin: 2rem 0; }}
svg {{ width: 100%; height: auto; }}
</style>
</head>
<body>
<h1>Rule sets compared over a replayed year</h1>
{setting}
<table>
<caption>At the end of the year</caption>
<thead><tr><td></td>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
{plots}
<h2>The rule sets</h2>
<dl>{rules}</dl>
</body>
</html>
"""


def as_markdown(compared: Compared) -> str:
    """The same; the plots stand in the text as SVG."""
    names = list(compared.years)
    lines = ["# Rule sets compared over a replayed year", "", *_setting(compared), ""]
    lines.append("| | " + " | ".join(names) + " |")
    lines.append("|---|" + "---|" * len(names))
    lines += [f"| {words} | " + " | ".join(cells) + " |" for words, cells in _rows(compared)]
    for plot in _plots(compared):
        lines += ["", plot]
    lines += ["", "## The rule sets", ""]
    lines += [f"- **{name}**: {told}" for name, told in _rules(compared)]
    return "\n".join(lines) + "\n"
