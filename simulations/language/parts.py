"""Resources, arrivals, staff and tasks as a scenario file writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pathway_engine.domain.definition import Leaving, Step, WhileOpen
from pathway_engine.language.findings import WARNING, shown
from pathway_engine.language.form import Form
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Node, Table
from simulations.durations import fixed
from simulations.language.phases import Reading
from simulations.language.values import by_name, count_of, day_of, number_of, numbers_of, spread_of, time_of, week_of
from simulations.scenario import EVERYWHERE, Arrivals, Change, Phase, Readmission, Resource, Run, Staff, Task

SHARES_TOLERANCE = 1e-6
ALWAYS = (True,) * 168
FALLS_AWAY = (Leaving.CANCEL, Leaving.MISS)
"""What leaving the phase does to a task that nobody has begun; that it was missed is no figure of its own."""


def read_resource(name: str, node: Node, reading: Reading, run: Run) -> Resource:
    """Return one resource."""
    form = Form(node, "resource", reading.report)
    queue = count_of(form.node("queue"), reading.report, "queue") if form.has("queue") else None
    return Resource(
        name=name,
        capacity=_places(form, "places", reading),
        changes=tuple(
            change for each in form.forms("changes", "change") if (change := _change(each, form, reading, run))
        ),
        turn_round=(time_of(form.node("turn_round"), reading.report, "turn_round") or 0.0)
        if form.has("turn_round")
        else 0.0,
        queue=queue,
        receives=week_of(form, "receives"),
    )


def _places(form: Form, key: str, reading: Reading) -> Mapping[str, int]:
    """Return how many there are, by municipality or shared by all."""
    node = form.node(key)
    names = reading.municipalities if isinstance(node, Table) else (EVERYWHERE,)
    found = (
        by_name(node, names, key, reading.report, lambda each: count_of(each, reading.report, key))
        if form.has(key)
        else None
    )
    return {name: int(value) for name, value in (found or dict.fromkeys(names, 1)).items()}


def _change(form: Form, resource: Form, reading: Reading, run: Run) -> Change | None:
    report = reading.report
    begins = day_of(form.node("from"), report, "from", run.starts) if form.has("from") else None
    ends = day_of(form.node("to"), report, "to", run.starts) if form.has("to") else None
    places = count_of(form.node("places"), report, "places") if form.has("places") else None
    at = reading.known(form, "at", reading.municipalities, "municipality")
    if at and not isinstance(resource.node("places"), Table):
        report.add(form.node("at"), f"a change at {at}", "no `at`: all municipalities share the places", "change-at")
    if begins is None or ends is None or places is None:
        return None
    if begins >= ends:
        report.add(form.table, f"a change from day {begins:g} to day {ends:g}", "`to` after `from`", "change-order")
        return None
    return Change(begins=begins, ends=ends, capacity=places, at=at)


def read_arrivals(form: Form, reading: Reading) -> Arrivals:
    """Return one line of arrivals."""
    report = reading.report
    rate = number_of(form.node("per_day"), report, "per_day", 0.0, 1e6) if form.has("per_day") else None
    table = numbers_of(form.node("table"), report, "table") if form.has("table") else ()
    if form.has("per_day") == form.has("table"):
        report.add(form.table, "both per_day and table" if form.has("table") else "arrivals without a rate",
                   "per_day: 12.5, or table: a list of numbers", "rate")  # fmt: skip
    group = reading.known(form, "group", reading.groups, "group")
    if not form.has("group") and len(reading.groups) > 1:
        report.add(form.table, "arrivals without a group", one_of(reading.groups), "no-group")
    growth = number_of(form.node("growth"), report, "growth", -0.99, 10.0) if form.has("growth") else 0.0
    event, facts = reading.event(form)
    return Arrivals(
        into=reading.known(form, "into", reading.phases, "phase") or (reading.phases or ("",))[0],
        group=group or reading.groups[0], per_day=rate or 0.0, shares=_shares(form, reading), by_hour=_by_hour(form),
        by_month=_multipliers(form, "by_month", (12,)), growth=growth or 0.0, table=table, event=event, facts=facts,
    )  # fmt: skip


def _multipliers(form: Form, key: str, counts: tuple[int, ...]) -> tuple[float, ...]:
    """Return multipliers whose mean is 1."""
    numbers = numbers_of(form.node(key), form.report, key, counts) if form.has(key) else ()
    if numbers and not sum(numbers):
        form.report.add(form.node(key), f"{key} that are all 0", "at least one above 0", "all-zero")
        return ()
    mean = sum(numbers) / len(numbers) if numbers else 1.0
    return tuple(number / mean for number in numbers)


def _by_hour(form: Form) -> tuple[float, ...]:
    hours, days = _multipliers(form, "by_hour", (24, 168)), _multipliers(form, "by_weekday", (7,))
    if len(hours) == 168 and days:
        form.report.add(form.node("by_weekday"), "by_weekday beside 168 hours", "one of them", "twice-by-day")
    if not days:
        return hours * 7 if len(hours) == 24 else hours
    return tuple(day * hour for day in days for hour in (hours or (1.0,) * 24))


def _shares(form: Form, reading: Reading) -> Mapping[str, float]:
    places, report = reading.municipalities, reading.report
    if not form.has("shares"):
        if len(places) > 1:
            report.add(form.table, "arrivals without shares", "shares: {" + f"{places[0]}: 0.5, …" + "}", "no-shares")
        return {places[0]: 1.0}
    node = form.node("shares")
    if not isinstance(node, Table):
        report.add(node, "shares that are no table", "shares: {" + f"{places[0]}: 0.5, …" + "}", "no-shares")
        return {places[0]: 1.0}
    for key, _ in node.entries:
        if key.text not in places:
            report.add(key, f"the municipality {shown(key.text)}", one_of(places, key.text), "unknown-municipality")
    read = {key.text: number_of(value, report, "share", 0.0, 1.0) for key, value in node.entries if key.text in places}
    shares = {name: value for name, value in read.items() if value is not None}
    if len(shares) == len(read) == len(node.entries) and abs(sum(shares.values()) - 1) > SHARES_TOLERANCE:
        report.add(node, f"shares that sum to {sum(shares.values()):.6g}", "shares that sum to 1", "shares")
    return shares


def read_readmission(form: Form, reading: Reading) -> Readmission:
    """Return who comes back."""
    away = spread_of(form.node("away"), reading.report, "away") if form.has("away") else None
    at_most = count_of(form.node("at_most"), reading.report, "at_most", 1, 100) if form.has("at_most") else 5
    event, facts = reading.event(form)
    return Readmission(
        into=reading.known(form, "into", reading.phases, "phase") or (reading.phases or ("",))[0],
        chance=reading.by_group(form.node("chance"), "chance", 0.0, 1.0) if form.has("chance") else {},
        away=away or fixed(0.0), at_most=at_most or 5, event=event, facts=facts,
    )  # fmt: skip


def read_staff(name: str, node: Node, reading: Reading) -> Staff:
    """Return the nurses of one role."""
    form = Form(node, "staff", reading.report)
    return Staff(name=name, on_duty=_places(form, "on_duty", reading), works=week_of(form, "works") or ALWAYS)


def read_task(
    name: str, node: Node, reading: Reading, staff: tuple[str, ...], phases: Mapping[str, Phase]
) -> Task:  # fmt: skip
    """Return what the staff does for patients; a step of the pathway brings what raises it and its deadline."""
    form = Form(node, "task", reading.report)
    entering, step = form.names("when_entering"), reading.pathway.steps.get(name) if reading.pathway else None
    for phase in entering:
        if phase not in reading.phases:
            right = one_of(reading.phases, phase)
            reading.report.add(form.node("when_entering"), f"the phase {shown(phase)}", right, "unknown-phase")
    if not entering and step is not None:
        entering = tuple(key for key, phase in phases.items() if phase.stands_for in step.when_entering)
    if not entering and (step is None or not (step.when_event or step.when_completed or step.every)):
        _note_unraised(form, name, reading, step)
    task = Task(
        name=name, staff=reading.known(form, "by", staff, "staff"),
        takes=(spread_of(form.node("takes"), reading.report, "takes") if form.has("takes") else None) or fixed(0.0),
        when_entering=entering, due=time_of(form.node("due"), reading.report, "due") if form.has("due") else None,
        cancelled=form.flag("cancelled", step is not None and step.when_leaving in FALLS_AWAY),
    )  # fmt: skip
    if step is None:
        return task
    _note_not_simulated(form, name, reading, step)
    return of_step(task, step)


def of_step(task: Task, step: Step) -> Task:
    """Return the task with what the pathway's step says of it."""
    return replace(
        task, when_event=step.when_event, due_rule=step.due, once_a_phase=True, when_completed=step.when_completed,
        every=step.every, within=step.in_phases, condition=step.condition, if_unknown=step.if_unknown,
        misses=step.while_open is WhileOpen.MISS, not_before=step.not_before, due_from=step.due_from or "",
        no_later_than=step.no_later_than or "",
    )  # fmt: skip


def _note_not_simulated(form: Form, name: str, reading: Reading, step: Step) -> None:
    """Warn of what a step says and the simulation of tasks does not do."""
    said = {
        "`while_open: keep`, which": step.while_open is WhileOpen.KEEP,
        "`when_leaving: pause`, which": step.when_leaving is Leaving.PAUSE,
        "`not_before` after another step, which": bool(step.not_before and step.when_completed),
        "`while_open: miss` after another step, which": step.while_open is WhileOpen.MISS and bool(step.when_completed),
        "a condition on the calendar, which": step.condition is not None and "days_since" in step.condition.source,
        "`completed_by`, which": bool(step.completed_by),
        "`cancelled_by` beyond leaving the phase, which": step.when_leaving is Leaving.KEEP and bool(step.cancelled_by),
        "a `when_leaving` of its own for some events, which": not _leaves_alike(step),
    }
    for words in (words for words, is_so in said.items() if is_so):
        found = f"the step {shown(name)} with {words} is not simulated"
        reading.report.add(form.table, found, "to read its figures with that in mind", "not-simulated", WARNING)
    unseen = [each for each in step.when_completed if each not in reading.tasks]
    if unseen:
        found = f"the step {shown(name)}, raised when {', '.join(unseen)} is completed, which nobody does here"
        reading.report.add(form.table, found, f"a task {unseen[0]} too", "not-completed", WARNING)


def _leaves_alike(step: Step) -> bool:
    """Whether open tasks end when the phase is left, or do not, whatever event it is left by."""
    return len({way in FALLS_AWAY for way in (step.when_leaving, *step.when_leaving_by.values())}) == 1


def _note_unraised(form: Form, name: str, reading: Reading, step: Step | None) -> None:
    if step is not None:
        found = f"the step {shown(name)}, which entering a phase or an event does not raise"
        reading.report.add(form.table, found, "when_entering: the phases that raise it here", "task-not-simulated")
        return
    steps = tuple(reading.pathway.steps) if reading.pathway else ()
    right = "when_entering, or " + one_of(steps, name) if steps else "when_entering: the phases that raise it"
    reading.report.add(form.table, f"the task {shown(name)}, which nothing raises", right, "task-never-raised")
