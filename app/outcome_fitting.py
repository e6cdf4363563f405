"""The baseline model of outcomes fitted, and what can be said of it; scikit-learn does the fitting.

A fifth of the cases is held out, by their numbers: what is said of the model is said of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from math import log

import numpy as np

from app.errors import CannotStart
from app.outcome_files import Seen
from workflow.planning.outcomes import (
    EVERYWHERE,
    Features,
    LogisticModel,
    OutcomeModel,
    Person,
    Term,
    of_household,
)
from workflow.planning.rule_sets import HouseholdScore

#: A group with fewer of either outcome has the coefficients of all municipalities.
FEWEST = 30
#: A word that fewer people have is no term of its own.
_FEWEST_OF_A_WORD = 10


def split(seen: Sequence[Seen]) -> tuple[list[Seen], list[Seen]]:
    """To fit on and to judge by; a household is in one of the two."""
    kept: list[Seen] = []
    out: list[Seen] = []
    for one in seen:
        digest = blake2b(one.person.case_number.encode(), digest_size=1).digest()[0]
        (out if digest % 5 == 0 else kept).append(one)
    return kept, out


def fit(
    seen: Sequence[Seen],
    group_of: Mapping[str, str],
    *,
    without: Sequence[str] = (),
    strength: float = 1.0,
) -> LogisticModel:
    """One regression for all municipalities, and one for each group with enough rows.

    Args:
        without: features that are left out.
        strength: the larger, the less coefficients are held near nought (L2).

    Raises:
        CannotStart: scikit-learn is not installed; an unknown feature; too few rows.
    """
    try:
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - a second to load
    except ModuleNotFoundError:
        raise CannotStart("fitting needs scikit-learn: install bosetting[outcome]") from None
    known = {name for one in seen for name in one.person.features}
    if unknown := set(without) - known:
        raise CannotStart(
            f"no feature is called {min(unknown)}; there are {', '.join(sorted(known))}"
        )
    terms = _terms(seen, known - set(without))
    groups: dict[str, list[Seen]] = {EVERYWHERE: list(seen)}
    for one in seen:
        groups.setdefault(group_of[one.municipality], []).append(one)
    coefficients, rows = {}, {}
    for group, members in sorted(groups.items()):
        outcomes = np.array([one.outcome for one in members])
        if min(outcomes.sum(), (~outcomes).sum()) < FEWEST:
            if group == EVERYWHERE:
                raise CannotStart(f"fewer than {FEWEST} rows of one of the outcomes")
            continue
        columns = np.array([[t.value(one.person.features) for t in terms] for one in members])
        regression = LogisticRegression(C=strength, max_iter=1000)
        regression.fit(columns.reshape(len(members), len(terms)), outcomes)
        numbers = (*regression.intercept_.tolist(), *regression.coef_[0].tolist())
        # Rounded, so that the file is the model on every machine.
        coefficients[group] = tuple(round(number, 6) for number in numbers)
        rows[group] = len(members)
    return LogisticModel(terms, coefficients, tuple(without), strength, rows)


def _terms(seen: Sequence[Seen], features: Iterable[str]) -> tuple[Term, ...]:
    terms: list[Term] = []
    for name in sorted(features):
        values = [one.person.features.get(name, "") for one in seen]
        numbers = [value for value in values if isinstance(value, float)]
        if numbers:
            spread = float(np.std(numbers)) or 1.0
            terms.append(Term(name, None, round(float(np.mean(numbers)), 6), round(spread, 6)))
            continue
        words = sorted({str(value) for value in values})
        # The first word is what the others are compared with.
        terms += [
            Term(name, word)
            for word in words[1:]
            if sum(value == word for value in values) >= _FEWEST_OF_A_WORD
        ]
    if not terms:
        raise CannotStart("no feature is left to fit with")
    return tuple(terms)


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the held-out rows."""

    rows: int
    rate: float
    predicted: float
    #: Mean squared error; and of always saying the rate there was when fitting.
    brier: float
    brier_of_rate: float
    log_loss: float
    #: The chance that one with the outcome has the higher prediction; None without both outcomes.
    auc: float | None


def judge(
    model: OutcomeModel, out: Sequence[Seen], group_of: Mapping[str, str], rate: float
) -> Quality:
    """Args: rate: how often the outcome was there in the rows fitted on."""
    said = [model.chance(one.person, group_of[one.municipality]) for one in out]
    true = [float(one.outcome) for one in out]
    count = len(out)
    if not count:
        raise CannotStart("no case is held out: too few cases")
    pairs = list(zip(said, true, strict=True))
    return Quality(
        rows=count,
        rate=sum(true) / count,
        predicted=sum(said) / count,
        brier=sum((p - t) ** 2 for p, t in pairs) / count,
        brier_of_rate=sum((rate - t) ** 2 for t in true) / count,
        log_loss=_log_loss(pairs),
        auc=_auc(pairs),
    )


def _log_loss(pairs: Sequence[tuple[float, float]]) -> float:
    return -sum(log(max(1e-12, p if t else 1 - p)) for p, t in pairs) / len(pairs)


def _auc(pairs: Sequence[tuple[float, float]]) -> float | None:
    ordered = sorted(pairs)
    yes = sum(t for _, t in pairs)
    no = len(pairs) - yes
    if not yes or not no:
        return None
    wins, below = 0.0, 0.0
    for _, alike in groupby(ordered, key=lambda pair: pair[0]):
        same = [t for _, t in alike]
        wins += sum(same) * (below + (len(same) - sum(same)) / 2)
        below += len(same) - sum(same)
    return wins / (yes * no)


def importance(
    model: LogisticModel, out: Sequence[Seen], group_of: Mapping[str, str]
) -> list[tuple[str, float, float]]:
    """Feature, how much log loss grows when its values are dealt anew, and its mean effect.

    The effect is the mean of |coefficient| over its terms, weighted by the rows of each group.
    """
    before = _log_loss(_pairs(model, out, group_of))
    answer = []
    for feature in sorted({term.feature for term in model.terms}):
        values = [one.person.features.get(feature, "") for one in out]
        # Dealt by a fixed shift of the sorted rows, so that the report is the same each time.
        dealt = values[len(values) // 2 :] + values[: len(values) // 2]
        others = [
            Seen(_with(one.person, feature, value), one.municipality, one.outcome)
            for one, value in zip(out, dealt, strict=True)
        ]
        grown = _log_loss(_pairs(model, others, group_of)) - before
        answer.append((feature, grown, _effect(model, feature)))
    return sorted(answer, key=lambda one: (-one[1], one[0]))


def _effect(model: LogisticModel, feature: str) -> float:
    at = [i for i, term in enumerate(model.terms, start=1) if term.feature == feature]
    rows = {group: count for group, count in (model.rows or {}).items() if group != EVERYWHERE}
    rows = rows or {EVERYWHERE: 1}
    total = sum(
        rows[group] * sum(abs(model.coefficients[group][i]) for i in at) / len(at) for group in rows
    )
    return total / sum(rows.values())


def _with(person: Person, feature: str, value: float | str) -> Person:
    features: Features = {**person.features, feature: value}
    return Person(person.person, person.case_number, features)


def _pairs(
    model: OutcomeModel, out: Sequence[Seen], group_of: Mapping[str, str]
) -> list[tuple[float, float]]:
    return [
        (model.chance(one.person, group_of[one.municipality]), float(one.outcome)) for one in out
    ]


def age_band(age: float | str) -> str:
    if not isinstance(age, float):
        return "unknown"
    return next(
        (f"{low}–{high}" for low, high in ((0, 17), (18, 29), (30, 44), (45, 61)) if age <= high),
        "62 and over",
    )


#: What the report tells apart, and how it is read from a person.
_TOLD_APART: Mapping[str, Callable[[Features], str]] = {
    "sex": lambda features: str(features.get("sex", "") or "unknown"),
    "age": lambda features: age_band(features.get("age", "")),
    "family_type": lambda features: str(features.get("family_type", "") or "unknown"),
}


@dataclass(frozen=True, slots=True)
class OfGroup:
    by: str
    group: str
    rows: int
    rate: float
    predicted: float
    brier: float
    #: The best of the groups of municipalities less the worst, by this model: what is at stake.
    stake: float


def by_group(
    model: OutcomeModel, out: Sequence[Seen], group_of: Mapping[str, str]
) -> list[OfGroup]:
    """How well the model does for each sex, age and family type among those held out."""
    places = sorted(set(group_of.values()))
    answer = []
    for by, read in _TOLD_APART.items():
        groups: dict[str, list[Seen]] = {}
        for one in out:
            groups.setdefault(read(one.person.features), []).append(one)
        for name, members in sorted(groups.items()):
            pairs = _pairs(model, members, group_of)
            chances = [[model.chance(one.person, g) for g in places] for one in members]
            count = len(members)
            answer.append(
                OfGroup(
                    by,
                    name,
                    count,
                    sum(t for _, t in pairs) / count,
                    sum(p for p, _ in pairs) / count,
                    sum((p - t) ** 2 for p, t in pairs) / count,
                    sum(max(each) - min(each) for each in chances) / count,
                )
            )
    return answer


def who_gains(
    model: OutcomeModel, out: Sequence[Seen], group_of: Mapping[str, str]
) -> dict[str, dict[HouseholdScore, float]]:
    """By family type, what a household has at stake under each way to score it.

    At stake is its best group of municipalities less its worst: a plan favours who has most.
    """
    places = sorted(set(group_of.values()))
    households: dict[str, list[Person]] = {}
    for one in out:
        households.setdefault(one.person.case_number, []).append(one.person)
    stakes: dict[str, dict[HouseholdScore, list[float]]] = {}
    for members in households.values():
        family = _TOLD_APART["family_type"](members[0].features)
        for kind in HouseholdScore:
            scores = [of_household([model.chance(p, g) for p in members], kind) for g in places]
            stakes.setdefault(family, {}).setdefault(kind, []).append(max(scores) - min(scores))
    return {
        family: {kind: sum(values) / len(values) for kind, values in by_kind.items()}
        for family, by_kind in sorted(stakes.items())
    }


def best_changed(
    one: OutcomeModel, other: OutcomeModel, out: Sequence[Seen], group_of: Mapping[str, str]
) -> float:
    """Part of the persons for whom another group of municipalities is best by the other model."""
    places = sorted(set(group_of.values()))

    def best(model: OutcomeModel, seen: Seen) -> str:
        return max(places, key=lambda group: model.chance(seen.person, group))

    return sum(best(one, seen) != best(other, seen) for seen in out) / max(1, len(out))
