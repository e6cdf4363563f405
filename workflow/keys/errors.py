"""Why a key cannot be computed."""

from collections.abc import Sequence


class KeyIsWrong(ValueError):
    """Parameters, or what they say of the statistics; `problems` has a sentence for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
