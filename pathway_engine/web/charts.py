"""Run charts as SVG by matplotlib, which is optional: without it the tables beside the charts say everything."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from pathway_engine.domain.quality_measures import Kind
from pathway_engine.service.quality import Series
from pathway_engine.web.language import Language


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of a chart; what they mean is told by shape as well."""

    ink: str
    quiet: str
    line: str
    warning: str
    paper: str


LIGHT = Paint("#1e2226", "#4c5359", "#0062ba", "#a04a00", "#ffffff")
DARK = Paint("#eceff1", "#b4bbc1", "#7db8ee", "#f0ad3e", "#1b1f23")


def can_draw() -> bool:
    """Say whether matplotlib is here."""
    return find_spec("matplotlib") is not None


def run_chart(series: Series, say: Language, paint: Paint) -> bytes:
    """Return the months of a measure with their middle line, limits and goal, as SVG whose text stays text."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "pathway", "font.size": 11, "font.family": "sans-serif"}):
        drawn = Figure(figsize=(5.0, 3.1), layout="constrained", facecolor=paint.paper)
        FigureCanvasSVG(drawn)
        axes = drawn.add_subplot(facecolor=paint.paper)
        _lines(axes, series, say, paint)
        _points(axes, series, paint)
        _frame(axes, series, say, paint)
        out = io.BytesIO()
        drawn.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _scale(series: Series) -> float:
    return 100.0 if series.measure.kind is Kind.SHARE else 1.0


def _lines(axes: Any, series: Series, say: Language, paint: Paint) -> None:
    lines, scale, places = series.variation, _scale(series), range(len(series.months))
    if lines.middle is not None:
        axes.axhline(lines.middle * scale, color=paint.quiet, linestyle="--", linewidth=1, label=say("quality.middle"))
    for number, limits in enumerate((lines.lower, lines.upper)):
        if any(each is not None for each in limits):
            axes.step(
                places, [None if each is None else each * scale for each in limits], where="mid", color=paint.quiet,
                linestyle=":", linewidth=1, label=say("quality.limits") if number == 0 else None,
            )  # fmt: skip
    if series.measure.goal is not None:
        axes.axhline(series.measure.goal * scale, color=paint.warning, linewidth=1.2, label=say("quality.to_beat"))


def _points(axes: Any, series: Series, paint: Paint) -> None:
    values = [None if each.value is None else each.value * _scale(series) for each in series.months]
    shown = [float("nan") if value is None else value for value in values]
    axes.plot(range(len(shown)), shown, "o-", color=paint.line, markersize=4, linewidth=1.4)
    special = sorted({*series.variation.shifted, *series.variation.beyond})
    axes.plot(special, [shown[place] for place in special], "D", color=paint.warning, markersize=7, linestyle="none")


def _frame(axes: Any, series: Series, say: Language, paint: Paint) -> None:
    axes.set_xticks(range(len(series.months)), [say.month(each.of) for each in series.months], rotation=45)
    axes.set_ylim(bottom=0, top=105 if series.measure.kind is Kind.SHARE else None)
    axes.set_ylabel("%" if series.measure.kind is Kind.SHARE else say(f"unit_of.{series.measure.id}"), color=paint.ink)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(paint.quiet)
    axes.tick_params(colors=paint.ink)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(
            frameon=False, fontsize=9, labelcolor=paint.ink, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3
        )
