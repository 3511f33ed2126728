"""Ledelse: how much of what should be done is done, in time, month by month, and what it may cost."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.domain.quality import Figure
from pathway_engine.domain.quality_measures import MEASURE_OF, TO_BEAT, Kind, Measure
from pathway_engine.service.quality import ALL, QualityReport, Series
from pathway_engine.service.views import Principal
from pathway_engine.web.charts import DARK, LIGHT, can_draw, run_chart
from pathway_engine.web.errors import PageError
from pathway_engine.web.language import Language, local_day
from pathway_engine.web.management_ports import Quality, QualityService
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.quality_csv import report_csv
from pathway_engine.web.sessions import Now, SignedIn

router = APIRouter()

FRESH = timedelta(minutes=5)
KEPT = 32
HALF_YEAR = 6
_HALF = re.compile(r"(20[0-9]{2})-([12])")


@router.get("/management")
def management_page(request: Request, who: SignedIn, service: Quality, now: Now) -> HTMLResponse:
    """Show the last twelve months."""
    report = _report(request, service, who, now)
    return _shown(request, "management.html", report, half=_halves(now)[0])


@router.get("/management/charts/{name}")
def chart(request: Request, name: str, who: SignedIn, service: Quality, now: Now) -> Response:
    """Draw one measure; 404 for a measure that there is not, or where nothing can draw."""
    measure = name.removesuffix(".svg")
    if measure not in MEASURE_OF or not name.endswith(".svg") or not can_draw():
        raise PageError(404)
    series = _report(request, service, who, now).of(measure)
    paint = DARK if request.query_params.get("scheme") == "dark" else LIGHT
    return Response(run_chart(series, language_of(request), paint), media_type="image/svg+xml")


@router.get("/management/report")
def report_page(request: Request, who: SignedIn, service: Quality, now: Now) -> HTMLResponse:
    """Show a half-year for print."""
    half = _half(request, now)
    report = _report(request, service, who, now, half)
    return _shown(request, "management_report.html", report, half=half, halves=_halves(now))


@router.get("/management/report.csv")
def report_as_csv(request: Request, who: SignedIn, service: Quality, now: Now) -> Response:
    """Give a half-year as a table for a spreadsheet."""
    half = _half(request, now)
    report = _report(request, service, who, now, half)
    name = f"kvalitet-{half}.csv"
    return Response(
        report_csv(report, language_of(request)), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def shown_value(figure: Figure, say: Language) -> str:
    """Return a figure in words: a percentage, a number, or why there is none."""
    if figure.is_suppressed:
        return say("quality.few")
    if figure.value is None:
        return "–"
    if MEASURE_OF[figure.measure].kind is Kind.SHARE:
        return say.percent(figure.value)
    return say.number(round(figure.value, 1))


def shown_parts(figure: Figure, say: Language) -> str:
    """Return what a figure is made of: ``12 av 29``."""
    if figure.denominator is None:
        return say("quality.few")
    if MEASURE_OF[figure.measure].kind is Kind.MEDIAN or figure.numerator is None:
        return say("quality.of_stays", count=figure.denominator)
    return say("quality.parts", numerator=say.number(figure.numerator), denominator=figure.denominator)


def told(series: Series, say: Language) -> str:
    """Return in words what the chart of a measure shows."""
    lines, shown = series.variation, [each for each in series.months if each.value is not None]
    if not shown or lines.middle is None:
        return say("quality.nothing")
    text = say(
        "quality.told", latest=shown_value(shown[-1], say), month=say.month(shown[-1].of),
        middle=_in_words(series.measure, lines.middle, say),
    )  # fmt: skip
    signals = [("shift", lines.shifted), ("beyond", lines.beyond)]
    found = [say(f"signal.{name}", months=_names(series, places, say)) for name, places in signals if places]
    return " ".join([text, *(found or [say("quality.chance")])])


def _names(series: Series, places: tuple[int, ...], say: Language) -> str:
    return ", ".join(say.month(series.months[place].of) for place in places)


def _in_words(measure: Measure, value: float, say: Language) -> str:
    return say.percent(value) if measure.kind is Kind.SHARE else say.number(round(value, 1))


def _shown(request: Request, template: str, report: QualityReport, **more: object) -> HTMLResponse:
    say = language_of(request)
    return page(
        request, template, report=report, head=report.of("three_of_four"), can_draw=can_draw(), to_beat=TO_BEAT,
        value=lambda figure: shown_value(figure, say), parts=lambda figure: shown_parts(figure, say),
        told=lambda series: told(series, say), unit_name=dict(report.units).get(report.unit, ""),
        address=lambda path, **asked: _address(path, report, asked), **more,
    )  # fmt: skip


def _address(path: str, report: QualityReport, asked: dict[str, object]) -> str:
    unit = {} if report.unit == ALL else {"unit": report.unit}
    known = {name: value for name, value in {**unit, **asked}.items() if value}
    return path + (f"?{urlencode(known)}" if known else "")


def _report(request: Request, service: QualityService, who: Principal, now: datetime, half: str = "") -> QualityReport:
    """The figures, counted anew after some minutes: a page and its charts are of the same count."""
    unit = request.query_params.get("unit", ALL)
    kept: dict[object, tuple[datetime, QualityReport]] = request.app.state.__dict__.setdefault("quality", {})
    key = (who.person, who.role, who.seats, unit, half)
    if key in kept and timedelta() <= now - kept[key][0] < FRESH:
        return kept[key][1]
    try:
        first, months = (_first(half), HALF_YEAR) if half else (None, 12)
        report = service.quality(who, now, unit=unit, first=first, months=months)
    except NotPermitted:
        raise PageError(404) from None
    while len(kept) >= KEPT:
        kept.pop(next(iter(kept)))
    kept[key] = now, report
    return report


def _half(request: Request, now: datetime) -> str:
    asked = request.query_params.get("half", "")
    known = _halves(now)
    return asked if asked in known else known[0]


def _halves(now: datetime) -> list[str]:
    """The present half-year and the three before it, as ``2026-2``."""
    day = local_day(now)
    number = day.year * 2 + (day.month > HALF_YEAR)
    return [f"{each // 2}-{each % 2 + 1}" for each in range(number, number - 4, -1)]


def _first(half: str) -> date:
    found = _HALF.fullmatch(half)
    assert found is not None, half
    return date(int(found[1]), 1 if found[2] == "1" else 7, 1)
