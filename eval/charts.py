"""Charts of the report as inline SVG: nothing is fetched, colours follow the page, and each point tells its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.baseline import HEADLINES, Blessing
from eval.scores import Mean
from eval.stats import Interval

_ROW = 22
_LEFT, _PLOT, _RIGHT = 190, 420, 130


@dataclass(frozen=True, slots=True)
class Bar:
    """One metric: the mean now with its 95 % interval, and the mean of the baseline where there is one."""

    metric: str
    arrow: str
    now: Mean
    interval: Interval | None = None
    before: float | None = None


def metrics_chart(bars: Sequence[Bar]) -> str:
    """Return a dot a metric on a scale from 0 to 1, its interval as a line and the baseline as a tick."""
    known = [bar for bar in bars if bar.now.value is not None]
    height = _ROW * len(known) + 30
    lines = [_svg(_LEFT + _PLOT + _RIGHT, height, "Each metric with its 95 % interval, and the baseline")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = _LEFT + _PLOT * share
        lines.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 22}"/>')
        lines.append(f'<text class="axis" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{share:g}</text>')
    for row, bar in enumerate(known):
        lines += _bar(bar, _ROW * row + 16)
    return "\n".join([*lines, "</svg>"])


def _bar(bar: Bar, y: float) -> list[str]:
    value = bar.now.value or 0.0
    x = _LEFT + _PLOT * value
    told = f"{bar.metric}: {value:.3f} over {bar.now.n} questions"
    lines = [f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(bar.metric)} {bar.arrow}</text>']
    if bar.interval is not None:
        low, high = (_LEFT + _PLOT * min(1.0, max(0.0, end)) for end in (bar.interval.low, bar.interval.high))
        lines.append(f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>')
        told += f", interval {bar.interval.low:.3f} to {bar.interval.high:.3f}"
    if bar.before is not None:
        at = _LEFT + _PLOT * bar.before
        lines.append(f'<line class="before" x1="{at:.1f}" x2="{at:.1f}" y1="{y - 7}" y2="{y + 7}"/>')
        told += f", baseline {bar.before:.3f}"
    lines.append(f'<circle class="now" cx="{x:.1f}" cy="{y}" r="4.5"><title>{escape(told)}</title></circle>')
    change = "" if bar.before is None or abs(value - bar.before) < 5e-4 else f" ({value - bar.before:+.3f})"
    lines.append(f'<text class="value" x="{_LEFT + _PLOT + 12}" y="{y + 4}">{value:.3f}{change}</text>')
    return lines


def history_chart(history: Sequence[Blessing]) -> str:
    """Return a small line chart a headline metric, a point a blessing, oldest first; nothing where nothing was blessed."""
    if not history:
        return ""
    return "\n".join(f"<figure>{_line(metric, history)}</figure>" for metric in HEADLINES)


def _line(metric: str, history: Sequence[Blessing]) -> str:
    width, height, edge = 230, 110, 14
    step = (width - 2 * edge - 44) / max(1, len(history) - 1)
    points: list[tuple[float, float, Blessing, float]] = []
    for at, blessing in enumerate(history):
        value = blessing.means.get(metric)
        if value is not None:
            points.append((edge + step * at, height - 24 - (height - 54) * value, blessing, value))
    lines = [_svg(width, height, f"{metric} of each blessed baseline"), f'<text class="name" x="{edge}" y="16">{metric}</text>']
    for share in (0, 1):
        level = height - 24 - (height - 54) * share
        lines.append(f'<line class="grid" x1="{edge}" x2="{width - 44}" y1="{level}" y2="{level}"/>')
        lines.append(f'<text class="axis" x="{edge - 3}" y="{level + 4}" text-anchor="end">{share}</text>')
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _, _ in points)
        lines.append(f'<polyline class="path" points="{path}"/>')
        for x, y, blessing, value in points:
            told = escape(f"{blessing.date}: {value:.3f}, {blessing.reason}")
            lines.append(f'<circle class="now" cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{told}</title></circle>')
        x, y, _, value = points[-1]
        lines.append(f'<text class="value" x="{x + 8:.1f}" y="{y + 4:.1f}">{value:.3f}</text>')
    days = f"{history[0].date}" if len(history) == 1 else f"{history[0].date} … {history[-1].date}"
    lines.append(f'<text class="axis" x="{edge}" y="{height - 6}">{days}</text>')
    return "\n".join([*lines, "</svg>"])


def _svg(width: float, height: float, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="{escape(label)}">'
    )
