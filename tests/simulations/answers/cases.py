"""Small systems whose answers are known, and one city that is large enough to forecast."""

from __future__ import annotations

import math

from pathway_engine.domain.definition import Text
from simulations.durations import Spread, by_mean, exponential, uniform
from simulations.scenario import ALL, EVERYWHERE, OUT, Arrivals, Exit, Phase, Readmission, Resource, Run, Scenario

SHARES = {"A": 0.57, "B": 0.28, "C": 0.15}
SHORT_TERM = {"A": 30, "B": 15, "C": 8}
HOME_CARE = {"A": 64, "B": 32, "C": 17}
DAY = tuple(1 - 0.6 * math.cos(2 * math.pi * (hour - 2) / 24) for hour in range(24))
WEEK = tuple(DAY[hour % 24] * (0.82 if hour >= 120 else 1.072) for hour in range(168))


def one_queue(places: int, rate: float = 3.0, stay: Spread | None = None, collect: float = 2000.0) -> Scenario:
    """Patients who come at *rate* a day to one ward: M/M/c when no other *stay* is given."""
    return Scenario(
        name="one-queue", title=Text("Én kø", "One queue"), source="a test",
        municipalities=(EVERYWHERE,), groups=(ALL,),
        run=Run(warm_up=200.0, collect=collect, replications=20),
        resources={"ward": Resource(name="ward", capacity={EVERYWHERE: places})},
        phases={"ward": Phase(name="ward", lasts={ALL: stay or exponential(2.0)}, exits=(_out(1.0),), holds="ward")},
        arrivals=(Arrivals(into="ward", group=ALL, per_day=rate, shares={EVERYWHERE: 1.0}),),
    )  # fmt: skip


def city(collect: float = 1095.0, warm_up: float = 365.0, acute: int = 200) -> Scenario:
    """Return a hospital with three municipalities, each with short-term beds and places at home, and readmissions."""
    exits = (Exit(to="short_term", chance={ALL: 0.084}), Exit(to="home_care", chance={ALL: 0.266}), _out(0.65))
    phases = (
        Phase(name="acute", lasts={ALL: by_mean("lognormal", 5, 5)}, exits=exits, holds="acute"),
        Phase(name="short_term", lasts={ALL: by_mean("lognormal", 14, 14)}, exits=(_out(1.0),), holds="short_term"),
        Phase(name="home_care", lasts={ALL: by_mean("lognormal", 10, 8)}, exits=(_out(1.0),), holds="home_care"),
    )
    places = {"acute": {EVERYWHERE: acute}, "short_term": SHORT_TERM, "home_care": HOME_CARE}
    return Scenario(
        name="city", title=Text("En by", "A city"), source="a test", municipalities=tuple(SHARES), groups=(ALL,),
        run=Run(warm_up=warm_up, collect=collect, replications=10),
        resources={name: Resource(name=name, capacity=capacity) for name, capacity in places.items()},
        phases={phase.name: phase for phase in phases},
        arrivals=(Arrivals(into="acute", group=ALL, per_day=30.0, shares=SHARES, by_hour=WEEK),),
        readmission=Readmission(into="acute", chance={ALL: 0.18}, away=uniform(0, 30), at_most=6),
    )  # fmt: skip


def _out(chance: float) -> Exit:
    return Exit(to=OUT, chance={ALL: chance})
