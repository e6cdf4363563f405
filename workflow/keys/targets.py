"""Everyone's number: the share of the whole, less who is there already, in whole people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from workflow.keys.errors import KeyIsWrong
from workflow.keys.parameters import CreditRule, Parameters
from workflow.keys.proportion import Proportion, added, picked
from workflow.keys.shares import Shares, column, shares
from workflow.keys.statistics import Statistics
from workflow.ranking.apportionment import InfeasibleApportionment, Method, apportion


@dataclass(frozen=True, slots=True)
class Key:
    """A key computed: each list in the order of the statistics' codes."""

    statistics: Statistics
    shares: Shares
    credit: Proportion
    gross: Proportion
    #: The number before it is made whole; sums to the total.
    net: Proportion
    #: Whole; sums to the total exactly.
    targets: list[int]


def compute(parameters: Parameters, statistics: Statistics, total: int) -> Key:
    """The whole key (`docs/keys.md`).

    Raises:
        KeyIsWrong: the statistics do not carry it, or its bounds and zeros leave no way to `total`.
    """
    if unknown := sorted(parameters.zero_targets - set(statistics.codes)):
        raise KeyIsWrong([f"zero_targets: no row has the code {', '.join(unknown)}"])
    by_share = shares(parameters, statistics)
    credit = _credit(parameters, statistics)
    shared_out = total + (credit.sum() if parameters.crediting.on_top else 0)
    gross = by_share.total.times(Fraction(shared_out))
    level = _Level(parameters, statistics, by_share.total, credit, gross)
    everyone = range(len(statistics))
    net = level.net(everyone, total)
    return Key(statistics, by_share, credit, gross, net, level.whole_numbers(net, total))


def _credit(parameters: Parameters, statistics: Statistics) -> Proportion:
    if not parameters.credits:
        return Proportion([0] * len(statistics), 1)
    parts = []
    for credit in parameters.credits:
        people = column(credit.value, statistics)
        if below := sum(part < 0 for part in people.parts):
            raise KeyIsWrong([f"{credit.name}: {below} rows are below 0, expected at least 0"])
        parts.append(people.times(credit.factor))
    summed = added(parts)
    as_few = summed.sum().denominator == 1 and all(not part % summed.whole for part in summed.parts)
    return Proportion([part // summed.whole for part in summed.parts], 1) if as_few else summed


@dataclass(frozen=True, slots=True)
class _Level:
    """The same rule for all and, in two stages, inside each county."""

    parameters: Parameters
    statistics: Statistics
    share: Proportion
    credit: Proportion
    gross: Proportion

    def net(self, members: Sequence[int], total: int) -> Proportion:
        if self.parameters.crediting.rule is CreditRule.WATER_FILLING:
            return self._levelled(members, total)
        return self._rescaled(members, total)

    def _rescaled(self, members: Sequence[int], total: int) -> Proportion:
        left = added([self.gross, self.credit.times(Fraction(-1))])
        needs = [0 if self._is_zero(i) else max(0, left.parts[i]) for i in members]
        if total and not any(needs):
            if all(self._is_zero(i) for i in members):
                raise KeyIsWrong(["zero_targets: every row is 0 by decision, none takes the total"])
            raise KeyIsWrong(["everyone has its part already, so nobody can take the rest"])
        return Proportion([total * need for need in needs], sum(needs) or 1)

    def _levelled(self, members: Sequence[int], total: int) -> Proportion:
        """λ·share - credit, for those it lifts above what they have.

        Who has least for its share comes in first; λ follows from who is in.
        """
        open_to = [i for i in members if self.share.parts[i] > 0 and not self._is_zero(i)]
        open_to.sort(key=lambda i: Fraction(self.credit.parts[i], self.share.parts[i]))
        shares_in = credits_in = 0
        inside = 0
        for i in open_to:
            here, had = self.share.parts[i], self.credit.parts[i]
            # λ of those who are in, against what this one has for its share.
            if inside and (total * self.credit.whole + credits_in) * here <= had * shares_in:
                break
            shares_in, credits_in, inside = shares_in + here, credits_in + had, inside + 1
        if total and not inside:
            raise KeyIsWrong(["nobody has a share, so nobody can take the total"])
        among = set(open_to[:inside]) if total else set()
        level = total * self.credit.whole + credits_in
        return Proportion(
            [
                level * self.share.parts[i] - self.credit.parts[i] * shares_in if i in among else 0
                for i in members
            ],
            self.credit.whole * shares_in or 1,
        )

    def whole_numbers(self, net: Proportion, total: int) -> list[int]:
        members = range(len(self.statistics))
        if not self.parameters.rounding.by_county:
            return self._apportioned("the total", members, net, total)
        by_name = sorted(members, key=lambda i: self.statistics.counties[i])
        counties = {
            county: sorted(inside)
            for county, inside in groupby(by_name, key=lambda i: self.statistics.counties[i])
        }
        targets = [0] * len(members)
        for county, number in self._of_counties(counties, net, total).items():
            inside = counties[county]
            of_county = (
                picked(net, inside)
                if self.parameters.crediting.rule is CreditRule.RESCALE
                else self.net(inside, number)
            )
            for i, target in zip(
                inside,
                self._apportioned(f"county {county}", inside, of_county, number),
                strict=True,
            ):
                targets[i] = target
        return targets

    def _of_counties(
        self, counties: dict[str, list[int]], net: Proportion, total: int
    ) -> dict[str, int]:
        if decided := self.parameters.county_targets:
            if set(decided) != set(counties):
                amiss = ", ".join(sorted(set(decided) ^ set(counties)))
                raise KeyIsWrong([f"county_targets: {amiss}: expected every county, and no other"])
            if (given := sum(decided.values())) != total:
                raise KeyIsWrong([f"county_targets: they sum to {given}, the total is {total}"])
            return decided
        bounds = self.parameters.bounds
        sizes = [sum(not self._is_zero(i) for i in inside) for inside in counties.values()]
        weights = [sum(net.parts[i] for i in inside) for inside in counties.values()]
        numbers = self._given_out(
            "the counties",
            weights,
            total,
            [size * (bounds.least or 0) for size in sizes],
            [None if bounds.most is None else size * bounds.most for size in sizes],
        )
        return dict(zip(counties, numbers, strict=True))

    def _apportioned(
        self, where: str, members: Sequence[int], net: Proportion, total: int
    ) -> list[int]:
        """Whole numbers for `net`; levelled ones are given out on top of whole credits."""
        bounds, zero = self.parameters.bounds, [self._is_zero(i) for i in members]
        levelled = (
            self.parameters.crediting.rule is CreditRule.WATER_FILLING
            and self.parameters.rounding.method is not Method.HAMILTON
            and self.credit.whole == 1
        )
        had = [self.credit.parts[i] if levelled else 0 for i in members]
        weights = [max(0, self.share.parts[i]) for i in members] if levelled else net.parts
        least = [0 if no else bounds.least or 0 for no in zero]
        most: Iterable[int | None] = [0 if no else bounds.most for no in zero]
        numbers = self._given_out(
            where,
            weights,
            total + sum(had),
            [has + low for has, low in zip(had, least, strict=True)],
            [None if high is None else has + high for has, high in zip(had, most, strict=True)],
        )
        return [number - has for number, has in zip(numbers, had, strict=True)]

    def _given_out(
        self,
        where: str,
        weights: list[int],
        total: int,
        least: list[int],
        most: list[int | None],
    ) -> list[int]:
        rounding = self.parameters.rounding
        try:
            return apportion(rounding.method, weights, total, least, most, ties=rounding.ties)
        except InfeasibleApportionment as fault:
            raise KeyIsWrong([f"{where}: {fault}"]) from None

    def _is_zero(self, index: int) -> bool:
        return self.statistics.codes[index] in self.parameters.zero_targets
