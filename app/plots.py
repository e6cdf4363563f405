"""Line plots as SVG of our own: no script, no font; lines differ by dash as by colour."""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, log10

_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 28, 36
#: Told apart on white by everybody (Okabe and Ito), and by their dashes in print.
_LINES = (
    ("#0072b2", ""),
    ("#d55e00", "7 4"),
    ("#009e73", "2 3"),
    ("#cc79a7", "10 3 2 3"),
    ("#000000", "1 5"),
    ("#56b4e9", "12 6"),
)


def line_plot(title: str, across: Sequence[float], lines: Mapping[str, Sequence[float]]) -> str:
    """An SVG that says in words what it shows: each line's first and last value."""
    top = max((value for values in lines.values() for value in values), default=0.0)
    step = _step(top)
    high = max(step, step * -(-top // step))
    first, last = (min(across), max(across)) if across else (0.0, 1.0)
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(value: float) -> float:
        return _LEFT + wide * (value - first) / ((last - first) or 1)

    def y(value: float) -> float:
        return _TOP + tall * (1 - value / high)

    box = f"0 0 {_WIDTH} {_HEIGHT + 18 * len(lines)}"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" '
            f'role="img" aria-label="{escape(_told(title, lines), quote=True)}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<text x="{_LEFT}" y="16" font-weight="bold">{escape(title)}</text>',
    ]
    for index in range(round(high / step) + 1):
        level = index * step
        parts.append(
            f'<path d="M{_LEFT} {y(level):.1f}H{_WIDTH - _RIGHT}" stroke="#ccc"/>'
            f'<text x="{_LEFT - 6}" y="{y(level) + 4:.1f}" text-anchor="end">{level:g}</text>'
        )
    parts += [
        f'<text x="{x(value):.1f}" y="{_HEIGHT - 14}" text-anchor="middle">{value:g}</text>'
        for value in (first, (first + last) / 2, last)
    ]
    for index, (name, values) in enumerate(lines.items()):
        colour, dash = _LINES[index % len(_LINES)]
        points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(across, values, strict=True))
        style = f'fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
        below = _HEIGHT + 18 * index
        parts.append(
            f'<polyline points="{points}" {style}/>'
            f'<path d="M{_LEFT} {below}h40" {style}/>'
            f'<text x="{_LEFT + 48}" y="{below + 4}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _told(title: str, lines: Mapping[str, Sequence[float]]) -> str:
    said = [f"{name} from {v[0]:g} to {v[-1]:g}" for name, v in lines.items() if v]
    return f"{title}: " + "; ".join(said)


def _step(top: float) -> float:
    """1, 2 or 5 times a power of ten, so that four to eight lines are drawn."""
    if top <= 0:
        return 1.0
    power = 10.0 ** floor(log10(top / 4))
    return next(factor * power for factor in (1, 2, 5, 10) if top / (factor * power) <= 8)
