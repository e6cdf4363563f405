"""Everyone's share by the criteria, and what each criterion gives to it."""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from workflow.keys.errors import KeyIsWrong
from workflow.keys.parameters import BelowZero, Bounds, CapOn, Columns, Criterion, Kind, Parameters
from workflow.keys.proportion import Proportion, added, shares_of, smaller
from workflow.keys.statistics import Statistics
from workflow.ranking.apportionment import InfeasibleApportionment, held_within

#: What a contribution is called that no criterion makes.
RESIDUAL, BOUNDS = "residual", "bounds"
INVERSE_DECIMALS = 30


@dataclass(frozen=True, slots=True)
class Shares:
    """`total` is the sum of the contributions, row by row; over all rows it is 1."""

    total: Proportion
    contributions: dict[str, Proportion]


def shares(parameters: Parameters, statistics: Statistics) -> Shares:
    """Raises KeyIsWrong where the statistics do not carry the key."""
    plain = {criterion.name: _share(criterion, statistics) for criterion in parameters.criteria}
    contributions = {
        criterion.name: _weighted(criterion, plain, parameters) for criterion in parameters.criteria
    }
    left = 1 - added(list(contributions.values())).sum()
    if left and not parameters.residual:
        raise KeyIsWrong([f'the caps leave {left} over: "residual" says who gets it'])
    if parameters.residual:
        by = parameters.residual.by
        contributions[RESIDUAL] = added([plain[name] for name in by]).times(left / len(by))
    total = added(list(contributions.values()))
    bounded = _bounded(total, parameters.bounds)
    if bounded is not total:
        contributions[BOUNDS] = added([bounded, total.times(Fraction(-1))])
    return Shares(bounded, contributions)


def column(columns: Columns, statistics: Statistics) -> Proportion:
    """The named columns, each times its number, added."""
    return added([statistics.columns[name].times(times) for name, times in columns.items()])


def _share(criterion: Criterion, statistics: Statistics) -> Proportion:
    value = column(criterion.value, statistics)
    if criterion.below_zero is BelowZero.ZERO:
        value = Proportion([max(0, part) for part in value.parts], value.whole)
    match criterion.kind:
        case Kind.SHARE:
            return _normalised(criterion.name, value.parts)
        case Kind.MODULATED:
            index = statistics.columns[str(criterion.index)]
            pairs = zip(value.parts, index.parts, strict=True)
            return _normalised(criterion.name, [part * by for part, by in pairs])
        case Kind.INVERSE:
            if not_above := [part for part in value.parts if part <= 0]:
                raise KeyIsWrong(
                    [f"{criterion.name}: {len(not_above)} rows are not above 0, where 1/v is none"]
                )
            one = 10**INVERSE_DECIMALS * value.whole
            return _normalised(criterion.name, [_nearest(one, part) for part in value.parts])
        case Kind.RELIEF:
            base = _normalised(criterion.name, statistics.columns[str(criterion.base)].parts)
            taken = _normalised(criterion.name, value.parts)
            return added([base.times(Fraction(2)), taken.times(Fraction(-1))])


def _normalised(name: str, values: list[int]) -> Proportion:
    if below := sum(value < 0 for value in values):
        raise KeyIsWrong([f"{name}: {below} rows are below 0, expected at least 0"])
    if not any(values):
        raise KeyIsWrong([f"{name}: every row is 0, so nobody has a share"])
    return shares_of(values)


def _nearest(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _weighted(
    criterion: Criterion, plain: dict[str, Proportion], parameters: Parameters
) -> Proportion:
    own = plain[criterion.name]
    cap = criterion.cap
    if cap is None:
        return own.times(criterion.weight)
    if cap.on is CapOn.EFFECT:
        limit = added([plain[name] for name in cap.of]).times(cap.times / len(cap.of))
        return smaller(own, limit).times(criterion.weight)
    weights = {other.name: other.weight for other in parameters.criteria}
    limit = added([plain[name].times(weights[name]) for name in cap.of]).times(cap.times)
    return smaller(own.times(criterion.weight), limit)


def _bounded(total: Proportion, bounds: Bounds) -> Proportion:
    """Shares within least and most, the others in proportion: λ·share where no bound holds it."""
    if bounds.least_share is None and bounds.most_share is None:
        return total
    least = bounds.least_share or Fraction(0)
    most = Fraction(1) if bounds.most_share is None else bounds.most_share
    whole = lcm(total.whole, least.denominator, most.denominator)
    try:
        held = held_within(
            [max(0, part) for part in total.over(whole)],
            Fraction(whole),
            [least * whole] * len(total),
            [most * whole] * len(total),
        )
    except InfeasibleApportionment:
        raise KeyIsWrong(
            [f"bounds: {len(total)} shares between {least} and {most} cannot sum to 1"]
        ) from None
    scale = lcm(*(share.denominator for share in held))
    return Proportion([int(share * scale) for share in held], whole * scale)
