"""The model card of outcome scores, as Markdown: what it is, how good, for whom, and what not."""

from collections.abc import Mapping, Sequence

from app.outcome_files import Seen
from app.outcome_fitting import (
    FEWEST,
    OfGroup,
    Quality,
    best_changed,
    by_group,
    importance,
    judge,
    who_gains,
)
from workflow.planning.outcomes import EVERYWHERE, LogisticModel

_LIMITS = """\
- What was, where people were put by people: not what a municipality causes.
- A small group is told apart poorly; rows are in the tables.
- No decision: scores rank municipalities that may take a case, within the rules that go before
  them, and only where a rule set asks for them. They are off by default.
- Fitted again on newer history it says something else; a recorded plan has the scores it had."""


def card(
    model: LogisticModel, kept: Sequence[Seen], out: Sequence[Seen], group_of: Mapping[str, str]
) -> str:
    """Of the model, judged by the rows it was not fitted on."""
    rate = sum(one.outcome for one in kept) / len(kept)
    quality = judge(model, out, group_of, rate)
    parts = [
        "# Model card: outcome scores",
        _what(model, len(kept), len(out)),
        "## How good",
        _quality({"this model": quality}),
        "## What counts",
        _importance(model, out, group_of),
        "## For whom",
        "Among those held out. *At stake* is the best group of municipalities less the worst.",
        _groups({"": by_group(model, out, group_of)}),
        "## Who gains by the household score",
        "At stake for a household, by how its persons' chances become one score.",
        _gains(model, out, group_of),
        "## What it is not",
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def effect(
    with_it: LogisticModel,
    without: LogisticModel,
    kept: Sequence[Seen],
    out: Sequence[Seen],
    group_of: Mapping[str, str],
) -> str:
    """What leaving features out changes: for quality, for each group, for the best places."""
    rate = sum(one.outcome for one in kept) / len(kept)
    names = ", ".join(without.without)
    changed = best_changed(with_it, without, out, group_of)
    models = {"with": with_it, "without": without}
    parts = [
        f"# Without {names}",
        _quality({n: judge(m, out, group_of, rate) for n, m in models.items()}),
        f"Another group of municipalities is best for {changed:.1%} of those held out.",
        _groups({f" {n}": by_group(m, out, group_of) for n, m in models.items()}),
    ]
    return "\n\n".join(parts) + "\n"


def _what(model: LogisticModel, kept: int, out: int) -> str:
    own = sorted(set(model.coefficients) - {EVERYWHERE})
    features = sorted({term.feature for term in model.terms})
    return (
        f"A logistic regression (L2, C = {model.strength:g}) for each group of municipalities with "
        f"at least {FEWEST} rows of either outcome, and one for all the others. Fitted on {kept:,} "
        f"rows; {out:,} rows, of a fifth of the cases, are held out.\n\n"
        f"- Groups of their own: {', '.join(own) or 'none'}\n"
        f"- Features: {', '.join(features)}\n"
        f"- Left out: {', '.join(model.without) or 'none'}"
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _quality(of: Mapping[str, Quality]) -> str:
    return _table(
        ["", "rows", "rate", "predicted", "Brier", "Brier of the rate alone", "log loss", "AUC"],
        [
            [
                name,
                f"{q.rows:,}",
                f"{q.rate:.3f}",
                f"{q.predicted:.3f}",
                f"{q.brier:.4f}",
                f"{q.brier_of_rate:.4f}",
                f"{q.log_loss:.4f}",
                "–" if q.auc is None else f"{q.auc:.3f}",
            ]
            for name, q in of.items()
        ],
    )


def _importance(model: LogisticModel, out: Sequence[Seen], group_of: Mapping[str, str]) -> str:
    return _table(
        ["feature", "log loss grows by, dealt anew", "mean effect (standardised)"],
        [
            [name, f"{grown:.4f}", f"{mean:.3f}"]
            for name, grown, mean in importance(model, out, group_of)
        ],
    )


def _groups(of: Mapping[str, Sequence[OfGroup]]) -> str:
    first = next(iter(of.values()))
    header = ["by", "group", "rows", "rate"]
    header += [word + name for name in of for word in ("predicted", "Brier", "at stake")]
    rows = []
    for index, one in enumerate(first):
        row = [one.by, one.group, f"{one.rows:,}", f"{one.rate:.3f}"]
        for groups in of.values():
            each = groups[index]
            row += [f"{each.predicted:.3f}", f"{each.brier:.4f}", f"{each.stake:.3f}"]
        rows.append(row)
    return _table(header, rows)


def _gains(model: LogisticModel, out: Sequence[Seen], group_of: Mapping[str, str]) -> str:
    gains = who_gains(model, out, group_of)
    kinds = list(next(iter(gains.values())))
    return _table(
        ["family type", *kinds],
        [[family, *(f"{by[kind]:.3f}" for kind in kinds)] for family, by in gains.items()],
    )
