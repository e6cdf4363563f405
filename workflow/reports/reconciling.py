"""Whether a final report goes on where the interim one ended: opening + changes = closing. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflow.reports.states import COUNTRY


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that does not go up.

    `what` is target, people, a kind of cost, or of contracts whole_ore or empty_ore.
    """

    what: str
    #: A municipality's number, a county's digits, or of the country `00`.
    number: str
    opening: int
    changes: int
    closing: int

    @property
    def missing(self) -> int:
        return self.closing - self.opening - self.changes


def differences(parts: Mapping[str, Any]) -> list[Difference]:
    """What opening and changes do not explain, county by county.

    Target: the interim report's, what the versions between changed, what stands. People: what the
    interim report told and what is held of that day now differ when it was corrected afterwards.
    Cost: what had been spent is not less later. Contracts: what was told, and the nights since.
    """
    found = [
        one
        for code, part in sorted(parts.items())
        if code != COUNTRY
        for line in part["municipalities"]
        if (since := line.get("since"))
        for one in _of(line, since)
    ]
    found += [
        Difference(name, code, row["opening"], row["changes"], part["contracts"][name])
        for code, part in sorted(parts.items())
        for name, row in ((part.get("contracts") or {}).get("since") or {}).items()
        if row["opening"] + row["changes"] != part["contracts"][name]
    ]
    if parts[COUNTRY]["opening"] is not None:
        found += [
            Difference(cost["what"], COUNTRY, cost["opening"], 0, cost["kronor"])
            for cost in parts[COUNTRY]["costs"]
            if cost["kronor"] < cost["opening"]
        ]
    return found


def _of(line: Mapping[str, Any], since: Mapping[str, Any]) -> Iterator[Difference]:
    opening, closing = since["target"] or 0, line["target"] or 0
    if opening + since["target_changes"] != closing:
        yield Difference("target", line["number"], opening, since["target_changes"], closing)
    told, held = since["in_the_number"] or 0, since["held"] or 0
    if told != held:
        moved = line["in_the_number"] - held
        yield Difference("people", line["number"], told, moved, line["in_the_number"])
