"""Small scenarios for tests: at random, and by hand."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from pathway_engine.domain.conditions import parse_condition
from pathway_engine.domain.definition import Enrolment, Move, Pathway, Text
from pathway_engine.domain.facts import FactType
from simulations.durations import Spread, by_mean, empirical, erlang, exponential, fixed, uniform
from simulations.scenario import (
    ALL,
    EVERYWHERE,
    OUT,
    Arrivals,
    Change,
    Exit,
    Hazard,
    Overflow,
    Phase,
    Readmission,
    Resource,
    Run,
    Scenario,
)

TITLE = Text("Prøve", "Test")


def scenario(
    phases: list[Phase],
    resources: list[Resource],
    arrivals: list[Arrivals],
    run: Run,
    places: tuple[str, ...] = (EVERYWHERE,),
    groups: tuple[str, ...] = (ALL,),
    readmission: Readmission | None = None,
) -> Scenario:
    """Return a scenario of these parts."""
    return Scenario(
        name="test", title=TITLE, source="test", run=run, municipalities=places, groups=groups,
        phases={each.name: each for each in phases}, resources={each.name: each for each in resources},
        arrivals=tuple(arrivals), readmission=readmission,
    )  # fmt: skip


def phase(name: str, lasts: Spread, *ways: tuple[str, float], holds: str = "") -> Phase:
    """Return a phase of one group that goes on by these chances, or out."""
    exits = tuple(Exit(to=to, chance={ALL: chance}) for to, chance in ways or ((OUT, 1.0),))
    return Phase(name=name, lasts={ALL: lasts}, exits=exits, holds=holds)


def queue(places: int, load: float, service: Spread, limit: int | None = None, days: float = 2000.0) -> Scenario:
    """Return one station: arrivals so many a day that the offered load is *load*."""
    return scenario(
        [phase("stay", service, holds="ward")], [Resource(name="ward", capacity={EVERYWHERE: places}, queue=limit)],
        [Arrivals(into="stay", group=ALL, per_day=load / service.mean, shares={EVERYWHERE: 1.0})],
        Run(warm_up=days / 10, collect=days, replications=20),
    )  # fmt: skip


# -- at random -------------------------------------------------------------------------------------

PHASES = ("one", "two", "three")
UNITS = ("ward", "short")
PLACES = ("north", "south")
GROUPS = ("old", "young")


def spreads() -> st.SearchStrategy[Spread]:
    """Distributions, continuous and with ties."""
    days = st.floats(0.1, 4.0).map(lambda x: round(x, 2))
    return st.one_of(
        days.map(fixed),
        st.just(fixed(0.0)),
        days.map(exponential),
        days.map(lambda x: by_mean("lognormal", x, x)),
        days.map(lambda x: by_mean("gamma", x, x / 2)),
        days.map(lambda x: by_mean("weibull", x, x / 2)),
        days.map(lambda x: erlang(x, 3)),
        days.map(lambda x: uniform(0.0, x)),
        days.map(lambda x: empirical((x, 2 * x, 0.5))),
    )


def weeks() -> st.SearchStrategy[tuple[bool, ...] | None]:
    """Hours that are open: some of each day, all days or working days."""

    def week(begin: int, length: int, days: int) -> tuple[bool, ...]:
        return tuple(day < days and begin <= hour < begin + length for day in range(7) for hour in range(24))

    return st.one_of(st.none(), st.none(), st.builds(week, st.integers(0, 16), st.integers(1, 8), st.integers(4, 7)))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A random scenario of up to three phases, two resources, two municipalities and two groups."""
    places = draw(st.sampled_from([(EVERYWHERE,), PLACES]))
    groups = draw(st.sampled_from([(ALL,), GROUPS]))
    phases = draw(st.integers(1, 3).map(lambda count: PHASES[:count]))
    overflows = draw(st.booleans())
    resources = [draw(resource(name, places, may_limit=not overflows)) for name in UNITS]
    return scenario(
        [draw(any_phase(name, phases, places, groups, overflows)) for name in phases], resources,
        [draw(some_arrivals(phases, places, group)) for group in groups],
        Run(warm_up=2.0, collect=float(draw(st.integers(4, 14))), replications=2), places, groups,
        draw(st.one_of(st.none(), st.builds(
            Readmission, into=st.sampled_from(phases), away=spreads(), at_most=st.integers(1, 3),
            chance=st.just(dict.fromkeys(groups, 0.5)),
        ))),
    )  # fmt: skip


@st.composite
def resource(draw: st.DrawFn, name: str, places: tuple[str, ...], may_limit: bool) -> Resource:
    own = draw(st.sampled_from([places, (EVERYWHERE,)]))
    changes = st.builds(
        lambda begins, length, capacity: Change(begins=begins, ends=begins + length, capacity=capacity),
        st.integers(0, 12).map(float), st.integers(1, 6).map(float), st.integers(0, 4),
    )  # fmt: skip
    return Resource(
        name=name, capacity={place: draw(st.integers(1, 4)) for place in own},
        changes=tuple(draw(st.lists(changes, max_size=2))), turn_round=draw(st.sampled_from([0.0, 0.0, 0.1, 1.0])),
        queue=draw(st.sampled_from([None, None, 0, 2])) if may_limit else None, receives=draw(weeks()),
    )  # fmt: skip


@st.composite
def any_phase(
    draw: st.DrawFn,
    name: str,
    phases: tuple[str, ...],
    places: tuple[str, ...],
    groups: tuple[str, ...],
    overflows: bool,
) -> Phase:
    holds = draw(st.sampled_from(["", *UNITS, *UNITS]))
    others = draw(st.lists(st.sampled_from(phases), max_size=2))
    share = 0.8 / max(len(others), 1)
    exits = [draw(any_exit(to, share, groups)) for to in others]
    exits.append(
        Exit(
            to=OUT, chance=dict.fromkeys(groups, 1.0 - share * len(others)), delay=draw(st.one_of(st.none(), spreads()))
        )
    )
    spill = st.builds(
        Overflow, resource=st.sampled_from(UNITS), after=st.sampled_from([0.0, 0.5, 2.0]),
        at=st.sampled_from(["", *places]), of=st.sampled_from(["", *places]),
    )  # fmt: skip
    return Phase(
        name=name, lasts={group: draw(spreads()) for group in groups}, exits=tuple(exits), holds=holds,
        hazards=tuple(draw(st.lists(any_hazard(phases, groups), max_size=2))),
        overflow=tuple(draw(st.lists(spill, max_size=2))) if overflows and holds else (), leaves=draw(weeks()),
        priority={group: draw(st.integers(0, 2)) for group in groups},
    )  # fmt: skip


@st.composite
def any_exit(draw: st.DrawFn, to: str, chance: float, groups: tuple[str, ...]) -> Exit:
    between = draw(st.sampled_from(["delay", "transit", "away", "", ""]))
    spread = draw(spreads())
    return Exit(
        to=to, chance=dict.fromkeys(groups, chance), delay=spread if between == "delay" else None,
        transit=spread if between == "transit" else None, away=spread if between == "away" else None,
    )  # fmt: skip


def any_hazard(phases: tuple[str, ...], groups: tuple[str, ...]) -> st.SearchStrategy[Hazard]:
    return st.builds(
        Hazard, to=st.sampled_from([*phases, OUT]), per_day=st.just(dict.fromkeys(groups, 0.2)),
        is_death=st.just(False), is_readmission=st.booleans(),
    )  # fmt: skip


def some_arrivals(phases: tuple[str, ...], places: tuple[str, ...], group: str) -> st.SearchStrategy[Arrivals]:
    return st.builds(
        Arrivals, into=st.sampled_from(phases), group=st.just(group), per_day=st.sampled_from([0.3, 1.0, 2.0]),
        shares=st.just({place: 1.0 / len(places) for place in places}),
        by_hour=st.sampled_from([(), (0.5, 1.5) * 84]), by_month=st.sampled_from([(), (0.5, 1.5) * 6]),
        table=st.sampled_from([(), (), (0.0, 2.0)]),
    )  # fmt: skip


def with_pathway(plain: Scenario) -> tuple[Scenario, Pathway]:
    """Return the scenario with events, and a pathway in which they lead where the scenario says."""
    names = tuple(plain.phases)
    going = FactType("choice", (*names, OUT))
    facts = {"going": going}
    moves = [
        Move(event, ("any",), name, parse_condition(f"going == {name}", facts))
        for event in ("came", "moved")
        for name in names
    ]
    moves.append(Move("moved", ("any",), "gone", parse_condition(f"going == {OUT}", facts)))
    pathway = Pathway(
        id="test", version="1.0.0", hash="0", title=TITLE, source="test", time_zone="Europe/Oslo",
        phases={name: TITLE for name in (*names, "gone")}, end=("gone",), facts=facts,
        enrol=(Enrolment("came"),), moves=tuple(moves), steps={}, checklists={},
    )  # fmt: skip
    phases = {
        name: replace(
            each, stands_for=name,
            exits=tuple(replace(way, event="moved", facts={"going": way.to}) for way in each.exits),
            hazards=tuple(replace(way, event="moved", facts={"going": way.to}) for way in each.hazards),
        )
        for name, each in plain.phases.items()
    }  # fmt: skip
    arrivals = tuple(replace(each, event="came", facts={"going": each.into}) for each in plain.arrivals)
    back = plain.readmission and replace(plain.readmission, event="came", facts={"going": plain.readmission.into})
    return replace(plain, phases=phases, arrivals=arrivals, readmission=back, pathway="test"), pathway
