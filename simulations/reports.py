"""One HTML file that prints: what was simulated, figures with intervals, plots, and the STRESS-DES checklist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from pathway_engine.domain.definition import Text
from simulations.comparing import Comparison, Difference
from simulations.estimates import Estimate
from simulations.figures import Name
from simulations.plots import can_plot, inline, outcome_plots
from simulations.runs import Outcome
from simulations.stress import Machine, checklist
from simulations.wording import MINUS, Tongue, digits, figure, named, place, said

OF_UNITS = ("capacity", "occupied", "utilisation", "queue", "wait_mean", "wait_median", "wait_p90", "p_delay")
BLOCKED = ("blocked", "blocked_of_beds", "blocked_of_occupied", "blocked_of_ready")
STARTS_A_NUMBER = frozenset(f"0123456789–{MINUS}")
OF_PLACES = ("discharge_ready", "overstay_days_per_day", "overstay_price_per_day", "p_delay", "delay_mean")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption, heads and rows of texts."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def numbers(self) -> Sequence[bool]:
        """Which columns hold numbers in every row: they stand to the right, and so do their heads."""
        return [all(cell[:1] in STARTS_A_NUMBER for cell in column) for column in zip(*self.rows, strict=True)]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing and what it shows, for who cannot see it."""

    label: str
    svg: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report."""

    heading: str
    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()
    text: str = ""


def report(
    outcome: Outcome, machine: Machine, *, tongue: Tongue = "nb", now: datetime, comparison: Comparison | None = None
) -> str:
    """Return the page. Everything is in it; it asks nothing of the network."""
    variants = () if comparison is None else tuple(each.scenario for each in comparison.outcomes[1:])
    sections = [_headlines(outcome, tongue), _series(outcome, tongue)]
    if comparison is not None:
        sections.append(_compared(comparison, tongue))
    sections.append(_everything(outcome, tongue))
    return _template().render(
        tongue=tongue,
        title=said(outcome.scenario.title, tongue),
        source=outcome.scenario.source,
        warnings=outcome.warnings,
        sections=sections,
        items=checklist(outcome, machine, tongue, variants),
        words={
            "ran": _ran(outcome, machine, tongue, now),
            "stress": _say(tongue, "Sjekkliste for simuleringsstudier", "Checklist for simulation studies"),
        },
    )


@cache
def _template() -> Template:
    """Every value is escaped, but for plots, which are our own drawing."""
    loader = PackageLoader("simulations", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("report.html.j2")


def _say(tongue: Tongue, nb: str, en: str) -> str:
    return said(Text(nb, en), tongue)


def _ran(outcome: Outcome, machine: Machine, tongue: Tongue, now: datetime) -> str:
    count, run = outcome.figures.shape[0], outcome.scenario.run
    return _say(
        tongue,
        f"{count} gjennomføringer av {digits(run.collect, tongue, 0)} døgn etter {digits(run.warm_up, tongue, 0)} "
        f"døgns innkjøring, frø {run.seed}. pathway-engine {machine.version}, {now:%d.%m.%Y}. "
        "Tall med 95 % konfidensintervall.",
        f"{count} replications of {digits(run.collect, tongue, 0)} days after {digits(run.warm_up, tongue, 0)} days of "
        f"warm-up, seed {run.seed}. pathway-engine {machine.version}, {now:%Y-%m-%d}. Figures with 95 % intervals.",
    )


def with_interval(each: Estimate, tongue: Tongue) -> str:
    """Return a figure with its half width, and a mark where it had not settled."""
    mark = " *" if each.is_settled is False else ""
    return f"{digits(each.mean, tongue)} ± {digits(each.half_width, tongue)}{mark}"


def _headlines(outcome: Outcome, tongue: Tongue) -> Section:
    kinds: dict[str, list[str]] = {}
    for name in outcome.names:
        if name.of not in kinds.setdefault(name.kind, []):
            kinds[name.kind].append(name.of)
    units, places = kinds.get("unit", []), [*kinds.get("municipality", []), *kinds.get("group", [])]
    tables = [
        _table(outcome, tongue, _say(tongue, "Enheter", "Units"), OF_UNITS, units),
        _table(
            outcome,
            tongue,
            _say(tongue, "Blokkerte plasser, med tre nevnere", "Blocked places, in three denominators"),
            BLOCKED,
            units,
        ),
        _table(
            outcome,
            tongue,
            _say(tongue, "Utskrivningsklare", "Discharge-ready"),
            OF_PLACES,
            [*dict.fromkeys(places), "total"],
        ),
    ]
    text = _say(tongue, "* hadde ikke falt til ro i løpet av kjøringen.", "* had not settled within the run.")
    return Section(_say(tongue, "Hovedtall", "Headline figures"), tables, text=text)


def _table(outcome: Outcome, tongue: Tongue, caption: str, whats: Iterable[str], ofs: Sequence[str]) -> Table:
    known = {(name.what, name.of): estimate for name, estimate in outcome.estimates()}
    shown = [what for what in whats if any((what, of) in known for of in ofs)]
    rows = [
        [place(of, tongue), *(with_interval(known[what, of], tongue) if (what, of) in known else "–" for what in shown)]
        for of in ofs
    ]
    return Table(caption, ["", *(figure(what, tongue) for what in shown)], rows)


def _series(outcome: Outcome, tongue: Tongue) -> Section:
    heading = _say(tongue, "Over tid", "Over time")
    if not can_plot():
        return Section(
            heading,
            text=_say(
                tongue,
                "Figurer er utelatt: matplotlib er ikke installert.",
                "Plots are left out: matplotlib is not installed.",
            ),
        )
    text = _say(
        tongue,
        "Gjennomsnitt med 10–90 %-bånd; innkjøringen er grå.",
        "Mean with the 10 to 90 % band; the warm-up is grey.",
    )
    return Section(
        heading, plots=[Plot(name, inline(svg)) for name, svg in outcome_plots(outcome, tongue).items()], text=text
    )


def _compared(comparison: Comparison, tongue: Tongue) -> Section:
    head = ["", *_say(tongue, "første|denne|forskjell|95 %|dom", "first|this|difference|95 %|verdict").split("|")]
    tables = [
        Table(outcome.scenario.name, head, [_difference(each, tongue) for each in found])
        for outcome, found in zip(comparison.outcomes[1:], comparison.differences, strict=True)
    ]
    text = _say(
        tongue,
        "Samme trekk i alle alternativer. Dommen ser på alle tallene samlet.",
        "The same draws in all variants. The verdict looks at all figures at once.",
    )
    return Section(_say(tongue, "Sammenligning", "Comparison"), tables, text=text)


def _difference(each: Difference, tongue: Tongue) -> list[str]:
    interval = f"{digits(each.by.low, tongue)} {_say(tongue, 'til', 'to')} {digits(each.by.high, tongue)}"
    return [
        named(each.name, tongue),
        digits(each.base.mean, tongue),
        digits(each.other.mean, tongue),
        digits(each.by.mean, tongue),
        interval,
        said(each.verdict, tongue),
    ]


def _everything(outcome: Outcome, tongue: Tongue) -> Section:
    head = [
        "",
        *_say(tongue, "verdi|laveste|høyeste|gjennomføringer|falt til ro", "value|low|high|replications|settled").split(
            "|"
        ),
    ]
    rows = [_figure(name, each, tongue) for name, each in outcome.estimates()]
    return Section(
        _say(tongue, "Alle tall", "All figures"), [Table(_say(tongue, "Alle tall", "All figures"), head, rows)]
    )


def _figure(name: Name, each: Estimate, tongue: Tongue) -> list[str]:
    settled = {True: ("ja", "yes"), False: ("nei", "no"), None: ("–", "–")}[each.is_settled]
    return [
        named(name, tongue),
        digits(each.mean, tongue),
        digits(each.low, tongue),
        digits(each.high, tongue),
        str(each.replications),
        _say(tongue, *settled),
    ]
