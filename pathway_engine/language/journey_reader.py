"""A journey file becomes a journey of its pathway, or all that is wrong in it is told at once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from zoneinfo import ZoneInfo

from pathway_engine.domain.deadlines import local_instant
from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.raising import CLARIFY
from pathway_engine.language.findings import DefinitionErrors, Finding, errors_among, shown
from pathway_engine.language.form import Form, Report, limited, said, scalar
from pathway_engine.language.journey_parts import DEFAULT_STAY, NONE, Expectation, Journey, Point, Steps
from pathway_engine.language.journey_values import answers_of, facts_of
from pathway_engine.language.vocabulary import EVENTS, one_of
from pathway_engine.language.yaml_reader import Listing, Node, Scalar, Table, read_yaml

ACTS = (Act.CLAIM, Act.GIVE_BACK, Act.COMPLETE, Act.NOT_APPLICABLE)
HAPPENS = ("event", "void", *(act.value for act in ACTS))
CHANGES = ("raises", "cancels", "misses", "completes", "escalates", "corrects", "open")
EXPECTS = (*CHANGES, "phase", "due", "opens")
STAYLESS = frozenset(
    {
        "ambulance_called", "came_home", "died", "enrolled", "fall_reported", "function_declined", "gp_report_received",
        "measurement_alarm", "out_of_hours_contacted", "services_ended",
    }
)  # fmt: skip
"""Events that belong to no hospital stay unless the journey says so."""
WALL_TIME = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
TIME_IS = "a local time, as 2026-11-16 10:00"


def read_journey(text: bytes, file: str, pathway: Pathway) -> Journey:
    """Return the journey that *text* tells; *file* is its name for messages.

    Raise DefinitionErrors with everything that is wrong in it: line, column and what would be right.
    """
    findings: list[Finding] = []
    form = Form(read_yaml(text, file), "journey", Report(file, findings))
    journey = _journey(form, pathway)
    if errors_among(findings):
        raise DefinitionErrors(findings)
    return journey


def _journey(form: Form, pathway: Pathway) -> Journey:
    _check_pathway(form, pathway)
    known = facts_of(form, "facts", pathway)
    if form.has("events") and isinstance(form.node("events"), Listing) and not form.listed("events"):
        form.report.add(form.node("events"), "an empty list", "at least one event", "empty-list")
    points = [_PointReader(each, pathway).read() for each in form.forms("events", "happening")]
    points.sort(key=lambda point: point.arrives)
    return Journey(
        title=form.text("title"), pathway=pathway.id, file=form.report.file, points=tuple(_with_known(points, known))
    )


def _check_pathway(form: Form, pathway: Pathway) -> None:
    name = form.name("pathway")
    if name and name != pathway.id:
        form.report.add(form.node("pathway"), f"the pathway {shown(name)}", f"'{pathway.id}'", "journey-pathway")


def _with_known(points: list[Point], known: dict[str, FactValue]) -> list[Point]:
    """Let what is known beforehand come with the event that is heard first and the one that happens first."""
    events = [point for point in points if point.event and not point.is_void]
    first = [events[0], min(events, key=lambda point: point.at)] if events else []
    return [
        replace(point, facts={**known, **point.facts}) if any(point is each for each in first) else point
        for point in points
    ]


class _PointReader:
    """Reads one line of a journey against its pathway."""

    def __init__(self, form: Form, pathway: Pathway) -> None:
        self.form = form
        self.pathway = pathway
        self.steps = (*pathway.steps, CLARIFY)

    def read(self) -> Point:
        at = self._instant("at")
        what = self._what()
        is_event = what in ("event", "void")
        event = self._event(what) if is_event else ""
        step = self._step(what) if what and not is_event else ""
        self._only_with("with", what == "event", "event")
        self._only_with("stay", is_event, "event or void")
        self._only_with("answers", what in ("complete", "not_applicable"), "complete")
        answers = answers_of(self.form, self.pathway, step) if step else {}
        return Point(
            line=self.form.table.line, at=at, arrives=self._arrives(at), event=event, is_void=what == "void",
            stay=self._stay(event), facts=facts_of(self.form, "with", self.pathway),
            act=None if is_event or not what else Act(what), step=step, answers=answers, expects=self._expectation(),
        )  # fmt: skip

    def _what(self) -> str:
        told = [key for key in HAPPENS if self.form.has(key)]
        if len(told) > 1:
            key = self.form.table.key(told[1])
            assert key is not None
            self._refuse(key, f"{told[0]} and {told[1]} in one line", "two lines, one for each", "two-happenings")
        if not told and not any(self.form.has(key) for key in EXPECTS):
            self._refuse(self.form.table, "a line in which nothing happens", one_of((*HAPPENS, *EXPECTS)), "nothing")
        return told[0] if told else ""

    def _only_with(self, key: str, fits: bool, needed: str) -> None:
        name = self.form.table.key(key)
        if name is not None and not fits:
            self._refuse(name, f"{key} without {needed}", f"{needed} in the same line", "stray-key")

    def _event(self, what: str) -> str:
        name = self.form.name(what)
        if name and name not in (known := sorted(_events_of(self.pathway))):
            self._refuse(self.form.node(what), f"the event {shown(name)}", one_of(known, name), "unknown-event")
        return name

    def _stay(self, event: str) -> str | None:
        return self.form.text("stay") or (None if not event or event in STAYLESS else DEFAULT_STAY)

    def _step(self, what: str) -> str:
        return self._known_step(self.form.node(what), self.form.name(what))

    def _known_step(self, node: Node, name: str) -> str:
        if name and name not in self.steps:
            self._refuse(node, f"the step {shown(name)}", one_of(self.steps, name), "unknown-step")
            return ""
        return name

    def _instant(self, key: str) -> datetime:
        node = self.form.node(key)
        if not self.form.has(key):
            return datetime.min.replace(tzinfo=UTC)
        wall = self._wall(node)
        if wall is None:
            return datetime.min.replace(tzinfo=UTC)
        instant = local_instant(wall.date(), wall.time(), self.pathway.time_zone)
        if instant.astimezone(ZoneInfo(self.pathway.time_zone)).replace(tzinfo=None) != wall:
            self._refuse(node, f"{said(node)}, which summer time skips", "an hour that the clock shows", "time")
        return instant

    def _arrives(self, at: datetime) -> datetime:
        arrives = self._instant("arrives") if self.form.has("arrives") else at
        if arrives < at:
            right = "a time at or after `at`: nobody tells of what has not happened"
            self._refuse(self.form.node("arrives"), f"arrives: {said(self.form.node('arrives'))}", right, "arrives")
        return arrives

    def _wall(self, node: Node) -> datetime | None:
        text = scalar(node, TIME_IS, self.form.report)
        try:
            if WALL_TIME.fullmatch(text):
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        if text:
            self._refuse(node, said(node), TIME_IS, "time")
        return None

    # -- what is expected ------------------------------------------------------------------------------

    def _expectation(self) -> Expectation:
        keys = ((key, self.form.table.key(key)) for key in EXPECTS)
        return Expectation(
            **{key: self._step_list(key) for key in CHANGES},
            phase=self._phase(), due=self._times("due"), opens=self._times("opens"),
            lines={name: key.line for name, key in keys if key is not None},
        )  # fmt: skip

    def _step_list(self, key: str) -> Steps | None:
        if not self.form.has(key):
            return None
        node = self.form.node(key)
        if not isinstance(node, Listing):
            self._refuse(node, f"{key}: {said(node)}", f"a list, as {key}: [{self.steps[0]}], or []", "not-a-list")
            return ()
        items = limited(node, node.items, self.form.report)
        names = [self._known_step(item, scalar(item, "the name of a step", self.form.report)) for item in items]
        return tuple(sorted(names))

    def _phase(self) -> str | None:
        name = self.form.name("phase")
        if name and name not in (*self.pathway.phases, NONE):
            self._refuse(
                self.form.node("phase"), f"the phase {shown(name)}", one_of((*self.pathway.phases, NONE), name),
                "unknown-phase",
            )  # fmt: skip
        return name or None

    def _times(self, key: str) -> dict[str, str]:
        return {self._known_step(name, name.text): self._local(value) for name, value in self.form.named(key)}

    def _local(self, node: Node) -> str:
        if isinstance(node, Scalar) and node.text == NONE:
            return NONE
        wall = self._wall(node)
        return "" if wall is None else f"{wall:%Y-%m-%d %H:%M}"

    def _refuse(self, node: Node | Table, found: str, right: str, code: str) -> None:
        self.form.report.add(node, found, right, code)


def _events_of(pathway: Pathway) -> set[str]:
    """The events that adapters tell of, and those that the pathway itself names."""
    steps = pathway.steps.values()
    named = chain.from_iterable((*step.when_event, *step.completed_by, *step.cancelled_by) for step in steps)
    moved = chain((move.event for move in pathway.moves), (entry.event for entry in pathway.enrol))
    forgotten = chain.from_iterable(fact.forget_on for fact in pathway.facts.values())
    return {*EVENTS, *named, *moved, *forgotten}
