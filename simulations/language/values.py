"""The values of a scenario file: numbers, times, hours of the week and distributions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from pathway_engine.language.findings import shown
from pathway_engine.language.form import Form, Report, said
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Listing, Node, Scalar, Table
from simulations.durations import (
    KINDS,
    Spread,
    by_mean,
    by_quantiles,
    empirical,
    erlang,
    exponential,
    fixed,
    uniform,
)
from simulations.scenario import Week

NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,17})?", re.ASCII)
TIME = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,17})?)(?: (minutes?|hours?|days?|weeks?))?", re.ASCII)
UNITS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0}
TIME_IS = "days as a number, or 30 minutes, 4 hours, 2 days, 3 weeks"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
A_LONG_TIME = 36_525.0


def number_of(node: Node, report: Report, what: str, least: float = 0.0, most: float = 1e12) -> float | None:
    """Return the number that stands there, noting when there is none or it is out of bounds."""
    text = node.text if isinstance(node, Scalar) else ""
    if not NUMBER.fullmatch(text):
        report.add(node, f"{what}: {said(node)}", "a number, as 3 or 0.25", "number")
        return None
    value = float(text)
    if not least <= value <= most:
        bounds = f"a number from {least:g}" + (f" to {most:g}" if most < 1e12 else "")
        report.add(node, f"{what}: {text}", bounds, "negative" if value < 0 <= least else "out-of-bounds")
        return None
    return value


def count_of(node: Node, report: Report, what: str, least: int = 0, most: int = 1_000_000) -> int | None:
    """Return the whole number that stands there."""
    value = number_of(node, report, what, least, most)
    if value is not None and value != int(value):
        report.add(node, f"{what}: {said(node)}", "a whole number", "whole-number")
        return None
    return None if value is None else int(value)


def time_of(node: Node, report: Report, what: str) -> float | None:
    """Return the days that stand there."""
    match = TIME.fullmatch(node.text) if isinstance(node, Scalar) else None
    if match is None:
        report.add(node, f"{what}: {said(node)}", TIME_IS, "time")
        return None
    days = float(match[1]) * UNITS[(match[2] or "day").rstrip("s")]
    if days < 0:
        report.add(node, f"{what}: {said(node)}", "a time that is not negative", "negative-time")
        return None
    if days > A_LONG_TIME:
        report.add(node, f"{what}: {said(node)}", "at most a hundred years", "too-long")
        return None
    return days


def numbers_of(node: Node, report: Report, what: str, counts: Sequence[int] = ()) -> tuple[float, ...]:
    """Return the numbers of a list, of which there must be one of *counts* where they are given."""
    items = node.items if isinstance(node, Listing) else ()
    right = " or ".join(map(str, counts)) + " numbers in a list" if counts else "numbers in a list, at least one"
    if not items or (counts and len(items) not in counts):
        found = f"{len(items)} numbers" if isinstance(node, Listing) else said(node)
        report.add(node, f"{what}: {found}", right, "how-many-numbers")
        return ()
    values = [number_of(item, report, what) for item in items]
    return () if None in values else tuple(value for value in values if value is not None)


def day_of(node: Node, report: Report, what: str, starts: date) -> float | None:
    """Return the day of the simulation that a date, or a number of days, means."""
    text = node.text if isinstance(node, Scalar) else ""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return time_of(node, report, what)
    try:
        day = (date.fromisoformat(text) - starts).days
    except ValueError:
        report.add(node, f"{what}: {shown(text)}", "a date that exists, as 2027-01-31", "date")
        return None
    if day < 0:
        report.add(node, f"{what}: {shown(text)}", f"a day from {starts} on, when the run starts", "before-the-start")
        return None
    return float(day)


def by_name(
    node: Node, names: Sequence[str], what: str, report: Report, read: Callable[[Node], float | None]
) -> Mapping[str, float] | None:
    """Return a value for each of *names*: the one that stands there, or those of a table of all of them."""
    if not isinstance(node, Table):
        value = read(node)
        return None if value is None else dict.fromkeys(names, value)
    for key, _ in node.entries:
        if key.text not in names:
            report.add(key, f"{what} of {shown(key.text)}", one_of(names, key.text), "unknown-name")
    missing = [name for name in names if node.get(name) is None]
    if missing:
        report.add(
            node, f"{what} without {', '.join(missing)}", f"a value for each of {', '.join(names)}", "missing-name"
        )
    found = {key.text: read(value) for key, value in node.entries if key.text in names}
    values = {name: value for name, value in found.items() if value is not None}
    return values if len(values) == len(names) else None


# -- hours of the week -----------------------------------------------------------------------------


def week_of(form: Form, key: str) -> Week | None:
    """Return the hours under *key*, a list of days and hours; None where nothing is given."""
    if not form.has(key):
        return None
    opens = [False] * 168
    for part in form.forms(key, "week"):
        days, hours = _days(part), _hours(part)
        for day in days:
            for hour in hours:
                opens[day * 24 + hour] = True
    if not any(opens):
        form.report.add(form.node(key), f"{key} that is never open", "at least one hour a week", "never-open")
        return None
    return tuple(opens)


def _days(part: Form) -> list[int]:
    if not part.has("days"):
        return list(range(7))
    days: list[int] = []
    for each in part.text("days").split(","):
        first, _, last = each.strip().partition("-")
        if first not in DAYS or (last and last not in DAYS):
            part.report.add(
                part.node("days"), f"days: {shown(each.strip())}", f"as mon-fri, of {', '.join(DAYS)}", "days"
            )
            return list(range(7))
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
    return days


def _hours(part: Form) -> list[int]:
    if not part.has("hours"):
        return list(range(24))
    text = part.text("hours")
    match = re.fullmatch(r"(\d{1,2})-(\d{1,2})", text, re.ASCII)
    if match and int(match[1]) < 24 and int(match[2]) <= 24 and match[1] != match[2]:
        begin, end = int(match[1]), int(match[2])
        return list(range(begin, end)) if begin < end else [*range(begin, 24), *range(end)]
    part.report.add(part.node("hours"), f"hours: {shown(text)}", "full hours from 0 to 24, as 8-15 or 22-7", "hours")
    return list(range(24))


# -- distributions ---------------------------------------------------------------------------------


def spread_of(node: Node, report: Report, what: str) -> Spread | None:
    """Return the distribution that stands there: a time alone is always that long."""
    if isinstance(node, Scalar):
        days = time_of(node, report, what)
        return None if days is None else fixed(days)
    if not isinstance(node, Table) or len(node.entries) != 1:
        report.add(node, f"{what}: {said(node)}", f"a time, or one distribution: {', '.join(KINDS)}", "distribution")
        return None
    key, value = node.entries[0]
    if key.text not in KINDS:
        report.add(key, f"the distribution {shown(key.text)}", one_of(KINDS, key.text), "unknown-distribution")
        return None
    return _READERS[key.text](value, report, f"{what}, {key.text}")


def _fixed(node: Node, report: Report, what: str) -> Spread | None:
    days = time_of(node, report, what)
    return None if days is None else fixed(days)


def _exponential(node: Node, report: Report, what: str) -> Spread | None:
    mean = _positive(Form(node, "mean", report), "mean", what)
    return None if mean is None else exponential(mean)


def _erlang(node: Node, report: Report, what: str) -> Spread | None:
    form = Form(node, "stages", report)
    mean = _positive(form, "mean", what)
    stages = count_of(form.node("stages"), report, f"{what}, stages", 1, 1000) if form.has("stages") else None
    return None if mean is None or stages is None else erlang(mean, stages)


def _uniform(node: Node, report: Report, what: str) -> Spread | None:
    form = Form(node, "range", report)
    least, most = _time(form, "from", what), _time(form, "to", what)
    if least is None or most is None:
        return None
    if least > most:
        report.add(node, f"{what} from {least:g} to {most:g} days", "the lesser first", "range")
        return None
    return uniform(least, most)


def _empirical(node: Node, report: Report, what: str) -> Spread | None:
    form = Form(node, "observed", report) if isinstance(node, Table) else None
    values = form.node("values") if form else node
    items = values.items if isinstance(values, Listing) else ()
    if not items:
        report.add(values, f"{what}: {said(values)}", "the times that were seen, in a list", "no-observations")
        return None
    times = [time_of(item, report, what) for item in items]
    seen = tuple(time for time in times if time is not None)
    weights = (
        numbers_of(form.node("weights"), report, f"{what}, weights", (len(items),))
        if form and form.has("weights")
        else ()
    )
    if form and form.has("weights") and (len(weights) != len(items) or not sum(weights)):
        if weights:
            report.add(form.node("weights"), f"{what}: weights that are all 0", "at least one above 0", "weights")
        return None
    return empirical(seen, weights) if len(seen) == len(items) else None


def _two_numbers(kind: str) -> Callable[[Node, Report, str], Spread | None]:
    def read(node: Node, report: Report, what: str) -> Spread | None:
        form = Form(node, "mean and sd", report)
        given = [key.text for key, _ in form.table.entries if key.text in report.sections["mean and sd"]]
        if set(given) == {"mean", "sd"}:
            mean, sd = _positive(form, "mean", what), _positive(form, "sd", what)
            return None if mean is None or sd is None else by_mean(kind, mean, sd)
        if len(given) != 2 or {"mean", "sd"} & set(given):
            found = " and ".join(given) or "nothing"
            report.add(node, f"{what} by {found}", "mean and sd, or two quantiles as median and p90", "two-numbers")
            return None
        points = sorted((_share(key), _positive(form, key, what) or 0.0) for key in given)
        if not 0 < points[0][1] < points[1][1]:
            if points[0][1] > 0 and points[1][1] > 0:
                report.add(node, f"{what}: quantiles that do not rise", "the higher share the longer time", "quantiles")
            return None
        return by_quantiles(kind, points[0], points[1])

    return read


def _share(key: str) -> float:
    return 0.5 if key == "median" else int(key[1:]) / 100


def _time(form: Form, key: str, what: str) -> float | None:
    return time_of(form.node(key), form.report, f"{what}, {key}") if form.has(key) else None


def _positive(form: Form, key: str, what: str) -> float | None:
    days = _time(form, key, what)
    if days == 0:
        form.report.add(form.node(key), f"{what}, {key}: 0", "a time above 0", "zero-time")
        return None
    return days


_READERS: Mapping[str, Callable[[Node, Report, str], Spread | None]] = {
    "fixed": _fixed,
    "exponential": _exponential,
    "lognormal": _two_numbers("lognormal"),
    "gamma": _two_numbers("gamma"),
    "weibull": _two_numbers("weibull"),
    "erlang": _erlang,
    "uniform": _uniform,
    "empirical": _empirical,
}
