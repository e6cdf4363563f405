"""A register under the columns public files of municipalities have: nr, navn, navn_offisielt, ….

It is written anew under ours and read as any other, line by line, so that a fault is told where it
stands. Such a file has the first of parallel names only; where the shipped register knows the
others of the same municipality, they are kept.
"""

import csv
from collections.abc import Mapping
from io import BytesIO, StringIO, TextIOWrapper
from typing import BinaryIO, Final

from workflow.kernel.tables import encoding_of

#: Ours by theirs; what else stands there (population, web address, later numbers) is not read.
OURS: Final[Mapping[str, str]] = {
    "nr": "number",
    "navn": "norwegian_name",
    "navn_offisielt": "official_name",
    "fylke": "county",
    "orgnr": "organisation_number",
    "lat": "latitude",
    "lon": "longitude",
    "samisk": "sami_area",
    "flyplass1": "nearest_airport",
    "km1": "nearest_airport_km",
    "flyplass2": "second_airport",
    "km2": "second_airport_km",
    "maalform": "maalform",
}
_NEEDED: Final = OURS.keys() - {"maalform"}

#: Official and Sami name by number and Norwegian name.
Parallel = Mapping[tuple[str, str], tuple[str, str | None]]


def in_our_columns(file: BinaryIO, parallel: Parallel) -> BinaryIO:
    """The same lines under our columns; a file that has not theirs comes back as it is."""
    encoding = encoding_of(file)
    if encoding == "utf-16":
        return file
    text = TextIOWrapper(file, encoding, newline="")
    lines = text.read().splitlines()
    text.detach()
    file.seek(0)
    theirs = [name.strip() for name in lines[0].split(",")] if lines else []
    if not set(theirs) >= _NEEDED:
        return file
    read = [name for name in OURS if name in theirs]
    written = [",".join([*(OURS[name] for name in read), "sami_name"])]
    written += [_line(line, theirs, read, parallel) for line in lines[1:]]
    return BytesIO("\n".join(written).encode())


def _line(line: str, theirs: list[str], read: list[str], parallel: Parallel) -> str:
    try:
        cut = next(csv.reader([line], strict=True), [])
    except csv.Error:
        return line
    if len(cut) != len(theirs):
        return line
    told = {name: value.strip() for name, value in zip(theirs, cut, strict=True)}
    official, sami = _names(told["nr"], told["navn"], told["navn_offisielt"], parallel)
    told["navn_offisielt"] = official
    out = StringIO()
    csv.writer(out, lineterminator="").writerow([*(told[name] for name in read), sami or ""])
    return out.getvalue()


def _names(number: str, norwegian: str, first: str, parallel: Parallel) -> tuple[str, str | None]:
    official, sami = parallel.get((number, norwegian), ("", None))
    if first in official.split(" - "):
        return official, sami
    return (first, None) if first == norwegian else (f"{first} - {norwegian}", first)
