"""The STRESS-DES checklist, filled in from a scenario and its run.

Monks, Currie, Onggo, Robinson, Kunc and Taylor, Strengthening the reporting of empirical simulation studies,
Journal of Simulation 13 (2019). What only people know - purpose, aims, sharing - is marked as theirs to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pathway_engine.domain.definition import Text
from simulations.estimates import CONFIDENCE
from simulations.figures import PLACE_FIGURES, TOTAL_FIGURES, UNIT_FIGURES
from simulations.pieces import distribution
from simulations.runs import Outcome
from simulations.scenario import OUT, Scenario
from simulations.wording import Tongue, digits, figure, said


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number, what it asks, and the answer; `is_theirs` where people must write it."""

    number: str
    asks: str
    answer: str
    is_theirs: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """What ran it: the program's version, the event loop, Python, and how many processors were used."""

    version: str
    loop: str
    python: str
    workers: int


THEIRS = Text("Skrives av den som bruker svaret.", "To be written by whoever uses the answer.")
ASKS = {
    "1.1": Text("Formål", "Purpose of the model"),
    "1.2": Text("Resultater", "Model outputs"),
    "1.3": Text("Mål med eksperimentene", "Experimentation aims"),
    "2.1": Text("Oversikt", "Base model overview diagram"),
    "2.2": Text("Logikk", "Base model logic"),
    "2.3": Text("Logikk i alternativene", "Scenario logic"),
    "2.4": Text("Algoritmer", "Algorithms"),
    "2.5.1": Text("Pasienter", "Components: entities"),
    "2.5.2": Text("Aktiviteter", "Components: activities"),
    "2.5.3": Text("Ressurser", "Components: resources"),
    "2.5.4": Text("Køer", "Components: queues"),
    "2.5.5": Text("Inn og ut", "Components: entry and exit points"),
    "3.1": Text("Datakilder", "Data sources"),
    "3.2": Text("Bearbeiding", "Pre-processing"),
    "3.3": Text("Inndata", "Input parameters"),
    "3.4": Text("Forutsetninger", "Assumptions"),
    "4.1": Text("Oppstart", "Initialisation"),
    "4.2": Text("Varighet", "Run length"),
    "4.3": Text("Estimering", "Estimation approach"),
    "5.1": Text("Program", "Software and programming language"),
    "5.2": Text("Tilfeldige tall", "Random sampling"),
    "5.3": Text("Kjøring", "Model execution"),
    "5.4": Text("Maskin", "System specification"),
    "6.1": Text("Deling", "Computer model sharing statement"),
}


def checklist(
    outcome: Outcome, machine: Machine, tongue: Tongue, variants: tuple[Scenario, ...] = ()
) -> tuple[Item, ...]:
    """Return all items in order."""
    scenario = outcome.scenario
    answers = {**_logic(scenario, tongue, variants), **_data(scenario, tongue), **_runs(outcome, machine, tongue)}
    return tuple(
        Item(number, said(asks, tongue), answers.get(number, said(THEIRS, tongue)), number not in answers)
        for number, asks in ASKS.items()
    )


def _logic(scenario: Scenario, tongue: Tongue, variants: tuple[Scenario, ...]) -> dict[str, str]:
    figures = ", ".join(figure(each, tongue) for each in (*UNIT_FIGURES, *PLACE_FIGURES, *TOTAL_FIGURES))
    logic = Text(
        "En pasient bruker en plass i hver fase. Den som er klar og venter på neste plass, beholder den nåværende "
        "(blokkering etter behandling). Plasser deles ut etter prioritet, deretter etter ventetid.",
        "A patient holds a place in each phase. Who is ready and waits for the next keeps the present one (blocking "
        "after service). Places are given by priority, then by time waited.",
    )
    algorithms = Text(
        "Hendelsesstyrt simulering; ankomster som Poisson-prosess med timevis rate.",
        "Discrete-event simulation; arrivals as a Poisson process with an hourly rate.",
    )
    return {
        "1.2": figures,
        "2.1": "; ".join(_ways(scenario)),
        "2.2": said(logic, tongue),
        "2.3": "; ".join(each.name for each in variants) or said(Text("Ingen alternativer.", "No variants."), tongue),
        "2.4": said(algorithms, tongue),
        "2.5.1": ", ".join(scenario.groups),
        "2.5.2": "; ".join(_activities(scenario)),
        "2.5.3": "; ".join(_resources(scenario, tongue)),
        "2.5.4": said(
            Text("En kø for hver ressurs og kommune.", "A queue for each resource and municipality."), tongue
        ),
        "2.5.5": "; ".join(_doors(scenario)),
    }


def _ways(scenario: Scenario) -> Iterator[str]:
    for phase in scenario.phases.values():
        for way in phase.exits:
            chances = "/".join(f"{100 * share:.3g} %" for share in way.chance.values())
            yield f"{phase.name} → {way.to} ({chances})"


def _activities(scenario: Scenario) -> Iterator[str]:
    for phase in scenario.phases.values():
        lasts = dict.fromkeys(
            distribution(spread) if len(spread.values) < 5 else spread.kind for spread in phase.lasts.values()
        )
        yield f"{phase.name}: {', '.join(lasts)}"
    for task in scenario.tasks.values():
        yield f"{task.name} ({task.staff}): {distribution(task.takes)}"


def _resources(scenario: Scenario, tongue: Tongue) -> Iterator[str]:
    changes = said(Text("endringer", "changes"), tongue)
    for resource in scenario.resources.values():
        counts = ", ".join(f"{place} {count}" for place, count in resource.capacity.items())
        yield f"{resource.name}: {counts}" + (f" ({len(resource.changes)} {changes})" if resource.changes else "")
    for staff in scenario.staff.values():
        yield f"{staff.name}: " + ", ".join(f"{place} {count}" for place, count in staff.on_duty.items())


def _doors(scenario: Scenario) -> Iterator[str]:
    yield "in: " + ", ".join(dict.fromkeys(each.into for each in scenario.arrivals))
    yield "out: " + ", ".join(
        phase.name for phase in scenario.phases.values() if any(way.to == OUT for way in phase.exits)
    )


def _data(scenario: Scenario, tongue: Tongue) -> dict[str, str]:
    rates = [f"{each.into} ({each.group}): {each.per_day:g} / d" for each in scenario.arrivals]
    back = scenario.readmission
    again = (
        [f"{said(Text('reinnleggelse', 'readmission'), tongue)}: {100 * max(back.chance.values()):.3g} %"]
        if back
        else []
    )
    return {"3.1": scenario.source, "3.3": "; ".join([*rates, *again, *_activities(scenario)])}


def _runs(outcome: Outcome, machine: Machine, tongue: Tongue) -> dict[str, str]:
    run, count = outcome.scenario.run, outcome.figures.shape[0]
    level, days = f"{100 * CONFIDENCE:g}", digits(run.collect, tongue, 0)
    warm = digits(run.warm_up, tongue, 0)
    settled = sum(flag is False for flag in outcome.settled)
    return {
        "4.1": said(Text(f"Tomt system; {warm} døgn innkjøring.", f"An empty system; {warm} days of warm-up."), tongue),
        "4.2": said(Text(f"{days} døgn telles.", f"{days} days are counted."), tongue),
        "4.3": said(
            Text(
                f"{count} uavhengige gjennomføringer, {level} % Student-intervall; {settled} tall falt ikke til ro.",
                f"{count} independent replications, {level} % Student intervals; {settled} figures had not settled.",
            ),
            tongue,
        ),
        "5.1": f"pathway-engine {machine.version}, Python {machine.python}, {machine.loop}",
        "5.2": said(
            Text(
                f"Hvert trekk har en adresse (frø {run.seed}, gjennomføring, formål, pasient) som alternativer deler.",
                f"Each draw has an address (seed {run.seed}, replication, purpose, patient) that variants share.",
            ),
            tongue,
        ),
        "5.3": said(
            Text(
                f"{outcome.events} hendelser; samtidige i fast orden; avvik fra L = λW høyst {outcome.little:.1e}.",
                f"{outcome.events} events; of one instant in fixed order; L = λW holds to {outcome.little:.1e}.",
            ),
            tongue,
        ),
        "5.4": said(Text(f"{machine.workers} prosessorer brukt.", f"{machine.workers} processors used."), tongue),
        "6.1": f"{outcome.scenario.name}, SHA-256 {outcome.scenario.hash or '–'}",
    }
