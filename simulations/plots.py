"""Plots as SVG or PNG by matplotlib, which is optional: without it there are tables and no plots."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pathway_engine.domain.errors import PathwayEngineError
from simulations.forecasting import Forecast
from simulations.runs import Bands, Outcome
from simulations.survival import beyond
from simulations.wording import Tongue, named

if TYPE_CHECKING:
    from simulations.calibrating import Calibration
    from simulations.optimising import Optimum

Form = Literal["svg", "png"]
COLOUR, SHADE = "#0b5c8a", "#9cc3da"


class NoPlots(PathwayEngineError):
    """matplotlib is not installed."""


def can_plot() -> bool:
    """Say whether matplotlib is here."""
    return find_spec("matplotlib") is not None


@contextmanager
def _figure(title: str, across: str, up: str) -> Iterator[tuple[Any, Any]]:
    """Give a figure and its axes in one style; the text in it stays text."""
    if not can_plot():
        raise NoPlots("there is no matplotlib here; `pip install pathway-engine[simulate]` would be right")
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "pathway", "font.size": 9}):
        drawn = Figure(figsize=(7.2, 2.8), layout="constrained")
        FigureCanvasSVG(drawn)
        axes = drawn.add_subplot()
        axes.set(title=title, xlabel=across, ylabel=up)
        axes.spines[["top", "right"]].set_visible(False)
        yield drawn, axes


def _written(drawn: Any, form: Form) -> bytes:
    out = io.BytesIO()
    nothing = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    drawn.savefig(out, format=form, metadata=nothing, dpi=150)
    return out.getvalue()


def inline(svg: bytes) -> str:
    """Return an SVG as part of a page: without what stands before its first element."""
    text = svg.decode()
    return text[text.index("<svg") :]


def band_plot(bands: Bands, tongue: Tongue, form: Form = "svg", warm_up: float = 0.0) -> bytes:
    """Return a time series with its 10 to 90 % band; the warm-up is shaded, and a last bucket cut short left out."""
    whole = slice(None, -1 if len(bands.days) > 2 else None)
    with _figure(named(bands.name, tongue), "døgn" if tongue == "nb" else "days", "") as (drawn, axes):
        axes.fill_between(bands.days[whole], bands.low[whole], bands.high[whole], color=SHADE, linewidth=0)
        axes.plot(bands.days[whole], bands.mean[whole], color=COLOUR, linewidth=1.2)
        if warm_up > 0:
            axes.axvspan(0, warm_up, color="0.92", zorder=0)
        axes.set_ylim(bottom=0)
        return _written(drawn, form)


def outcome_plots(outcome: Outcome, tongue: Tongue, form: Form = "svg") -> dict[str, bytes]:
    """Return a plot of each time series that is not 0 all along, by a name fit for a file."""
    warm_up = outcome.scenario.run.warm_up
    shown = [each for each in outcome.bands if each.high.any()]
    return {_file(str(each.name)): band_plot(each, tongue, form, warm_up) for each in shown}


def forecast_plot(found: Forecast, what: str, of: str, tongue: Tongue, form: Form = "svg") -> bytes:
    """Return a fan of the 50, 80 and 95 % intervals around the median."""
    paths, days = found.of(what, of), np.arange(1, found.days + 1)
    name = next(each for each in found.names if (each.what, each.of) == (what, of))
    with _figure(named(name, tongue), "døgn fram" if tongue == "nb" else "days ahead", "") as (drawn, axes):
        for share, alpha in ((0.95, 0.25), (0.8, 0.45), (0.5, 0.8)):
            low, high = np.quantile(paths, ((1 - share) / 2, (1 + share) / 2), axis=0)
            axes.fill_between(days, low, high, color=SHADE, alpha=alpha, linewidth=0)
        axes.plot(days, np.median(paths, axis=0), color=COLOUR)
        axes.set_ylim(bottom=0)
        return _written(drawn, form)


def front_plot(found: Optimum, tongue: Tongue, form: Form = "svg") -> bytes:
    """Return cost against overstay days, with the chosen candidate marked."""
    title = "Kostnad og venting" if tongue == "nb" else "Cost and waiting"
    across = "kroner per døgn" if tongue == "nb" else "kroner a day"
    up = "overliggerdøgn per dag" if tongue == "nb" else "overstay days a day"
    with _figure(title, across, up) as (drawn, axes):
        axes.plot(
            [each.cost for each in found.front], [each.overstay.mean for each in found.front], "o-", color=COLOUR, ms=3
        )
        axes.plot([found.chosen.cost], [found.chosen.overstay.mean], "D", color="#a33", ms=6)
        return _written(drawn, form)


def fit_plots(found: Calibration, form: Form = "svg", tongue: Tongue = "en") -> dict[str, str]:
    """Return for each duration the share beyond each day, as seen and as fitted, as SVG by a name fit for a file."""
    plots = {}
    for each in found.durations:
        title = f"{each.phase} ({each.group}): {each.fit.spread.kind}"
        across, up = ("døgn", "andel lenger enn") if tongue == "nb" else ("days", "share longer than")
        with _figure(title, across, up) as (drawn, axes):
            days = np.linspace(1e-3, float(each.curve.days.max()), 200)
            low, high = each.curve.beyond - 1.96 * each.curve.error, each.curve.beyond + 1.96 * each.curve.error
            axes.fill_between(each.curve.days, low.clip(0), high.clip(None, 1), step="post", color=SHADE, linewidth=0)
            axes.step(each.curve.days, each.curve.beyond, where="post", color=COLOUR, linewidth=1)
            axes.plot(days, beyond(each.fit.spread, days), "--", color="#a33", linewidth=1)
            plots[_file(f"{each.phase} {each.group}")] = _written(drawn, form).decode()
    return plots


def _file(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")
