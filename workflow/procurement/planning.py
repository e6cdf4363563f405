"""Buying so many beds: the efficient plans, what evenness costs from one to the next, and the best.

No more beds than asked for and those the largest bid would bring past them: a plan with more has a
bid it does not need. Pure, exact; how the plans were found is told with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from workflow.procurement.efficient import Plan, efficient
from workflow.procurement.errors import ProcurementUnusable, TooFewBeds, TooManyPlans
from workflow.procurement.market import Market
from workflow.procurement.meter import measured
from workflow.procurement.solved import solve
from workflow.procurement.states import Measure, Method
from workflow.procurement.steering import Prices


@dataclass(frozen=True, slots=True)
class Step:
    """An efficient plan beside the one before it among those of the line cost against evenness."""

    plan: Plan
    #: The sum of price and evenness for a wanted bed and a night, by which the best is chosen.
    compared_ore: Fraction
    #: No plan is both cheaper and evener, however many beds it has.
    on_line: bool
    #: What a percentage point evener than the one before costs for a night; None: not on the line,
    #: or the first on it.
    point_ore: Fraction | None


@dataclass(frozen=True, slots=True)
class Plans:
    wanted: int
    method: Method
    #: The cheapest first.
    steps: Sequence[Step]
    best: int
    #: The measure as it stands, before anything is bought.
    uneven_before: Fraction

    @property
    def chosen(self) -> Plan:
        return self.steps[self.best].plan


def plan(market: Market, prices: Prices, wanted: int) -> Plans:
    """The efficient plans of so many beds.

    Raises:
        ProcurementUnusable; TooFewBeds; TooManyPlans: of a measure that is gone through only.
    """
    prices.check()
    if wanted < 1:
        raise ProcurementUnusable("beds", pointer="/beds", expected="at least 1")
    if market.capacity < wanted:
        raise TooFewBeds("so many are not offered", offered=market.capacity, wanted=wanted)
    found, method = _found(market, prices, wanted, wanted + _past(market))
    return weighed(found, market, prices, wanted, method)


def weighed(
    found: Sequence[Plan], market: Market, prices: Prices, wanted: int, method: Method
) -> Plans:
    """Plans that have been found, with what evenness costs among them and the best of them."""
    steps = _steps(found, prices, wanted)
    best = min(range(len(steps)), key=lambda at: (steps[at].compared_ore, steps[at].plan.night, at))
    return Plans(wanted, method, steps, best, _before(market, prices))


def compared(one: Plan, prices: Prices, wanted: int) -> Fraction:
    """Öre for a wanted bed and a night: what it costs, and the stated price of its unevenness.

    Beds past those that are wanted cost, and are worth nothing here.
    """
    return one.night_ore / wanted + prices.evenness_ore * 100 * one.uneven


def _found(
    market: Market, prices: Prices, at_least: int, at_most: int
) -> tuple[list[Plan], Method]:
    if (found := efficient(market, prices, at_least, at_most)) is not None:
        return found, Method.EXACT
    if prices.measure is not Measure.DEVIATIONS:
        raise TooManyPlans(
            "too many plans to go through by this measure", measure=str(prices.measure)
        )
    return solve(market, prices, at_least, at_most), Method.SUPPORTED


def _past(market: Market) -> int:
    """One bed less than the fewest the largest bid can be taken with."""
    return max((one.least for one in market.open), default=1) - 1


def _steps(found: Sequence[Plan], prices: Prices, wanted: int) -> list[Step]:
    steps: list[Step] = []
    last: Plan | None = None
    for one in found:
        on_line = last is None or one.uneven < last.uneven
        point = None
        if on_line and last is not None:
            point = (one.night_ore - last.night_ore) / (100 * (last.uneven - one.uneven))
        steps.append(Step(one, compared(one, prices, wanted), on_line, point))
        last = one if on_line else last
    return steps


def _before(market: Market, prices: Prices) -> Fraction:
    return measured(
        prices.measure,
        [one.procured for one in market.needs],
        [one.target for one in market.needs],
    )
