"""Delimited files from outside: decoded by what they contain, cut into rows, nothing guessed.

A line that cannot be used is never dropped: it comes back as a `RejectedRow` that says where, what
is wrong and what was expected.
"""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

#: A record of the files we read is far shorter; what is longer is no record.
LONGEST_LINE = 10_000
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One line that was not used. `column` is the file's own word; empty for the whole line."""

    line: int
    column: str
    problem: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.line}: {self.column}" if self.column else f"{self.line}"
        return f"{where}: {self.problem}, expected {self.expected}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line's fields by column name, without surrounding blanks."""

    line: int
    fields: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.fields[column]

    def rejected(self, column: str, problem: str, *, expected: str) -> RejectedRow:
        return RejectedRow(self.line, column, problem, expected)


def encoding_of(file: BinaryIO) -> str:
    """UTF-8 if every byte fits it, else ISO-8859-1; the file is read through once and rewound.

    A byte order mark is UTF-8's own (`utf-8-sig`) or UTF-16's.
    """
    start = file.tell()
    head = file.read(len(codecs.BOM_UTF8))
    file.seek(start)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "iso-8859-1"
    finally:
        file.seek(start)
    return "utf-8-sig" if head == codecs.BOM_UTF8 else "utf-8"


def read_table(
    file: BinaryIO, *, delimiter: str, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[Row | RejectedRow]:
    """The rows under a header of exactly these columns, in any order; blank lines do not count.

    Args:
        file: seekable; read line by line, never held whole. Lines end in LF or CRLF, and a quoted
            field stays on its line.
        optional: columns the header may leave out; their fields are then empty.
    """
    wanted = delimiter.join(columns) + "".join(f" [{column}]" for column in optional)
    lines = _lines(file, encoding_of(file))
    order: list[str] | None = None
    for number, text in lines:
        if isinstance(text, RejectedRow):
            yield text
            if order is None:
                return
            continue
        if order is not None and not text.strip():
            continue
        fields = _cut(text, delimiter)
        if order is None:
            if not _is_header(fields, columns, optional):
                yield RejectedRow(number, "", "not the header", expected=wanted)
                return
            order = fields
        elif fields is None:
            yield RejectedRow(number, "", "no whole fields", expected="quotes that close")
        elif len(fields) != len(order):
            yield RejectedRow(number, "", f"{len(fields)} fields", expected=f"{len(order)} fields")
        else:
            yield Row(number, dict.fromkeys(optional, "") | dict(zip(order, fields, strict=True)))
    if order is None:
        yield RejectedRow(1, "", "an empty file", expected=wanted)


def _is_header(fields: list[str] | None, columns: Sequence[str], optional: Sequence[str]) -> bool:
    given = set(fields or ())
    known = set(columns) <= given <= {*columns, *optional}
    return known and len(given) == len(fields or ())


def _cut(text: str, delimiter: str) -> list[str] | None:
    try:
        cut = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
    return [field.strip() for field in cut]


def _lines(file: BinaryIO, encoding: str) -> Iterator[tuple[int, str | RejectedRow]]:
    if encoding == "utf-16":
        yield 1, RejectedRow(1, "", "UTF-16 text", expected="UTF-8 or ISO-8859-1")
        return
    decode = "iso-8859-1" if encoding == "iso-8859-1" else "utf-8"
    number = 0
    while raw := file.readline(LONGEST_LINE):
        number += 1
        if number == 1 and encoding == "utf-8-sig":
            raw = raw.removeprefix(codecs.BOM_UTF8)
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LONGEST_LINE)
            longest = f"at most {LONGEST_LINE} bytes"
            yield number, RejectedRow(number, "", "the line does not end", expected=longest)
            continue
        if b"\0" in raw:
            yield number, RejectedRow(number, "", "a zero byte", expected="text")
            continue
        yield number, raw.decode(decode).rstrip("\r\n")
