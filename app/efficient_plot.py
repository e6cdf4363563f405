"""Efficient plans as an SVG of our own: cost across, evenness up, the size of a dot its beds."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 60, 52
_LINE, _DOT, _BEST = "#0072b2", "#56b4e9", "#d55e00"


@dataclass(frozen=True, slots=True)
class Point:
    #: Kronor a night, and per cent of the measure.
    kronor: float
    uneven: float
    beds: int
    #: On the line of cost against evenness.
    on_line: bool
    best: bool


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on it, in the reader's language."""

    title: str
    across: str
    up: str
    best: str
    #: What it shows, for whoever does not see it.
    told: str
    #: Between whole numbers and parts.
    point: str = "."


def efficient_plot(words: Words, points: Sequence[Point]) -> str:
    """Lower is evener, further left is cheaper; the plans on the line are joined."""
    x = _Scale([one.kronor for one in points], _LEFT, _WIDTH - _RIGHT)
    y = _Scale([one.uneven for one in points], _HEIGHT - _BOTTOM, _TOP)
    box = f"0 0 {_WIDTH} {_HEIGHT}"
    told = escape(words.told, quote=True)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - 8
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img" '
            f'width="{_WIDTH}" height="{_HEIGHT}" '
            f'aria-label="{told}" font-family="sans-serif" font-size="12" fill="currentColor">'
        ),
        f'<text x="{_LEFT}" y="18" font-weight="bold">{escape(words.title)}</text>',
        f'<text x="{right}" y="{bottom}" text-anchor="end">{escape(words.across)}</text>',
        f'<text x="{_LEFT}" y="36">{escape(words.up)}</text>',
    ]
    parts += [
        f'<path d="M{_LEFT} {y(level):.1f}H{right}" stroke="#999" stroke-opacity="0.4"/>'
        f'<text x="{_LEFT - 6}" y="{y(level) + 4:.1f}" text-anchor="end">'
        f"{_said(level, words.point)}</text>"
        for level in _levels([one.uneven for one in points])
    ]
    parts += [
        f'<text x="{x(level):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
        f"{_said(level, words.point)}</text>"
        for level in _levels([one.kronor for one in points])
    ]
    line = " ".join(f"{x(one.kronor):.1f},{y(one.uneven):.1f}" for one in points if one.on_line)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="2"/>')
    most = max((one.beds for one in points), default=1)
    least = min((one.beds for one in points), default=0)
    for one in sorted(points, key=lambda one: one.best):
        across, up = x(one.kronor), y(one.uneven)
        size = 4 + 4 * (one.beds - least) / ((most - least) or 1)
        colour = _BEST if one.best else _LINE if one.on_line else _DOT
        parts.append(
            f'<circle cx="{across:.1f}" cy="{up:.1f}" r="{size:.1f}" fill="{colour}" '
            'fill-opacity="0.75"/>'
        )
        if one.best:
            end = across > _WIDTH * 2 / 3
            parts.append(
                f'<text x="{across + (-12 if end else 12):.1f}" y="{up - 8:.1f}" '
                f'text-anchor="{"end" if end else "start"}" font-weight="bold">'
                f"{escape(words.best)}</text>"
            )
    return "\n".join([*parts, "</svg>"])


class _Scale:
    """From values to places, with a margin; one value alone stands in the middle."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        low, high = min(values, default=0.0), max(values, default=1.0)
        margin = (high - low) * 0.06 or 1.0
        self._low, self._wide = low - margin, high - low + 2 * margin
        self._first, self._last = first, last

    def __call__(self, value: float) -> float:
        return self._first + (self._last - self._first) * (value - self._low) / self._wide


def _levels(values: Sequence[float]) -> list[float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high:
        return [low]
    return [low + (high - low) * step / 4 for step in range(5)]


def _said(value: float, point: str) -> str:
    """Told to a part in a thousand, thousands apart."""
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    whole = f"{value:,.{digits}f}".replace(",", "\N{NO-BREAK SPACE}")
    return whole.replace(".", point)
