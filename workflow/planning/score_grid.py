"""Scores by case and municipality in one array: what a mapping would need gigabytes for."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from workflow.planning.instance import Flags, Real


class ScoreGrid(Mapping[tuple[str, str], float]):
    """(case, municipality) → score, for pairs that have one."""

    def __init__(self, cases: Sequence[str], municipalities: Sequence[str]) -> None:
        self.cases = {name: index for index, name in enumerate(cases)}
        self.municipalities = {name: index for index, name in enumerate(municipalities)}
        #: Case × municipality; not a number where there is none.
        self.cells: Real = np.full((len(self.cases), len(self.municipalities)), np.nan)

    def __getitem__(self, pair: tuple[str, str]) -> float:
        case, municipality = pair
        value = float(self.cells[self.cases[case], self.municipalities[municipality]])
        if value != value:  # noqa: PLR0124 - not a number
            raise KeyError(pair)
        return value

    def __iter__(self) -> Iterator[tuple[str, str]]:
        names = list(self.municipalities)
        for case, index in self.cases.items():
            for where in np.flatnonzero(self.listed[index]).tolist():
                yield case, names[where]

    def __len__(self) -> int:
        return int(self.listed.sum())

    @property
    def listed(self) -> Flags:
        flags: Flags = ~np.isnan(self.cells)
        return flags

    def listed_of_each(self) -> dict[str, frozenset[str]]:
        """The municipalities each case has a score for; alike cases share one set."""
        names = np.array(list(self.municipalities), dtype=object)
        sets: dict[bytes, frozenset[str]] = {}
        answer = {}
        for case, flags in zip(self.cases, self.listed, strict=True):
            key = flags.tobytes()
            if key not in sets:
                sets[key] = frozenset(names[flags].tolist())
            answer[case] = sets[key]
        return answer

    def among(self, cases: Sequence[str], municipalities: Sequence[str]) -> Real:
        """The scores of those, in that order; nought where there is none."""
        rows = np.array([self.cases.get(name, -1) for name in cases], np.int64)
        columns = np.array([self.municipalities.get(name, -1) for name in municipalities], np.int64)
        answer = np.nan_to_num(self.cells[np.ix_(rows, columns)])
        answer[rows < 0] = 0.0
        answer[:, columns < 0] = 0.0
        return answer
