"""Everything that can be wrong with a body, worked out from its schema and one that is right."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

#: A value that no field takes, whatever its type.
NUL, SURROGATE = "a\0b", "\ud800"
ENORMOUS = 10**30
_GONE = object()

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Malformed:
    """One body, what is wrong with it, and the places the refusal has to name."""

    what: str
    content: bytes
    #: JSON pointers; none: any will do.
    pointers: frozenset[str] = frozenset()
    status: int = 422
    content_type: str = "application/json"


def as_bytes(body: Any) -> bytes:
    """ASCII, so that a lone surrogate can be written (as an escape)."""
    return json.dumps(body).encode("ascii")


def no_json(right: Mapping[str, Any], *, limit_bytes: int) -> Iterator[Malformed]:
    """What is refused before anybody looks at what it says."""
    whole, name = as_bytes(right), next(iter(right))
    key, value = as_bytes(name), as_bytes(right[name])

    def of(written: bytes) -> bytes:
        return b"{" + key + b": " + written + b"}"

    for wrong in (b"{", whole[:-1], whole + b"}", whole.replace(b'"', b"'"), b"nonsense", b"\0"):
        yield Malformed(f"no JSON: {wrong[:20]!r}", wrong)
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        yield Malformed(f"{word.decode()} is no JSON", of(word))
    yield Malformed("too deep", b"[" * 100_000)
    yield Malformed("too deep in a field", of(b"[" * 40_000 + b"]" * 40_000))
    yield Malformed("a number of 5,000 digits", of(b"9" * 5000))
    latin = Malformed("ISO-8859-1", of(b'"f\xf8rtidig"'))
    yield latin
    yield replace(latin, what="as it says", content_type="application/json; charset=iso-8859-1")
    yield Malformed("UTF-16", whole.decode().encode("utf-16"))
    yield Malformed("UTF-16 without a mark", whole.decode().encode("utf-16-le"))
    yield Malformed("half a character", of(b'"\xc3"'))
    yield Malformed("a surrogate in UTF-8", of(b'"\xed\xa0\x80"'))
    yield Malformed("ten megabytes", of(b'"' + b"x" * 10_000_000 + b'"'), status=413)
    yield Malformed("just too large", whole[:-1] + b" " * limit_bytes + b"}", status=413)
    twice = whole[:-1] + b", " + key + b": " + value + b"}"
    yield Malformed("a key twice", twice, frozenset({f"/{name}"}))
    half = b'"\\ud800": 1'
    yield Malformed("half a pair twice", b"{" + half + b", " + half + b"}", frozenset({r"/\ud800"}))
    deeper = whole[:-1] + b', "x": [{}, {"a/b": 1, "a/b": 1}]}'
    yield Malformed("a key twice, deeper", deeper, frozenset({"/x/1/a~1b"}))


def no_such_object(right: Mapping[str, Any]) -> Iterator[Malformed]:
    """Another kind of value, another kind of body, a field nobody knows."""
    whole = as_bytes(right)
    for wrong in (b"[]", b'"text"', b"7", b"true", b"[" + whole + b"]"):
        yield Malformed(f"no object: {wrong[:20]!r}", wrong)
    for kind in ("text/plain", "multipart/form-data; boundary=x", "nonsense"):
        yield Malformed(kind, whole, content_type=kind)
    form = "application/x-www-form-urlencoded"
    yield Malformed(form, b"reason=x", content_type=form)
    for stranger in ("nonsense", "__proto__", "a/b~c", "æ", NUL):
        body = as_bytes({**right, stranger: 1})
        yield Malformed(f"unknown {stranger!r}", body, frozenset({f"/{_escaped(stranger)}"}))
    yield Malformed("unknown surrogate", as_bytes({**right, SURROGATE: 1}))


def fields(
    right: Mapping[str, Any], schema: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Iterator[Malformed]:
    """Bodies with wrong fields, at whatever depth; each field is wrong in every way it can be.

    As many as go together are wrong in one body: the refusal has to name them all.
    """
    waiting = list(_wrong(right, schema, schemas, ()))
    while waiting:
        taken: dict[Path, Any] = {}
        left = []
        for path, value in waiting:
            if any(_overlap(path, other) for other in taken):
                left.append((path, value))
            else:
                taken[path] = value
        body = deepcopy(dict(right))
        for path, value in taken.items():
            _put(body, path, value)
        told = {_pointer(path): _shown(value) for path, value in taken.items()}
        yield Malformed(str(told), as_bytes(body), frozenset(told))
        waiting = left


def _overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _pointer(path: Path) -> str:
    return "".join(f"/{_escaped(str(step))}" for step in path)


def _shown(value: Any) -> str:
    return "missing" if value is _GONE else repr(value)[:40]


def _wrong(
    right: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, Any]]:
    options = [_resolved(one, schemas) for one in _resolved(schema, schemas).get("anyOf", [schema])]
    kinds = {one["type"] for one in options} | {
        "integer" for one in options if one["type"] == "number"
    }
    meant = next(one for one in options if _kind(right) in {one["type"], "integer"})
    if path:
        others = (None, 1, 1.5, True, "x" * 70_000, [[]], {"nonsense": 1}, NUL, SURROGATE)
        yield from ((path, value) for value in others if _kind(value) not in kinds)
        yield from (
            (path, value)
            for value in _near_misses(meant)
            if _kind(value) == meant["type"] or _kind(value) not in kinds
        )
    if meant["type"] == "object":
        yield from _wrong_members(right, meant, schemas, path)
    if meant["type"] == "array":
        yield from ((path, value) for value in _lists(right, meant))
        yield from _wrong(right[0], meant["items"], schemas, (*path, 0))


def _wrong_members(
    right: Mapping[str, Any], schema: Mapping[str, Any], schemas: Mapping[str, Any], path: Path
) -> Iterator[tuple[Path, Any]]:
    for name, part in schema["properties"].items():
        if name in schema.get("required", ()):
            yield (*path, name), _GONE
        if name in right:
            yield from _wrong(right[name], part, schemas, (*path, name))
    if path:
        yield (*path, "nonsense"), 1


def _near_misses(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Values of the right kind, or nearly, that are wrong all the same."""
    if "enum" in schema or "const" in schema:
        yield from ("nonsense", "", NUL, SURROGATE)
    elif schema.get("format") in _BY_FORMAT:
        yield from _BY_FORMAT[schema["format"]]
    elif "-W" in schema.get("pattern", ""):
        yield from _WEEKS
    elif schema["type"] == "string":
        yield from _texts(schema)
    elif schema["type"] in {"integer", "number"}:
        yield from (ENORMOUS, -ENORMOUS, "7", "")
        yield from [-1] if schema.get("minimum", -1) >= 0 else []
        yield from [1.5] if schema["type"] == "integer" else []
    elif schema["type"] == "boolean":
        yield from ("yes", "true", 1, 0, "")


def _texts(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (NUL, SURROGATE)
    if schema.get("minLength"):
        yield ""
    if longest := schema.get("maxLength"):
        yield "x" * (longest + 1)
    if "pattern" in schema:
        yield from ("æ\n", "٠٣٠١", "0301\n", "x" * 70_000)


def _lists(right: list[Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    if schema.get("minItems"):
        yield []
    if most := schema.get("maxItems"):
        yield right[:1] * (most + 1)


_DAYS = (
    "2020-02-30", "2021-02-29", "2020-13-01", "2020-3-1", "20200312", "12.03.2020", "1583971200",
    "0001-01-01", "9999-12-31", "10000-01-01", "2020-03-12T00:00:00Z", "２０２０-03-12", "",
    1583971200, NUL, SURROGATE,
)  # fmt: skip
_MOMENTS = (
    "2020-06-09T25:00:00Z", "2020-02-30T10:00:00Z", "2020-06-09T13:05:00", "2020-06-09",
    "2020-06-09T13:05:00+25:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "",
    1591700700, "1591700700", NUL, SURROGATE,
)  # fmt: skip
_WEEKS = (
    "2021-W53", "2020-W54", "2020-W00", "2020-W1", "2020W24", "uke 24", "0000-W01", "9999-W52",
    "٢٠٢٠-W٢٤", "2020-W24-1", "", 202024, NUL, SURROGATE,
)  # fmt: skip


_BY_FORMAT = {
    "date": _DAYS,
    "date-time": _MOMENTS,
    "uuid": ("x", "", "5d2f7a0e-0c4b-4c1e-9a34", NUL, SURROGATE),
}


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    kinds = {int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


def _put(body: Any, path: Path, value: Any) -> None:
    *way, last = path
    for step in way:
        body = body[step]
    if value is _GONE:
        del body[last]
    else:
        body[last] = value


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
